//! What stopped a guest.

use core::fmt;

/// What stopped a guest. The instance is poisoned afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Trap {
    /// The instruction `unreachable`: how guests abort.
    Unreachable,
    /// A memory access outside the memory that is there.
    MemoryOutOfBounds,
    /// An indirect call outside the table, to an empty element, or to another type.
    IndirectCall,
    /// An integer division by zero.
    DivisionByZero,
    /// An integer operation whose result has no representation.
    IntegerOverflow,
    /// A float that no integer can hold, converted to one.
    InvalidConversion,
    /// The call stack is exhausted.
    StackOverflow,
    /// The fuel is used up: that of the limits which the module carries, or the engine's own.
    OutOfFuel {
        /// The budget of the call.
        limit: u64,
        /// What was used when it stopped.
        used: u64,
    },
    /// The guest ended because an allocation failed. What it said is the error's body.
    OutOfMemory {
        /// The most memory that the guest may have, in bytes.
        limit: u64,
        /// The size that it asked for, in bytes.
        asked: u64,
    },
    /// Calls were nested more deeply than the limit that the module carries.
    CallDepth {
        /// The limit, in the units of `docs/METERING.md`.
        limit: u32,
    },
    /// The call was cancelled from outside.
    Cancelled,
    /// The call went beyond its deadline.
    Deadline {
        /// The deadline of the call, in microseconds after its beginning.
        limit: u64,
        /// How long the call had run when it was found to be late, in microseconds.
        elapsed: u64,
    },
    /// The engine itself ran out of memory.
    EngineOutOfMemory,
    /// Something that this engine reports in no more detail.
    Other,
}

impl core::error::Error for Trap {}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::OutOfFuel { limit, used } => {
                return out_of(f, "fuel", limit, "used", used);
            }
            Self::OutOfMemory { limit, asked } => {
                return out_of(f, "memory", limit, "asked", asked);
            }
            Self::CallDepth { limit } => {
                return write!(
                    f,
                    "calls nested too deeply (limit {limit}): if the guest is right to, set a higher `depth_limit`"
                );
            }
            Self::Deadline { limit, elapsed } => {
                return write!(f, "deadline exceeded (limit {limit} us, elapsed {elapsed} us)");
            }
            Self::Cancelled => "cancelled",
            Self::Unreachable => "unreachable executed",
            Self::MemoryOutOfBounds => "memory access out of bounds",
            Self::IndirectCall => "invalid indirect call",
            Self::DivisionByZero => "integer division by zero",
            Self::IntegerOverflow => "integer overflow",
            Self::InvalidConversion => "invalid conversion to integer",
            Self::StackOverflow => "call stack exhausted",
            Self::EngineOutOfMemory => "the engine is out of memory",
            Self::Other => "trapped",
        })
    }
}

/// Writes what ran out, its limit, and a second number.
fn out_of(f: &mut fmt::Formatter<'_>, what: &str, limit: u64, second: &str, number: u64) -> fmt::Result {
    write!(f, "out of {what} (limit {limit}, {second} {number})")
}
