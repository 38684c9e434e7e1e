//! Subjects of messages.

use crate::nats::module_hash::ModuleHash;
use async_nats::Subject;
use std::fmt;

/// The queue group of all hosts: each call goes to one of those that serve the module.
pub const QUEUE_GROUP: &str = "hosts";

/// How the payload of a call is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Arguments and result of a typed function, in postcard. The number is the hash of its types.
    Typed(u64),
    /// Bytes of a function of bytes.
    Bytes,
    /// JSON, by the module's own description.
    Json,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Typed(hash) => write!(f, "{hash:016x}"),
            Self::Bytes => f.write_str("bytes"),
            Self::Json => f.write_str("json"),
        }
    }
}

impl Form {
    fn parse(token: &str) -> Option<Self> {
        match token {
            "bytes" => Some(Self::Bytes),
            "json" => Some(Self::Json),
            _ if token.len() == 16 => u64::from_str_radix(token, 16).ok().map(Self::Typed),
            _ => None,
        }
    }
}

/// What is called, and its subject.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) target: Target,
    pub(crate) subject: Subject,
}

impl Prepared {
    pub(crate) fn new(target: Target) -> Self {
        let subject = target.subject().into();
        Self { target, subject }
    }
}

/// What is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) module: ModuleHash,
    pub(crate) form: Form,
    pub(crate) function: String,
}

impl Target {
    pub(crate) fn subject(&self) -> String {
        let Self { module, form, function } = self;
        format!("aingle.v1.call.{module}.{form}.{}", token(function))
    }

    /// Reads the subject of a call. `None` for any other.
    pub(crate) fn parse(subject: &str) -> Option<Self> {
        let mut tokens = subject.strip_prefix("aingle.v1.call.")?.split('.');
        let (module, form, function) = (tokens.next()?, tokens.next()?, tokens.next()?);
        if tokens.next().is_some() {
            return None;
        }
        let (module, form) = (module.parse().ok()?, Form::parse(form)?);
        Some(Self { module, form, function: untoken(function)? })
    }
}

/// Returns the subject of all calls of a module.
pub(crate) fn calls(module: &ModuleHash) -> String {
    format!("aingle.v1.call.{module}.*.*")
}

/// Returns the subject of the question which host has a call of a module.
pub(crate) fn who(module: &ModuleHash) -> String {
    format!("aingle.v1.who.{module}")
}

/// Returns the subject on which callers give up calls of a module.
pub(crate) fn cancel(module: &ModuleHash) -> String {
    format!("aingle.v1.cancel.{module}")
}

/// Returns the subject of one host.
pub(crate) fn host(host: &str) -> String {
    format!("aingle.v1.host.{host}")
}

/// Returns the subject on which every host answers what it has accounted.
pub(crate) fn stats() -> &'static str {
    "aingle.v1.stats"
}

/// A function's name as a token of a subject: other bytes than letters, digits, `-` and `_` are `=` and two digits.
fn token(name: &str) -> String {
    let mut token = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'-' | b'_' => token.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => token.push(byte.into()),
            _ => token.push_str(&format!("={byte:02X}")),
        }
    }
    // A token is not empty.
    if token.is_empty() { "=".into() } else { token }
}

fn untoken(token: &str) -> Option<String> {
    if token == "=" {
        return Some(String::new());
    }
    let mut bytes = Vec::with_capacity(token.len());
    let mut rest = token.as_bytes();
    while let [first, behind @ ..] = rest {
        (bytes, rest) = match (first, behind) {
            (b'=', [high, low, behind @ ..]) => {
                let digits = [*high, *low];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
                (bytes, behind)
            }
            (b'=', _) => return None,
            _ => {
                bytes.push(*first);
                (bytes, behind)
            }
        };
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_read_from_its_subject() {
        let module = ModuleHash::of(b"a module");
        for function in ["mean", "", "a.b *>", "=", "größe", "x-y_Z9"] {
            for form in [Form::Typed(7), Form::Typed(u64::MAX), Form::Bytes, Form::Json] {
                let target = Target { module, form, function: function.into() };
                let subject = target.subject();
                assert_eq!(subject.split('.').count(), 6, "{subject}");
                assert!(!subject.contains([' ', '*', '>']), "{subject}");
                assert_eq!(Target::parse(&subject), Some(target));
            }
        }
    }

    #[test]
    fn other_subjects_are_no_targets() {
        let hash = ModuleHash::of(b"").to_string();
        for rest in ["", "json", "json.f.g", "0.f", "json.=4", "json.=GG", "json.=FF"] {
            assert_eq!(Target::parse(&format!("aingle.v1.call.{hash}.{rest}")), None, "{rest}");
        }
        assert_eq!(Target::parse("aingle.v1.call.00.json.f"), None);
    }
}
