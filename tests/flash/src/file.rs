//! A flash whose contents are a file.

use crate::flash::{Fault, Flash, Rules};
use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

/// A flash that outlives the process: each write and erase goes to a file.
#[derive(Debug)]
pub struct FileFlash<const WRITE: usize, const ERASE: usize> {
    flash: Flash<WRITE, ERASE>,
    file: File,
}

impl<const WRITE: usize, const ERASE: usize> FileFlash<WRITE, ERASE> {
    /// Opens the file, or makes an erased one of `blocks` blocks.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or made, or does not have `blocks` blocks.
    pub fn open(path: &Path, blocks: usize) -> io::Result<Self> {
        if !path.exists() {
            fs::write(path, vec![0xFF; blocks * ERASE])?;
        }
        let bytes = fs::read(path)?;
        if bytes.len() != blocks * ERASE {
            let message = format!("the flash has {} bytes, expected {}", bytes.len(), blocks * ERASE);
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        let file = OpenOptions::new().write(true).open(path)?;
        Ok(Self { flash: Flash::holding(bytes, Rules::PLAIN, 0), file })
    }

    /// Copies a range to the file.
    fn store(&mut self, from: u32, to: u32) -> Result<(), Fault> {
        let range = &self.flash.bytes()[from as usize..to as usize];
        let stored =
            self.file.seek(SeekFrom::Start(u64::from(from))).and_then(|_| self.file.write_all(range));
        stored.map_err(|_| Fault::PowerOff)
    }
}

impl<const WRITE: usize, const ERASE: usize> ErrorType for FileFlash<WRITE, ERASE> {
    type Error = Fault;
}

impl<const WRITE: usize, const ERASE: usize> ReadNorFlash for FileFlash<WRITE, ERASE> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Fault> {
        self.flash.read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.flash.capacity()
    }
}

impl<const WRITE: usize, const ERASE: usize> NorFlash for FileFlash<WRITE, ERASE> {
    const WRITE_SIZE: usize = WRITE;
    const ERASE_SIZE: usize = ERASE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Fault> {
        self.flash.erase(from, to)?;
        self.store(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Fault> {
        self.flash.write(offset, bytes)?;
        self.store(offset, offset + bytes.len() as u32)
    }
}
