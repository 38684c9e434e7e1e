//! JSON that a module has parsed.

use serde::de::IgnoredAny;

/// How many texts a call may keep.
const MAX_TEXTS: usize = 1024;
/// How long they may be together, in bytes.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// JSON that a module has parsed, by handles from 1. It is kept as text: a tree takes many times the memory.
#[derive(Debug, Default)]
pub(super) struct Texts {
    all: Vec<String>,
    bytes: usize,
}

impl Texts {
    /// Keeps a text, and returns its handle. `None` if it is not JSON, or there are too many.
    pub(super) fn add(&mut self, bytes: &[u8]) -> Option<i32> {
        let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
        if self.all.len() >= MAX_TEXTS || bytes.len() > MAX_BYTES - self.bytes {
            return None;
        }
        let text = std::str::from_utf8(bytes).ok()?;
        serde_json::from_str::<IgnoredAny>(text).ok()?;
        let short = without_space(text);
        self.bytes += short.len();
        self.all.push(short);
        i32::try_from(self.all.len()).ok()
    }

    pub(super) fn get(&self, handle: i32) -> Option<&str> {
        let at = usize::try_from(handle).ok()?.checked_sub(1)?;
        self.all.get(at).map(String::as_str)
    }
}

/// JSON without the space between its parts.
fn without_space(json: &str) -> String {
    let (mut inside, mut escaped) = (false, false);
    let part = |letter: &char| {
        let quote = *letter == '"' && !escaped;
        escaped = *letter == '\\' && inside && !escaped;
        inside ^= quote;
        inside || quote || !letter.is_ascii_whitespace()
    };
    json.chars().filter(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_comes_back_without_the_space_between_its_parts() {
        let mut texts = Texts::default();
        for (at, (json, short)) in [
            (r#" { "a" : [ 1 , 2.50 ] } "#, r#"{"a":[1,2.50]}"#),
            (r#"["a b", "\" c \\", "d e\\\" f"]"#, r#"["a b","\" c \\","d e\\\" f"]"#),
            ("\t\"ü \"\r\n\0", "\"ü \""),
        ]
        .into_iter()
        .enumerate()
        {
            let handle = texts.add(json.as_bytes()).unwrap();
            assert_eq!((handle, texts.get(handle)), (at as i32 + 1, Some(short)));
        }
        assert_eq!((texts.get(0), texts.get(-1), texts.get(4)), (None, None, None));
    }

    #[test]
    fn what_is_no_json_or_too_much_is_refused() {
        let mut texts = Texts::default();
        for refused in [&b"{"[..], b"", b"\xff", b"1 2", b"[1,]", b"NaN", &b"[".repeat(1000)] {
            assert_eq!(texts.add(refused), None, "{:?}", String::from_utf8_lossy(refused));
        }
        let half = format!("\"{}\"", "x".repeat(MAX_BYTES / 2));
        assert_eq!((texts.add(half.as_bytes()), texts.add(half.as_bytes())), (Some(1), None));
        let mut texts = Texts::default();
        (0..MAX_TEXTS).for_each(|_| assert!(texts.add(b"1").is_some()));
        assert_eq!(texts.add(b"1"), None);
    }
}
