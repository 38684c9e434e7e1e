//! Texts of strangers, for messages and logs.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;

/// A text of at most about `limit` bytes: what is longer is cut there, and then says how long it was. What is not
/// UTF-8 is replaced, which can triple it.
#[must_use]
pub fn shown(text: &[u8], limit: usize) -> Cow<'_, str> {
    if text.len() <= limit {
        return lossy(text);
    }
    // Not in the middle of a character.
    let begins = |at: &usize| text.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80);
    let end = (limit.saturating_sub(3)..=limit).rev().find(begins).unwrap_or(limit);
    Cow::Owned(lossy(&text[..end]).into_owned() + &format!("… ({} bytes)", text.len()))
}

/// What [`String::from_utf8_lossy`] does, in a fourth of the flash.
pub(crate) fn lossy(mut text: &[u8]) -> Cow<'_, str> {
    let mut shown = String::new();
    loop {
        let error = match str::from_utf8(text) {
            Ok(rest) if shown.is_empty() => return Cow::Borrowed(rest),
            Ok(rest) => return Cow::Owned(shown + rest),
            Err(error) => error,
        };
        let (valid, rest) = text.split_at(error.valid_up_to());
        shown.push_str(str::from_utf8(valid).unwrap_or_default());
        shown.push(char::REPLACEMENT_CHARACTER);
        text = rest.get(error.error_len().unwrap_or(rest.len())..).unwrap_or_default();
    }
}

/// Shortens a text as [`shown`] does.
pub fn shorten(text: &mut String, limit: usize) {
    if text.len() > limit {
        *text = shown(text.as_bytes(), limit).into_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_and_say_so() {
        assert_eq!(shown(b"short", 5), "short");
        assert_eq!(shown(b"longer", 5), "longe… (6 bytes)");
        assert_eq!(shown("aßßßß".as_bytes(), 4), "aß… (9 bytes)");
        assert_eq!(shown(&[0x80; 9], 4), "\u{fffd}\u{fffd}\u{fffd}\u{fffd}… (9 bytes)");
        let mut text = String::from("0123456789");
        shorten(&mut text, 10);
        assert_eq!(text, "0123456789");
        shorten(&mut text, 3);
        assert_eq!(text, "012… (10 bytes)");
        assert_eq!(shown(b"x", 0), "… (1 bytes)");
    }

    #[test]
    fn what_is_not_utf8_is_replaced_as_the_library_does() {
        for text in [
            &b"a\xffb\xe2\x82"[..],
            b"\xe2\x82\xac\xf0\x9f\x92",
            b"\xc0\x80\xed\xa0\x80z",
            b"",
            b"\xf8\x88\x80",
        ] {
            assert_eq!(lossy(text), String::from_utf8_lossy(text));
        }
    }
}
