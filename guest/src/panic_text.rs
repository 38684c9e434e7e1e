//! A panic in words: its message, and where in the source it was, without the path of the machine
//! that built it.

use crate::outgoing::Outgoing;
use aingle_wasm_codec::value::Sink;
use core::panic::{Location, PanicMessage};

/// `message at src/lib.rs:3:5`
pub(crate) struct PanicText<'a> {
    pub(crate) message: &'a dyn Message,
    pub(crate) location: Option<&'a Location<'a>>,
}

/// What a panic says.
pub(crate) trait Message {
    /// Writes it piece by piece, as long as `out` takes the pieces.
    fn write(&self, out: &mut dyn Sink) -> bool;
}

impl Message for &str {
    fn write(&self, out: &mut dyn Sink) -> bool {
        out.push(self.as_bytes())
    }
}

impl Message for PanicMessage<'_> {
    #[cfg(feature = "text")]
    fn write(&self, out: &mut dyn Sink) -> bool {
        core::fmt::write(&mut Formatted(out), format_args!("{self}")).is_ok()
    }

    /// What must be formatted is left out, and the formatting with it.
    #[cfg(not(feature = "text"))]
    fn write(&self, out: &mut dyn Sink) -> bool {
        out.push(self.as_str().unwrap_or("panicked").as_bytes())
    }
}

#[cfg(feature = "text")]
struct Formatted<'a>(&'a mut dyn Sink);

#[cfg(feature = "text")]
impl core::fmt::Write for Formatted<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        if self.0.push(text.as_bytes()) { Ok(()) } else { Err(core::fmt::Error) }
    }
}

impl PanicText<'_> {
    /// Writes it piece by piece, as long as `out` takes the pieces.
    pub(crate) fn write(&self, out: &mut dyn Sink) -> bool {
        let Some(location) = self.location else { return self.message.write(out) };
        self.message.write(out)
            && out.push(b" at ")
            && out.push(without_build_path(location.file()).as_bytes())
            && push_number(out, location.line())
            && push_number(out, location.column())
    }

    /// The text, as much of it as there is memory for; where that is none, as `fallback` holds.
    pub(crate) fn keep<'a>(&self, long: &'a mut Outgoing, fallback: &'a mut [u8]) -> &'a [u8] {
        if self.write(long) {
            return long.payload();
        }
        let mut cut = Cut { bytes: fallback, len: 0 };
        if !self.write(&mut cut) {
            cut.mark();
        }
        let Cut { bytes, len } = cut;
        bytes.get(..len).unwrap_or_default()
    }
}

/// `:` and the number. Without the machinery of formatting: see the feature `text`.
fn push_number(out: &mut dyn Sink, mut number: u32) -> bool {
    let mut digits = [0; 11];
    let mut start = digits.len();
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        start = at;
        if number == 0 && at < 10 {
            *digit = b':';
            break;
        }
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    out.push(digits.get(start..).unwrap_or_default())
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
    let before = bytes.get(..end).unwrap_or(bytes).iter();
    before.len() - before.rev().take_while(|byte| !matches!(byte, b'/' | b'\\')).count()
}

/// The beginning of a text.
struct Cut<'a> {
    bytes: &'a mut [u8],
    len: usize,
}

impl Cut<'_> {
    const MARK: &'static str = "…";

    /// Ends the text so that one sees that it is not all.
    fn mark(&mut self) {
        let room = self.bytes.len().saturating_sub(Self::MARK.len());
        self.len = self.len.min(room);
        // Not in the middle of a character.
        while self.bytes.get(self.len).is_some_and(|byte| self.len > 0 && byte & 0xc0 == 0x80) {
            self.len -= 1;
        }
        if let Some(mark) = self.bytes.get_mut(self.len..self.len + Self::MARK.len()) {
            mark.copy_from_slice(Self::MARK.as_bytes());
            self.len += Self::MARK.len();
        }
    }
}

impl Sink for Cut<'_> {
    fn push(&mut self, bytes: &[u8]) -> bool {
        let room = self.bytes.get_mut(self.len..).unwrap_or_default();
        let fits = room.len().min(bytes.len());
        for (byte, new) in room.iter_mut().zip(bytes) {
            *byte = *new;
        }
        self.len += fits;
        fits == bytes.len()
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
        let mut out = Outgoing::default();
        let text = PanicText { message: &"gone", location: Some(place) };
        let expected = alloc::format!("gone at {}:{}:{}", place.file(), place.line(), place.column());
        assert_eq!(text.keep(&mut out, &mut []), expected.as_bytes());
    }

    #[test]
    fn numbers_are_written_whole() {
        for number in [0, 7, 10, 1_000_000_007, u32::MAX] {
            let mut out = Outgoing::default();
            assert!(push_number(&mut out, number));
            assert_eq!(out.payload(), alloc::format!(":{number}").as_bytes());
        }
    }

    #[test]
    fn long_messages_are_cut_visibly() {
        let cut = |message: &str| {
            let mut cut = Cut { bytes: &mut [0; 16], len: 0 };
            if !(&message as &dyn Message).write(&mut cut) {
                cut.mark();
            }
            alloc::string::String::from_utf8(cut.bytes[..cut.len].to_vec())
        };
        assert_eq!(cut("short").as_deref(), Ok("short"));
        assert_eq!(cut("a message of some length").as_deref(), Ok("a message of …"));
        assert_eq!(cut("in many a büüüüüüüüüür").as_deref(), Ok("in many a bü…"));
    }
}
