//! Lines for the debugger: a word and numbers.

use crate::{LONGEST_LINE as LEN, raw};
use core::ffi::CStr;

/// A line. What does not fit is left out.
pub struct Line {
    bytes: [u8; LEN],
    len: usize,
}

impl Line {
    /// Begins a line with a word.
    pub fn new(word: &CStr) -> Self {
        Self { bytes: [0; LEN], len: 0 }.text(word.to_bytes())
    }

    /// Adds a number.
    pub fn number(self, mut number: u32) -> Self {
        let mut digits = [b' '; 11];
        let mut at = digits.len();
        loop {
            at -= 1;
            digits[at] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.text(&digits[at - 1..])
    }

    /// Prints it.
    pub fn print(self) {
        let line = self.text(b"\n");
        if let Ok(text) = CStr::from_bytes_until_nul(&line.bytes) {
            raw::print(text);
        }
    }

    fn text(mut self, text: &[u8]) -> Self {
        if let Some(place) = self.bytes[..LEN - 1].get_mut(self.len..self.len + text.len()) {
            place.copy_from_slice(text);
            self.len += text.len();
        }
        self
    }
}
