//! A panic in words: its message, and where in the source it was, without the path of the machine
//! that built it.

use core::fmt::{self, Write};
use core::panic::{Location, PanicMessage};

/// `message at src/lib.rs:3:5`
pub(crate) struct PanicText<'a> {
    pub(crate) message: &'a dyn Message,
    pub(crate) location: Option<&'a Location<'a>>,
}

/// What a panic says.
pub(crate) trait Message {
    fn write(&self, out: &mut dyn Write) -> fmt::Result;
}

impl Message for &str {
    fn write(&self, out: &mut dyn Write) -> fmt::Result {
        out.write_str(self)
    }
}

impl Message for PanicMessage<'_> {
    #[cfg(feature = "text")]
    fn write(&self, out: &mut dyn Write) -> fmt::Result {
        write!(out, "{self}")
    }

    /// What must be formatted is left out, and the formatting with it.
    #[cfg(not(feature = "text"))]
    fn write(&self, out: &mut dyn Write) -> fmt::Result {
        out.write_str(self.as_str().unwrap_or("panicked"))
    }
}

impl PanicText<'_> {
    /// Writes it piece by piece. Numbers are written by hand: see the feature `text`.
    pub(crate) fn write(&self, out: &mut dyn Write) -> fmt::Result {
        self.message.write(out)?;
        let Some(location) = self.location else { return Ok(()) };
        out.write_str(" at ")?;
        out.write_str(without_build_path(location.file()))?;
        write_number(out, location.line())?;
        write_number(out, location.column())
    }
}

/// `:` and the number.
fn write_number(out: &mut dyn Write, mut number: u32) -> fmt::Result {
    let mut digits = [b'0'; 11];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    at -= 1;
    digits[at] = b':';
    out.write_str(core::str::from_utf8(&digits[at..]).unwrap_or_default())
}

/// What remains of a source path without the directories of a build: from the crate's directory on,
/// where the path is absolute.
fn without_build_path(file: &str) -> &str {
    let bytes = file.as_bytes();
    let absolute = matches!(bytes, [b'/' | b'\\', ..] | [_, b':', ..]);
    if !absolute {
        return file;
    }
    // The directory before the last `src`, or else the file itself.
    let mut from = after_separator(bytes, bytes.len());
    let mut end = from;
    while end > 0 {
        let start = after_separator(bytes, end - 1);
        if bytes.get(start..end - 1) == Some(b"src") {
            from = after_separator(bytes, start.saturating_sub(1));
            break;
        }
        end = start;
    }
    file.get(from..).unwrap_or_default()
}

/// Where the part of a path begins that ends at `end`.
fn after_separator(bytes: &[u8], end: usize) -> usize {
    let mut before = bytes[..end.min(bytes.len())].iter();
    before.rposition(|byte| matches!(byte, b'/' | b'\\')).map_or(0, |at| at + 1)
}

/// Counts what is written.
#[derive(Default)]
pub(crate) struct Counter(pub(crate) usize);

impl Write for Counter {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

/// Writes as much of `text` as fits, ending in `…` when that is not all, and returns its length.
pub(crate) fn write_cut(text: &PanicText<'_>, bytes: &mut [u8]) -> usize {
    const MARK: &str = "…";
    let room = bytes.len().saturating_sub(MARK.len());
    let mut cut = Cut { bytes: &mut bytes[..], len: 0, room };
    if text.write(&mut cut).is_ok() {
        return cut.len;
    }
    let len = cut.len;
    bytes[len..len + MARK.len()].copy_from_slice(MARK.as_bytes());
    len + MARK.len()
}

struct Cut<'a> {
    bytes: &'a mut [u8],
    len: usize,
    room: usize,
}

impl Write for Cut<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for char in text.chars() {
            if char.len_utf8() > self.room - self.len {
                return Err(fmt::Error);
            }
            self.len += char.encode_utf8(&mut self.bytes[self.len..]).len();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lesson 16: build paths stay out of the message.
    #[test]
    fn lesson_16_build_paths_are_left_out() {
        let path = without_build_path;
        assert_eq!(path("src/lib.rs"), "src/lib.rs");
        assert_eq!(path("/home/someone/weather/src/parse/mod.rs"), "weather/src/parse/mod.rs");
        assert_eq!(path("/rustc/0123abcd/library/core/src/option.rs"), "core/src/option.rs");
        assert_eq!(path("C:\\build\\weather\\src\\lib.rs"), "weather\\src\\lib.rs");
        assert_eq!(path("/build/generated.rs"), "generated.rs");
    }

    #[test]
    fn a_place_is_written_behind_the_message() {
        let place = Location::caller();
        let mut text = alloc::string::String::new();
        PanicText { message: &"gone", location: Some(place) }.write(&mut text).expect("written");
        let expected = alloc::format!("gone at {}:{}:{}", place.file(), place.line(), place.column());
        assert_eq!(text, expected);
    }

    #[test]
    fn long_messages_are_cut_visibly() {
        let mut bytes = [0; 16];
        let mut write = |message: &str| {
            let len = write_cut(&PanicText { message: &message, location: None }, &mut bytes);
            (bytes, len)
        };
        let (bytes, len) = write("short");
        assert_eq!(&bytes[..len], b"short");
        let (bytes, len) = write("a message of some length");
        assert_eq!(core::str::from_utf8(&bytes[..len]), Ok("a message of …"));
    }
}
