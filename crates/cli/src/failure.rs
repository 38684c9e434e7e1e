//! Why a command failed, and its exit code.

use crate::facts::Facts;
use serde_json::Value;
use std::fmt;

/// Class of a failure. Each has its exit code, which `docs/COMMAND-LINE.md` lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The guest's function answered with an error of its own.
    Guest = 1,
    /// The command line is wrong.
    Usage = 2,
    /// A file cannot be read or written.
    Io = 3,
    /// An input is not what it should be.
    Input = 4,
    /// A device would refuse the module, or the blob.
    Refused = 5,
    /// A key is of the wrong kind, or damaged.
    Key = 6,
    /// The device refused the blob, or could not keep it.
    Device = 7,
    /// The device did not answer, or the line broke.
    Line = 8,
    /// The arguments of a guest's function do not fit.
    Arguments = 9,
    /// The guest was stopped by a trap, a panic included.
    Trap = 10,
    /// The call used up its fuel.
    Fuel = 11,
    /// The guest needs, or asked for, more memory than it may have.
    Memory = 12,
    /// Calls were nested too deeply.
    Stack = 13,
    /// The call took too long.
    Timeout = 14,
    /// The guest wants something of the host that it was not granted.
    Capability = 15,
}

impl Kind {
    /// All classes.
    pub const ALL: [Self; 15] = [
        Self::Guest,
        Self::Usage,
        Self::Io,
        Self::Input,
        Self::Refused,
        Self::Key,
        Self::Device,
        Self::Line,
        Self::Arguments,
        Self::Trap,
        Self::Fuel,
        Self::Memory,
        Self::Stack,
        Self::Timeout,
        Self::Capability,
    ];

    /// Returns the exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// Returns the name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Usage => "usage",
            Self::Io => "io",
            Self::Input => "input",
            Self::Refused => "refused",
            Self::Key => "key",
            Self::Device => "device",
            Self::Line => "line",
            Self::Arguments => "arguments",
            Self::Trap => "trap",
            Self::Fuel => "fuel",
            Self::Memory => "memory",
            Self::Stack => "stack",
            Self::Timeout => "timeout",
            Self::Capability => "capability",
        }
    }
}

/// Why a command failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    kind: Kind,
    message: String,
    refusals: Vec<u8>,
    facts: Facts,
    guest_output: bool,
}

impl Failure {
    /// Returns a failure, in the words for the user.
    pub fn new(kind: Kind, message: impl fmt::Display) -> Self {
        Self {
            kind,
            message: message.to_string(),
            refusals: Vec::new(),
            facts: Facts::default(),
            guest_output: false,
        }
    }

    /// Returns the failure with a fact for JSON.
    #[must_use]
    pub fn with_fact(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.facts.add(key, value);
        self
    }

    /// Returns the failure with a fact that is JSON already.
    #[must_use]
    pub fn with_json(mut self, key: &str, json: &str) -> Self {
        self.facts.add_json(key, json);
        self
    }

    /// Returns the failure with further facts.
    #[must_use]
    pub fn with_facts(mut self, facts: &Facts) -> Self {
        self.facts.extend(facts);
        self
    }

    /// Returns the facts for JSON.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Returns the failure with the codes of the reasons for which a device refuses the blob.
    #[must_use]
    pub fn with_refusals(self, codes: Vec<u8>) -> Self {
        Self { refusals: codes, ..self }
    }

    /// Returns the failure with the name of its file before it.
    #[must_use]
    pub fn in_file(self, name: impl fmt::Display) -> Self {
        Self { message: format!("{name}: {}", self.message), ..self }
    }

    /// Returns the failure with what to do behind it.
    #[must_use]
    pub fn with_advice(self, advice: &str) -> Self {
        Self { message: format!("{}. {advice}", self.message), ..self }
    }

    /// Returns the failure of a run in which standard output is the guest's.
    #[must_use]
    pub fn of_guest_output(self) -> Self {
        Self { guest_output: true, ..self }
    }

    /// Returns whether standard output is the guest's.
    #[must_use]
    pub fn is_of_guest_output(&self) -> bool {
        self.guest_output
    }

    /// Returns the class.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the codes of the reasons for which a device refuses the blob.
    #[must_use]
    pub fn refusals(&self) -> &[u8] {
        &self.refusals
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Result of a step of a command.
pub type Outcome<T> = Result<T, Failure>;
