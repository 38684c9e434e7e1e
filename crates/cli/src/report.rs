//! What a command prints: lines for people, or one JSON object.

use crate::facts::Facts;
use crate::failure::Failure;
use serde_json::Value;
use std::fmt::Display;

/// What a command has to say. The same facts are printed as lines and as JSON.
#[derive(Debug, Default)]
pub struct Report {
    lines: Vec<(String, String)>,
    facts: Facts,
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
        self.facts.add(key, value);
    }

    /// Adds a fact that is JSON already.
    #[cfg(feature = "run")]
    pub fn add_json(&mut self, key: &str, json: String) {
        self.lines.push((key.replace('_', " "), json.clone()));
        self.facts.add_json(key, json);
    }

    /// Adds the facts of another report behind its own.
    #[cfg(any(feature = "run", feature = "compose"))]
    pub fn extend(&mut self, other: Self) {
        self.lines.extend(other.lines);
        self.facts.extend(&other.facts);
    }

    /// Returns the facts.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Adds a list, an item a line. An empty one is in JSON alone.
    pub fn add_list(&mut self, key: &str, items: Vec<(String, Value)>) {
        let name = key.replace('_', " ");
        let mut values = Vec::new();
        for (at, (line, value)) in items.into_iter().enumerate() {
            self.lines.push((if at == 0 { name.clone() } else { String::new() }, line));
            values.push(value);
        }
        self.facts.add(key, values);
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
        let mut facts = self.facts.clone();
        facts.add("ok", true);
        facts.object() + "\n"
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
    let mut error = failure.facts().clone();
    error.add("kind", kind.name());
    error.add("exit_code", kind.code());
    error.add("message", failure.to_string());
    error.add("refusals", failure.refusals());
    let mut facts = Facts::default();
    facts.add("ok", false);
    facts.add_json("error", error.object());
    facts.object() + "\n"
}
