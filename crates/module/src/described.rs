//! What a module's records say of one function.

use aingle_wasm_types::description::{Form, Record};

/// What all records of one name and kind say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Described {
    /// There is no record.
    #[default]
    Not,
    /// Bytes in, bytes out.
    Raw,
    /// Values of the types with this hash.
    Typed(u64),
    /// Two records say different things: their hashes, of which 0 is that of a raw one.
    Twice {
        /// The hash of the first record.
        first: u64,
        /// The hash of the first record that differs from it.
        second: u64,
    },
}

impl Described {
    /// Adds what one more record says.
    #[must_use]
    pub fn and(self, record: &Record<'_>) -> Self {
        let said = match record.form {
            Form::Raw => Self::Raw,
            Form::Typed => Self::Typed(record.hash),
        };
        match self {
            Self::Not => said,
            Self::Raw | Self::Typed(_) if self != said => {
                Self::Twice { first: self.hash(), second: said.hash() }
            }
            _ => self,
        }
    }

    /// The hash that the record says: 0 for a raw function, and where there is none.
    fn hash(self) -> u64 {
        match self {
            Self::Typed(hash) => hash,
            _ => 0,
        }
    }
}
