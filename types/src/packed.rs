//! What an entry point returns: where its reply is.

/// A pointer and a length in guest memory, as one `u64`: `(ptr << 32) | len`.
///
/// Both halves are unsigned. No bit marks an error: errors are envelopes with
/// [`Flags::ERROR`](crate::Flags::ERROR).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packed {
    /// The first byte's address.
    pub ptr: u32,
    /// How many bytes.
    pub len: u32,
}

impl Packed {
    /// No reply: what a notification returns.
    pub const NONE: Self = Self { ptr: 0, len: 0 };

    /// As an entry point returns it.
    #[must_use]
    pub const fn to_u64(self) -> u64 {
        ((self.ptr as u64) << 32) | self.len as u64
    }

    /// From what an entry point returned.
    #[must_use]
    pub const fn from_u64(packed: u64) -> Self {
        Self { ptr: (packed >> 32) as u32, len: packed as u32 }
    }

    /// Returns the range in a memory of `memory_len` bytes, or `None` if any of it is outside.
    #[must_use]
    pub fn range_in(self, memory_len: usize) -> Option<core::ops::Range<usize>> {
        let start = usize::try_from(self.ptr).ok()?;
        let end = start.checked_add(usize::try_from(self.len).ok()?)?;
        (end <= memory_len).then_some(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lesson 6: a pointer at or above 2^31 is a pointer, not an error mark.
    #[test]
    fn lesson_06_high_pointers_survive() {
        for ptr in [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] {
            let packed = Packed { ptr, len: 0xffff_fff0 };
            assert_eq!(Packed::from_u64(packed.to_u64()), packed);
        }
    }

    #[test]
    fn ranges_outside_memory_are_refused() {
        let at = |ptr, len| Packed { ptr, len }.range_in(100);
        assert_eq!(at(0, 100), Some(0..100));
        assert_eq!(at(100, 0), Some(100..100));
        assert_eq!(at(1, 100), None);
        assert_eq!(at(101, 0), None);
        assert_eq!(at(u32::MAX, u32::MAX), None);
    }
}
