//! What one run of the scenario printed, read back.

use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;

/// What one engine did.
#[derive(Debug, Default)]
pub struct Report {
    /// The calls of each export.
    pub calls: BTreeMap<String, Calls>,
    /// Bytes by what they were used for: `guest`, `heap`, `stack`.
    pub memory: BTreeMap<String, u64>,
    /// How many times the clock ticks in a second.
    pub clock_hz: u64,
}

/// All calls of one export.
#[derive(Debug)]
pub struct Calls {
    /// How many.
    pub count: u64,
    /// The length of all replies.
    pub bytes: u64,
    /// How many were timed: not the first, and none that the clock is too short for.
    pub timed: u64,
    /// How long these took.
    pub ticks: u64,
    /// SHA-256 of all replies and their lengths.
    pub digest: String,
}

impl Report {
    /// Reads the lines that begin with a word it knows; a guest's or an engine's own lines may stand
    /// between them.
    pub fn parse(text: &str) -> Result<Self> {
        let mut report = Self::default();
        for line in text.lines() {
            let words: Vec<_> = line.split_whitespace().collect();
            report.line(&words).with_context(|| format!("in the line `{line}`"))?;
        }
        ensure!(!report.calls.is_empty(), "no call was reported");
        ensure!(report.clock_hz != 0, "no clock was reported");
        Ok(report)
    }

    fn line(&mut self, words: &[&str]) -> Result<()> {
        match *words {
            ["call", name, count, bytes, timed, ticks, digest] => {
                let calls = Calls {
                    count: count.parse()?,
                    bytes: bytes.parse()?,
                    timed: timed.parse()?,
                    ticks: ticks.parse()?,
                    digest: digest.to_owned(),
                };
                self.calls.insert(name.to_owned(), calls);
            }
            ["memory", what, bytes] => {
                self.memory.insert(what.to_owned(), bytes.parse()?);
            }
            ["clock", hz] => self.clock_hz = hz.parse()?,
            _ => {}
        }
        Ok(())
    }

    /// The nanoseconds that a call of this export took, on average; under `-icount shift=0` these are
    /// instructions.
    pub fn nanoseconds_per_call(&self, export: &str) -> Option<f64> {
        let calls = self.calls.get(export).filter(|calls| calls.timed > 0)?;
        Some(calls.ticks as f64 * 1e9 / self.clock_hz as f64 / calls.timed as f64)
    }

    /// What differs from another engine's replies, in words.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let mut exports: Vec<_> = self.calls.keys().chain(other.calls.keys()).collect();
        exports.sort();
        exports.dedup();
        let differs = exports.into_iter().filter(|export| {
            let same = self.calls.get(*export).zip(other.calls.get(*export));
            same.is_none_or(|(a, b)| (a.count, a.bytes, &a.digest) != (b.count, b.bytes, &b.digest))
        });
        let names: Vec<_> = differs.map(|export| format!("`{export}`")).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "clock 1000\ncall echo 3 96 2 10 aa\nsome other line\nmemory heap 5\ncall sum 1 4 0 0 bb\n";

    #[test]
    fn lines_are_read_and_others_ignored() {
        let report = Report::parse(TEXT).unwrap();
        assert_eq!(report.nanoseconds_per_call("echo"), Some(5e6));
        assert_eq!(report.nanoseconds_per_call("sum"), None);
        assert_eq!(report.memory["heap"], 5);
    }

    #[test]
    fn a_difference_in_anything_but_time_is_found() {
        let report = Report::parse(TEXT).unwrap();
        let with = |from, to| report.difference(&Report::parse(&TEXT.replace(from, to)).unwrap());
        assert_eq!(with(" 10 aa", " 11 aa"), None);
        assert_eq!(with("aa", "ab").as_deref(), Some("`echo`"));
        assert_eq!(with("96", "97").as_deref(), Some("`echo`"));
        assert_eq!(with("call sum", "call sun").as_deref(), Some("`sum`, `sun`"));
    }

    #[test]
    fn nothing_reported_is_an_error() {
        assert!(Report::parse("clock 1000\n").is_err());
        assert!(Report::parse("call echo 3 96 2 10 aa\n").is_err());
        assert!(Report::parse("clock x\n").is_err());
    }
}
