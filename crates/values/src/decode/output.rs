//! The JSON that is written, of a limited length.

use std::fmt;

/// JSON that does not grow beyond its limit.
pub(super) struct Output {
    json: String,
    limit: usize,
}

/// The JSON would be longer than its limit.
#[derive(Debug)]
pub(super) struct Full;

impl Output {
    pub(super) fn new(limit: u32) -> Self {
        Self { json: String::new(), limit: limit as usize }
    }

    pub(super) fn into_json(self) -> String {
        self.json
    }

    pub(super) fn len(&self) -> usize {
        self.json.len()
    }

    /// Returns what was written since the JSON had this length.
    pub(super) fn since(&self, len: usize) -> &str {
        self.json.get(len..).unwrap_or_default()
    }

    pub(super) fn push(&mut self, text: &str) -> Result<(), Full> {
        if text.len() > self.limit - self.json.len() {
            return Err(Full);
        }
        self.json.push_str(text);
        Ok(())
    }

    pub(super) fn print(&mut self, value: fmt::Arguments<'_>) -> Result<(), Full> {
        fmt::Write::write_fmt(self, value).map_err(|_| Full)
    }

    /// Writes a text in quotes.
    pub(super) fn quote(&mut self, text: &str) -> Result<(), Full> {
        self.push("\"")?;
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
            let (plain, escaped) = rest.split_at(at);
            self.push(plain)?;
            let mut chars = escaped.chars();
            match chars.next() {
                Some('"') => self.push("\\\"")?,
                Some('\\') => self.push("\\\\")?,
                Some('\n') => self.push("\\n")?,
                Some('\r') => self.push("\\r")?,
                Some('\t') => self.push("\\t")?,
                Some('\x08') => self.push("\\b")?,
                Some('\x0c') => self.push("\\f")?,
                Some(control) => self.print(format_args!("\\u{:04x}", u32::from(control)))?,
                None => {}
            }
            rest = chars.as_str();
        }
        self.push(rest)?;
        self.push("\"")
    }
}

impl fmt::Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text).map_err(|Full| fmt::Error)
    }
}
