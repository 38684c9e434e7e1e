//! The processors that are translated for.

use aingle_wasm_image::{Core, FloatAbi, Target};

/// A processor that is translated for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chip {
    /// The name by which users choose it.
    pub name: &'static str,
    /// The name of the compiler's target.
    pub triple: &'static str,
    /// What the code needs.
    pub target: Target,
}

/// All processors that are translated for.
pub const CHIPS: [Chip; 8] = [
    chip("thumbv6m", "thumbv6m-none-eabi", Core::V6M, FloatAbi::Soft),
    chip("thumbv7m", "thumbv7m-none-eabi", Core::V7M, FloatAbi::Soft),
    chip("thumbv7em", "thumbv7em-none-eabi", Core::V7EM, FloatAbi::Soft),
    chip("thumbv7em-hf", "thumbv7em-none-eabihf", Core::V7EM, FloatAbi::Hard),
    chip("thumbv8m.main", "thumbv8m.main-none-eabi", Core::V8M, FloatAbi::Soft),
    chip("thumbv8m.main-hf", "thumbv8m.main-none-eabihf", Core::V8M, FloatAbi::Hard),
    chip("riscv32imc", "riscv32imc-unknown-none-elf", Core::Rv32imc, FloatAbi::Soft),
    chip("riscv32imac", "riscv32imac-unknown-none-elf", Core::Rv32imac, FloatAbi::Soft),
];

const fn chip(name: &'static str, triple: &'static str, core: Core, float: FloatAbi) -> Chip {
    let unaligned = matches!(core, Core::V7M | Core::V7EM | Core::V8M);
    Chip { name, triple, target: Target { core, float, unaligned } }
}

impl Chip {
    /// Finds a processor by its name, or by the name of the compiler's target.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        CHIPS.into_iter().find(|chip| chip.name == name || chip.triple == name)
    }

    /// What the compiler is told of this processor. For code that counts it leaves a register alone, which has a slice of the fuel:
    /// only the assembly of the prelude uses it. Functions that were compiled otherwise keep what is in it.
    pub(crate) fn options(&self, counted: bool) -> Vec<&'static str> {
        let model = if self.target.core.is_thumb() { "ropi" } else { "pic" };
        let mut options = vec!["--target", self.triple, "-C"];
        options.push(if model == "ropi" { "relocation-model=ropi" } else { "relocation-model=pic" });
        if counted {
            let feature =
                if model == "ropi" { "target-feature=+reserve-r9" } else { "target-feature=+reserve-x27" };
            options.extend(["-C", feature]);
        }
        if self.target.core == Core::V6M {
            options.extend(["--cfg", "thumb1"]);
        }
        if self.target.float == FloatAbi::Hard {
            options.extend(["--cfg", "hard_float"]);
        }
        options
    }
}
