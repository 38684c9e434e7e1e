//! Names in the texts of errors. Callers and modules choose them: they may be long, many, or have ends of lines.

use std::fmt::{self, Write};

/// The longest name that a text has, in bytes. A signature is a name with its types.
const MAX_NAME: usize = 240;
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
        assert_eq!(Names(&[]).to_string(), "none");
        let names: Vec<_> = (0..1000).map(|at| format!("m{at}")).collect();
        assert_eq!(Names(&names[..2]).to_string(), "m0, m1");
        assert!(Names(&names).to_string().ends_with("m18, m19 and 980 more"));
    }
}
