//! What the code of an image stops with.

/// What stopped a call, as the code of an image writes it into the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u32)]
pub enum TrapCode {
    /// The instruction `unreachable`.
    Unreachable = 1,
    /// An access outside the memory.
    MemoryOutOfBounds = 2,
    /// An indirect call outside the table, to an empty element, or to another type.
    IndirectCall = 3,
    /// An integer division by zero.
    DivisionByZero = 4,
    /// An integer operation whose result has no representation.
    IntegerOverflow = 5,
    /// A float that no integer can hold, converted to one.
    InvalidConversion = 6,
    /// The native stack is used up.
    StackOverflow = 7,
    /// The host stopped the call when a host function returned.
    Stopped = 8,
}

impl TrapCode {
    /// Reads the word of the head. `None` for 0, and for a number that no image writes.
    #[must_use]
    pub const fn from_word(word: u32) -> Option<Self> {
        Some(match word {
            1 => Self::Unreachable,
            2 => Self::MemoryOutOfBounds,
            3 => Self::IndirectCall,
            4 => Self::DivisionByZero,
            5 => Self::IntegerOverflow,
            6 => Self::InvalidConversion,
            7 => Self::StackOverflow,
            8 => Self::Stopped,
            _ => return None,
        })
    }
}
