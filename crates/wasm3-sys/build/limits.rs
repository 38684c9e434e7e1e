//! The sizes of the compiler's tables: from the environment, or by the kind of target.

use std::env;

/// A size that can be set.
struct Size {
    /// The variable of the environment, and the constant's name behind `AINGLE_WASM3_`.
    variable: &'static str,
    define: &'static str,
    /// What is added to it in C.
    more: u32,
    server: u32,
    bare: u32,
    range: std::ops::RangeInclusive<u32>,
}

const SIZES: [Size; 5] = [
    Size {
        variable: "STACK_HEIGHT",
        define: "d_m3MaxFunctionStackHeight",
        more: 0,
        server: 2000,
        bare: 96,
        range: 16..=8000,
    },
    Size {
        variable: "SLOTS",
        define: "d_m3MaxFunctionSlots",
        more: 0,
        server: 8000,
        bare: 256,
        range: 32..=32_000,
    },
    Size {
        variable: "NESTING",
        define: "d_m3ValCtrlDepth",
        more: 1,
        server: 1000,
        bare: 64,
        range: 1..=8000,
    },
    Size {
        variable: "CONSTANTS",
        define: "d_m3MaxConstantTableSize",
        more: 0,
        server: 120,
        bare: 24,
        range: 2..=1000,
    },
    Size {
        variable: "CODE_PAGE",
        define: "d_m3CodePageAlignSize",
        more: 0,
        server: 32_768,
        bare: 1024,
        range: 256..=1 << 20,
    },
];

/// The sizes of this build.
pub struct Limits([u32; SIZES.len()]);

impl Limits {
    pub fn from_environment() -> Self {
        let bare = env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("none");
        let limits = Self(SIZES.map(|size| {
            let variable = format!("AINGLE_WASM3_{}", size.variable);
            println!("cargo::rerun-if-env-changed={variable}");
            let Ok(text) = env::var(&variable) else { return if bare { size.bare } else { size.server } };
            let value = text.parse().ok().filter(|value| size.range.contains(value));
            value.unwrap_or_else(|| panic!("{variable} is `{text}`: a number in {:?} is wanted", size.range))
        }));
        let [height, slots, _, constants, page] = limits.0;
        assert!(
            slots >= 2 * height && slots > constants + 16,
            "AINGLE_WASM3_SLOTS is {slots}: at least twice AINGLE_WASM3_STACK_HEIGHT ({height}), and 17 more than \
             AINGLE_WASM3_CONSTANTS ({constants}), are wanted"
        );
        assert!(page.is_power_of_two(), "AINGLE_WASM3_CODE_PAGE is {page}: a power of two is wanted");
        limits
    }

    /// The macros of the C core.
    pub fn defines(&self) -> impl Iterator<Item = (&'static str, u32)> {
        SIZES.iter().zip(self.0).map(|(size, value)| (size.define, value + size.more))
    }

    /// The sizes that a caller has to know, in Rust.
    pub fn constants(&self) -> String {
        let docs = [
            "The most variables, operands and results of blocks of one function.",
            "The most slots of one function.",
            "The most blocks in one another.",
            "The most slots for constants of one function.",
            "What the translated code is allocated in, in bytes.",
        ];
        let constant = |((size, value), doc): ((&Size, u32), &str)| {
            format!("/// {doc} `AINGLE_WASM3_{0}` sets it.\npub const {0}: u32 = {value};\n", size.variable)
        };
        SIZES.iter().zip(self.0).zip(docs).map(constant).collect()
    }
}
