//! Where the bytes of a module come from: flash that is read, or flash that is mapped into memory.

use crate::area::Area;
use crate::flash::{self, FlashError};
#[cfg(feature = "delta")]
use aingle_wasm_delta::ReadOld;
use core::fmt;
use embedded_storage::nor_flash::ReadNorFlash;

/// Why bytes of a module cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SourceError {
    /// The range is not inside the module.
    OutOfBounds {
        /// Where the range ends.
        end: u64,
        /// Length of the module.
        limit: u32,
    },
    /// The flash failed.
    Flash(FlashError),
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfBounds { end, limit } => write!(f, "read up to {end} of a module of {limit} bytes"),
            Self::Flash(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SourceError {}

impl From<FlashError> for SourceError {
    fn from(error: FlashError) -> Self {
        Self::Flash(error)
    }
}

/// Bytes of a module, wherever they are.
pub trait ModuleSource {
    /// Returns the length of the module in bytes.
    fn len(&self) -> u32;

    /// Returns whether the module has no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `bytes` from `offset` on.
    ///
    /// # Errors
    ///
    /// If the range is not inside the module, or the flash fails.
    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), SourceError>;

    /// Returns the module where it is, if it can be read without a copy.
    fn mapped(&self) -> Option<&[u8]> {
        None
    }
}

/// A module in memory, or in flash that is mapped into memory: an engine that can runs it in place.
impl ModuleSource for &[u8] {
    fn len(&self) -> u32 {
        u32::try_from(<[u8]>::len(self)).unwrap_or(u32::MAX)
    }

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), SourceError> {
        let range = offset as usize..(offset as usize).saturating_add(bytes.len());
        let end = range.end as u64;
        let found =
            self.get(range).ok_or(SourceError::OutOfBounds { end, limit: ModuleSource::len(self) })?;
        bytes.copy_from_slice(found);
        Ok(())
    }

    fn mapped(&self) -> Option<&[u8]> {
        Some(self)
    }
}

/// A module in flash that is read piece by piece: nothing is kept in memory.
#[derive(Debug)]
pub struct FlashSource<'f, F> {
    flash: &'f mut F,
    area: Area,
}

impl<'f, F: ReadNorFlash> FlashSource<'f, F> {
    /// Returns the source of an area.
    pub fn new(flash: &'f mut F, area: Area) -> Self {
        Self { flash, area }
    }
}

impl<F: ReadNorFlash> ModuleSource for FlashSource<'_, F> {
    fn len(&self) -> u32 {
        self.area.len
    }

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), SourceError> {
        let end = u64::from(offset) + bytes.len() as u64;
        if end > u64::from(self.area.len) {
            return Err(SourceError::OutOfBounds { end, limit: self.area.len });
        }
        Ok(read_any(self.flash, self.area.offset + offset, bytes)?)
    }
}

#[cfg(feature = "delta")]
impl<F: ReadNorFlash> ReadOld for FlashSource<'_, F> {
    type Error = SourceError;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), SourceError> {
        ModuleSource::read(self, offset, bytes)
    }
}

/// Reads any range of a flash that may only read whole words.
pub(crate) fn read_any<F: ReadNorFlash>(
    flash: &mut F,
    offset: u32,
    bytes: &mut [u8],
) -> Result<(), FlashError> {
    let word = F::READ_SIZE as u32;
    if word == 1 || (offset.is_multiple_of(word) && bytes.len().is_multiple_of(word as usize)) {
        return flash::read(flash, offset, bytes);
    }
    let mut buffer = [0; flash::MAX_WRITE_SIZE];
    let buffer = &mut buffer[..word as usize];
    let mut at = offset;
    let mut rest = bytes;
    while !rest.is_empty() {
        let start = at - at % word;
        flash::read(flash, start, buffer)?;
        let skip = (at - start) as usize;
        let len = rest.len().min(buffer.len() - skip);
        let (now, later) = rest.split_at_mut(len);
        now.copy_from_slice(&buffer[skip..skip + len]);
        at += len as u32;
        rest = later;
    }
    Ok(())
}
