//! A short name that an error can carry without a heap.

use crate::limits::MAX_NAME;
use core::fmt;

/// Up to [`MAX_NAME`] bytes of a name, by value. A longer name keeps its beginning and shows that
/// it was cut with `…`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Name {
    bytes: [u8; MAX_NAME],
    len: u8,
    cut: bool,
}

impl Name {
    /// Keeps as much of `name` as fits.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut len = name.len().min(MAX_NAME);
        while !name.is_char_boundary(len) {
            len -= 1;
        }
        let mut bytes = [0; MAX_NAME];
        bytes[..len].copy_from_slice(&name.as_bytes()[..len]);
        Self { bytes, len: len as u8, cut: len < name.len() }
    }

    /// What was kept.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())?;
        f.write_str(if self.cut { "…" } else { "" })
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Name {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{=str}{=str}", self.as_str(), if self.cut { "…" } else { "" });
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn long_names_are_cut_visibly_and_between_characters() {
        assert_eq!(Name::new("resize").to_string(), "resize");
        let long = "é".repeat(20);
        assert_eq!(Name::new(&long).to_string(), std::format!("{}…", "é".repeat(15)));
    }
}
