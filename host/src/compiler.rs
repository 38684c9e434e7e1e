//! The compilers.

/// Which compiler turns modules into machine code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compiler {
    /// Cranelift, by the feature `cranelift`: compiles fast.
    Cranelift,
    /// LLVM, by the feature `llvm`: compiles slowly, and the code runs faster.
    Llvm,
}

impl Default for Compiler {
    fn default() -> Self {
        if cfg!(feature = "cranelift") || !cfg!(feature = "llvm") { Self::Cranelift } else { Self::Llvm }
    }
}

impl Compiler {
    /// Whether this build has the compiler.
    #[must_use]
    pub const fn is_built(self) -> bool {
        match self {
            Self::Cranelift => cfg!(feature = "cranelift"),
            Self::Llvm => cfg!(feature = "llvm"),
        }
    }
}
