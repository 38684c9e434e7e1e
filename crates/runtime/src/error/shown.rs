//! Names in the texts of errors. Callers and modules choose them: they may be long, many, or have ends of lines.

use std::fmt::{self, Write};

/// The longest name that a text has, in bytes. A signature is a name with its types.
const MAX_NAME: usize = 240;
/// The longest value of a caller that a text has, in bytes, as errors of arguments have it.
pub(super) const MAX_VALUE: usize = 120;
/// The longest error of a guest that a text has, in bytes. The kind has all of it.
pub(super) const MAX_ERROR: usize = 1024;
/// How many names a text has.
pub(super) const MAX_NAMES: usize = 20;

/// A name, shortened, and without control characters.
pub(super) struct Name<'n>(pub(super) &'n str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, letter) in self.0.char_indices() {
            if at >= MAX_NAME {
                return f.write_char('…');
            }
            if letter.is_control() {
                write!(f, "{}", letter.escape_default())?;
            } else {
                f.write_char(letter)?;
            }
        }
        Ok(())
    }
}

/// Something that a caller or a guest has written, as JSON, with no more than so many bytes of it.
pub(super) struct Short<T>(pub(super) T, pub(super) usize);

impl<T: fmt::Display> fmt::Display for Short<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = Rest { f, left: self.1, cut: false };
        match write!(rest, "{}", self.0) {
            Err(_) if rest.cut => rest.f.write_char('…'),
            written => written,
        }
    }
}

/// A formatter that takes some more bytes, and is an error then.
struct Rest<'r, 'f> {
    f: &'r mut fmt::Formatter<'f>,
    left: usize,
    cut: bool,
}

impl fmt::Write for Rest<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let taken = text.floor_char_boundary(self.left);
        self.f.write_str(&text[..taken])?;
        self.left -= taken;
        self.cut = taken < text.len();
        if self.cut { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Names between commas: the first of them, and how many more there are.
pub(super) struct Names<'n>(pub(super) &'n [String]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        for (at, name) in self.0.iter().take(MAX_NAMES).enumerate() {
            write!(f, "{}{}", if at == 0 { "" } else { ", " }, Name(name))?;
        }
        match self.0.len().saturating_sub(MAX_NAMES) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_short_names_in_one_line_and_not_all_of_many() {
        assert_eq!(Name("a-b/é#1 [2]").to_string(), "a-b/é#1 [2]");
        assert_eq!(Name("a\nb\u{1b}[31m\0").to_string(), "a\\nb\\u{1b}[31m\\u{0}");
        assert_eq!(Name(&"é".repeat(1_000_000)).to_string(), format!("{}…", "é".repeat(MAX_NAME / 2)));
        let value = serde_json::json!(["é".repeat(1_000_000), 1]);
        assert_eq!(Short(&value, 10).to_string(), "[\"éééé…");
        assert_eq!(Short(&value, 9).to_string(), "[\"ééé…");
        assert_eq!(Short(serde_json::json!([1, 2]), 5).to_string(), "[1,2]");
        assert_eq!(Names(&[]).to_string(), "none");
        let names: Vec<_> = (0..1000).map(|at| format!("m{at}")).collect();
        assert_eq!(Names(&names[..2]).to_string(), "m0, m1");
        assert!(Names(&names).to_string().ends_with("m18, m19 and 980 more"));
    }
}
