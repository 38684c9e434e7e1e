//! A flash in RAM, for tests and for devices that load a module at each start.

use core::fmt;
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

/// Misuse of a [`RamFlash`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RamFlashError {
    /// The place or the length does not fit.
    Range(NorFlashErrorKind),
    /// A write wants a one where a zero is: only an erase makes ones.
    NotErased {
        /// Where.
        offset: u32,
    },
}

impl NorFlashError for RamFlashError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::Range(kind) => *kind,
            Self::NotErased { .. } => NorFlashErrorKind::Other,
        }
    }
}

impl fmt::Display for RamFlashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(kind) => kind.fmt(f),
            Self::NotErased { offset } => write!(f, "the flash at {offset:#x} is not erased"),
        }
    }
}

impl core::error::Error for RamFlashError {}

/// A flash in RAM with words of `WRITE` bytes, blocks of `ERASE` bytes and `LEN` bytes in all. Writes clear bits and
/// never set them, as those of NOR flash.
#[derive(Clone, Debug)]
pub struct RamFlash<const WRITE: usize, const ERASE: usize, const LEN: usize> {
    bytes: [u8; LEN],
}

impl<const WRITE: usize, const ERASE: usize, const LEN: usize> RamFlash<WRITE, ERASE, LEN> {
    /// Returns an erased flash.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: [0xFF; LEN] }
    }

    /// Returns the contents, as a flash that is mapped into memory shows them.
    #[must_use]
    pub const fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl<const WRITE: usize, const ERASE: usize, const LEN: usize> Default for RamFlash<WRITE, ERASE, LEN> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const WRITE: usize, const ERASE: usize, const LEN: usize> ErrorType for RamFlash<WRITE, ERASE, LEN> {
    type Error = RamFlashError;
}

impl<const WRITE: usize, const ERASE: usize, const LEN: usize> ReadNorFlash for RamFlash<WRITE, ERASE, LEN> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), RamFlashError> {
        check_read(self, offset, bytes.len()).map_err(RamFlashError::Range)?;
        bytes.copy_from_slice(&self.bytes[offset as usize..][..bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        LEN
    }
}

impl<const WRITE: usize, const ERASE: usize, const LEN: usize> NorFlash for RamFlash<WRITE, ERASE, LEN> {
    const WRITE_SIZE: usize = WRITE;
    const ERASE_SIZE: usize = ERASE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), RamFlashError> {
        check_erase(self, from, to).map_err(RamFlashError::Range)?;
        self.bytes[from as usize..to as usize].fill(0xFF);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), RamFlashError> {
        check_write(self, offset, bytes.len()).map_err(RamFlashError::Range)?;
        let place = &mut self.bytes[offset as usize..][..bytes.len()];
        if let Some(at) = place.iter().zip(bytes).position(|(old, new)| new & !old != 0) {
            return Err(RamFlashError::NotErased { offset: offset + at as u32 });
        }
        place.copy_from_slice(bytes);
        Ok(())
    }
}
