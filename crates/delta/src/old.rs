//! The module that a patch is for.

use core::fmt;

/// Random access to the old module.
pub trait ReadOld {
    /// Why a read failed.
    type Error;

    /// Fills the bytes with those of the old module from an offset on. The applier reads inside the length that it was
    /// given only.
    ///
    /// # Errors
    /// When they cannot be read.
    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error>;
}

/// A slice is shorter than the length that the applier was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TooShort {
    /// Its length, in bytes.
    pub len: usize,
}

impl fmt::Display for TooShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it has {} bytes only", self.len)
    }
}

impl core::error::Error for TooShort {}

impl ReadOld for &[u8] {
    type Error = TooShort;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), TooShort> {
        let from = self.get(offset as usize..).and_then(|from| from.get(..bytes.len()));
        bytes.copy_from_slice(from.ok_or(TooShort { len: self.len() })?);
        Ok(())
    }
}
