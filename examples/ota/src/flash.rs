//! A NOR flash, in memory that survives resets: writes only clear bits, and only an erase of a whole block sets them.

use crate::board::layout::{BLOCK, LEN};
use crate::raw;
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

/// The board's flash.
pub struct Flash;

/// A word that is written must be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlashError {
    /// The driver was asked for what is not there, or not aligned.
    Misuse(NorFlashErrorKind),
    /// A write would have to set bits.
    NotErased {
        /// Where.
        offset: u32,
    },
}

impl NorFlashError for FlashError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::Misuse(kind) => *kind,
            Self::NotErased { .. } => NorFlashErrorKind::Other,
        }
    }
}

impl From<NorFlashErrorKind> for FlashError {
    fn from(kind: NorFlashErrorKind) -> Self {
        Self::Misuse(kind)
    }
}

impl ErrorType for Flash {
    type Error = FlashError;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        check_read(self, offset, bytes.len())?;
        for (at, byte) in (offset..).zip(bytes) {
            let word = raw::flash_word(at / 4).ok_or(NorFlashErrorKind::OutOfBounds)?;
            *byte = word.to_le_bytes()[at as usize % 4];
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        LEN as usize
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = BLOCK as usize;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        check_erase(self, from, to)?;
        for index in from / 4..to / 4 {
            raw::set_flash_word(index, u32::MAX).ok_or(NorFlashErrorKind::OutOfBounds)?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        check_write(self, offset, bytes.len())?;
        for (index, word) in (offset / 4..).zip(bytes.chunks_exact(4)) {
            let [a, b, c, d] = *word else { continue };
            let (is, wanted) = (raw::flash_word(index), u32::from_le_bytes([a, b, c, d]));
            let is = is.ok_or(NorFlashErrorKind::OutOfBounds)?;
            // What a real one does with bits that it cannot set is not defined. This one says so.
            if wanted & !is != 0 {
                return Err(FlashError::NotErased { offset: index * 4 });
            }
            raw::set_flash_word(index, wanted).ok_or(NorFlashErrorKind::OutOfBounds)?;
        }
        Ok(())
    }
}
