//! Symbols that compiled code calls of itself.
//!
//! An exported function is a symbol of the module. Where it has the name of a function that the compiler
//! calls for its own purposes, as `fmod` for `%`, those calls go to the export, and the module that the
//! linker writes without a word is not valid. The names are those that `compiler_builtins` defines for
//! wasm32-unknown-unknown, which has more of them than wasm32v1-none.

/// Copying and comparing memory.
const MEMORY: [&str; 6] = ["bcmp", "memcmp", "memcpy", "memmove", "memset", "strlen"];

/// Arithmetic of `f64`. The same for other floats ends in `f16`, `f` or `f128`.
const MATHS: [&str; 43] = [
    "acos",
    "asin",
    "atan",
    "atan2",
    "cbrt",
    "ceil",
    "copysign",
    "cos",
    "cosh",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "fdim",
    "floor",
    "fma",
    "fmax",
    "fmaximum",
    "fmin",
    "fminimum",
    "fmod",
    "hypot",
    "ldexp",
    "lgamma",
    "lgamma_r",
    "log",
    "log10",
    "log1p",
    "log2",
    "pow",
    "rint",
    "round",
    "roundeven",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "tgamma",
    "trunc",
    "lgammaf_r",
];

/// Whether compiled code may call a function of this name.
pub fn is_compilers_own(name: &str) -> bool {
    let stem = |suffix| name.strip_suffix(suffix).is_some_and(|stem| MATHS.contains(&stem));
    MEMORY.contains(&name) || ["", "f16", "f", "f128"].into_iter().any(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_names_are_meant() {
        for name in ["memcpy", "log", "logf", "fmodf16", "truncf128", "lgamma_r"] {
            assert!(is_compilers_own(name), "{name}");
        }
        for name in ["logs", "log_mean", "f", "rounded", "memcpyf", "half"] {
            assert!(!is_compilers_own(name), "{name}");
        }
    }
}
