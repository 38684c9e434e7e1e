//! Names that callers choose.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Most bytes of a call's id, and of a caller's name.
const MAX: usize = 64;

/// The id of a call: 1 to 64 letters, digits, `-` and `_`. Two calls of one id are one call.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CallId(Arc<str>);

/// The name of a caller, under which its fuel is accounted: 1 to 64 letters, digits, `-` and `_`. Nobody verifies it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CallerName(Arc<str>);

/// The name of a module in a store: 1 to 64 letters, digits, `-` and `_`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModuleName(Arc<str>);

/// A text is no id of a call, or no name of a caller or a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoName {
    /// The text, cut after 64 bytes.
    pub found: String,
}

fn check(text: &str) -> Result<Arc<str>, NoName> {
    let right = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=MAX).contains(&text.len()) && text.bytes().all(right) {
        return Ok(text.into());
    }
    Err(NoName { found: text.chars().take(MAX).collect() })
}

macro_rules! name {
    ($name:ident, $what:literal) => {
        impl $name {
            #[doc = concat!("Returns ", $what, ".")]
            ///
            /// # Errors
            /// [`NoName`] for other characters, and for fewer or more of them.
            pub fn new(text: &str) -> Result<Self, NoName> {
                check(text).map(Self)
            }

            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NoName;

            fn try_from(text: String) -> Result<Self, NoName> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.as_str().into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

impl CallId {
    /// Returns the id of the last part of an inbox, which is unique and has 22 letters and digits.
    pub(crate) fn of_token(token: &str) -> Self {
        debug_assert!(check(token).is_ok(), "{token:?}");
        Self(token.into())
    }
}

name!(CallId, "the id of a call");
name!(CallerName, "the name of a caller");
name!(ModuleName, "the name of a module");

impl fmt::Display for NoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected 1 to {MAX} letters, digits, `-` and `_`, found {:?}", self.found)
    }
}

impl std::error::Error for NoName {}
