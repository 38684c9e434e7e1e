//! Names of modules: the hash of their bytes.

use aingle_wasm_manifest::sha256;
use std::fmt;
use std::str::FromStr;

/// SHA-256 of the bytes of a `.wasm` file, by which calls name a module.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleHash(pub [u8; 32]);

impl ModuleHash {
    /// Returns the hash of a `.wasm` file.
    #[must_use]
    pub fn of(wasm: &[u8]) -> Self {
        Self(sha256(wasm))
    }
}

/// A text is no hash of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoModuleHash;

impl FromStr for ModuleHash {
    type Err = NoModuleHash;

    /// Reads 64 digits of hexadecimal, in small letters.
    fn from_str(text: &str) -> Result<Self, NoModuleHash> {
        let digits = text.as_bytes();
        let mut bytes = [0; 32];
        if digits.len() != 64 {
            return Err(NoModuleHash);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

fn digit(byte: u8) -> Result<u8, NoModuleHash> {
    match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        _ => Err(NoModuleHash),
    }
}

impl fmt::Display for ModuleHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let mut text = [0; 64];
        for (place, digit) in text.iter_mut().zip(digits) {
            *place = b"0123456789abcdef"[usize::from(digit)];
        }
        // Digits are text.
        f.write_str(str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for ModuleHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for NoModuleHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a module's hash has 64 digits of hexadecimal, in small letters")
    }
}

impl std::error::Error for NoModuleHash {}
