//! What a command prints: lines for people, or one JSON object.

use crate::failure::Failure;
use serde_json::{Map, Value, json};
use std::fmt::Display;

/// What a command has to say. The same facts are printed as lines and as JSON.
#[derive(Debug, Default)]
pub struct Report {
    lines: Vec<(String, String)>,
    json: Map<String, Value>,
}

impl Report {
    /// Returns an empty report.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fact. The line is called as the key in JSON, with spaces in place of `_`.
    pub fn add(&mut self, key: &str, value: impl Display + Into<Value>) {
        self.add_as(key, value.to_string(), value);
    }

    /// Adds a fact, if it is known.
    pub fn add_some<T: Display + Into<Value>>(&mut self, key: &str, value: Option<T>) {
        if let Some(value) = value {
            self.add(key, value);
        }
    }

    /// Adds a fact whose line differs from its value in JSON.
    pub fn add_as(&mut self, key: &str, line: impl Into<String>, value: impl Into<Value>) {
        self.lines.push((key.replace('_', " "), line.into()));
        self.json.insert(key.into(), value.into());
    }

    /// Adds a list, an item a line. An empty one is in JSON alone.
    pub fn add_list(&mut self, key: &str, items: Vec<(String, Value)>) {
        let name = key.replace('_', " ");
        let mut values = Vec::new();
        for (at, (line, value)) in items.into_iter().enumerate() {
            self.lines.push((if at == 0 { name.clone() } else { String::new() }, line));
            values.push(value);
        }
        self.json.insert(key.into(), values.into());
    }

    /// Returns the lines, with their values below each other. Control characters of values are escaped.
    #[must_use]
    pub fn lines(&self) -> String {
        let width = self.lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        self.lines.iter().map(|(name, value)| format!("{name:width$}  {}\n", printable(value))).collect()
    }

    /// Returns the JSON object, in one line.
    #[must_use]
    pub fn json(&self) -> String {
        let mut object = self.json.clone();
        object.insert("ok".into(), true.into());
        format!("{}\n", Value::Object(object))
    }
}

/// Returns a text whose characters a terminal shows and does not obey: all others are escaped.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\'' | '\\' => printable.push(character),
            _ => printable.extend(character.escape_debug()),
        }
    }
    printable
}

/// Returns the JSON object of a failure, in one line.
#[must_use]
pub fn failure_json(failure: &Failure) -> String {
    let kind = failure.kind();
    let error = json!({
        "kind": kind.name(),
        "exit_code": kind.code(),
        "message": failure.to_string(),
        "refusals": failure.refusals(),
    });
    format!("{}\n", json!({ "ok": false, "error": error }))
}
