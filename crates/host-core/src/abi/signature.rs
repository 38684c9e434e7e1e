//! The signatures of the ABI's functions.

use aingle_wasm_module::FunctionType;

/// A signature that the ABI uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// `(i32, i32) -> i64`: an entry point, or a host function.
    Entry,
    /// `(i32) -> i32`: the guest's allocator.
    Allocate,
    /// `(i32, i32)`: the guest's deallocator.
    Deallocate,
    /// `() -> i32`: the address of the control block.
    Address,
    /// `()`: a reset, or a start function.
    Unit,
}

const I32: u8 = 0x7f;
const I64: u8 = 0x7e;

impl Signature {
    /// Returns the value types of the parameters, as the module's binary encodes them.
    #[must_use]
    pub const fn params(self) -> &'static [u8] {
        match self {
            Self::Entry | Self::Deallocate => &[I32, I32],
            Self::Allocate => &[I32],
            Self::Address | Self::Unit => &[],
        }
    }

    /// Returns the value types of the results.
    #[must_use]
    pub const fn results(self) -> &'static [u8] {
        match self {
            Self::Entry => &[I64],
            Self::Allocate | Self::Address => &[I32],
            Self::Deallocate | Self::Unit => &[],
        }
    }

    /// Returns whether a function type is this signature.
    pub(crate) fn is(self, ty: FunctionType<'_>) -> bool {
        ty == (self.params(), self.results())
    }
}
