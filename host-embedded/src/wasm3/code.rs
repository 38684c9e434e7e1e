//! What a module's code asks of wasm3's compiler, which does not look.

use super::sys::SLOTS;
#[cfg(feature = "validate")]
use super::sys::{CONSTANTS, STACK_HEIGHT};
#[cfg(feature = "validate")]
use crate::LoadError;
#[cfg(feature = "validate")]
use core::ops::RangeInclusive;

/// The most operands of one function: wasm3 counts in eight bits how many of them are one local variable.
#[cfg(feature = "validate")]
pub(super) const OPERANDS: u32 = 255;

/// The steps that wasm3's compiler may take for a module: so many, and so many for each of its bytes.
#[cfg(feature = "validate")]
const STEPS: (u64, u64) = (16 << 20, 256);

/// What the worst functions of a module ask for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Demand {
    /// How many slots of wasm3's stack a function writes, from where its caller's end.
    pub frame: u32,
    /// How many steps the compiler takes for all functions, at most.
    #[cfg(feature = "validate")]
    steps: u64,
}

impl Demand {
    /// What a module without functions asks for.
    #[cfg(feature = "validate")]
    pub const NONE: Self = Self { frame: 0, steps: 0 };

    /// What is assumed of a module that the caller vouches for: that no validation has refused it.
    pub const VOUCHED: Self = Self {
        frame: SLOTS as u32,
        #[cfg(feature = "validate")]
        steps: 0,
    };

    /// Checks the steps that the compiler takes for a module of so many bytes.
    ///
    /// # Errors
    /// [`LoadError::EngineLimit`]: it would take longer than the module's size explains.
    #[cfg(feature = "validate")]
    pub fn check_steps(self, bytes: usize) -> Result<(), LoadError> {
        let limit = STEPS.0.saturating_add(STEPS.1.saturating_mul(bytes as u64));
        let [limit, found] = [limit, self.steps].map(|steps| u32::try_from(steps).unwrap_or(u32::MAX));
        LoadError::check_count("steps to compile", limit, found)
    }
}

/// An instruction, as far as wasm3's compiler takes time for it or keeps its value in a register.
#[cfg(feature = "validate")]
pub(super) struct Instruction {
    pub opcode: u8,
    /// Its length in bytes.
    pub len: u32,
    /// How many blocks it is in.
    pub nesting: u32,
    pub reachable: bool,
    /// Whether it ends a block that has a result.
    pub ends_with_result: bool,
}

/// What one function asks for, counted while its instructions pass by.
#[cfg(feature = "validate")]
#[derive(Default)]
pub(super) struct FunctionDemand {
    /// Parameters and locals.
    locals: u32,
    /// The most values on the operand stack.
    height: u32,
    /// How far wasm3's slots may lie above that.
    ///
    /// The result of a call gets a slot above all others in use, so a chain of calls climbs by one slot
    /// each, without a check in wasm3, until the operand stack is empty once. And in code that cannot be
    /// reached wasm3 keeps values that the validation has dropped.
    drift: u32,
    slots: u32,
    /// Whether wasm3 may compile one of its branches wrongly.
    pub wrong_branch: bool,
    /// The lowest operand that may be in wasm3's register for integers.
    register: Option<u32>,
    /// Whether a `memory.size` overwrites that register.
    lost_operand: bool,
    steps: u64,
}

#[cfg(feature = "validate")]
impl FunctionDemand {
    const BLOCKS: RangeInclusive<u8> = 0x02..=0x05;
    const BRANCHES: RangeInclusive<u8> = 0x0c..=0x0e;
    const END: u8 = 0x0b;
    const CALL: u8 = 0x10;
    const CALL_INDIRECT: u8 = 0x11;
    const SELECT: u8 = 0x1b;
    const LOCAL_SET: u8 = 0x21;
    const LOCAL_TEE: u8 = 0x22;
    const MEMORY_SIZE: u8 = 0x3f;

    pub fn new(locals: u32) -> Self {
        // Each local variable gets the first free slot, which is looked for from the beginning.
        Self { locals, steps: u64::from(locals) * u64::from(locals) / 2, ..Self::default() }
    }

    /// Before an instruction: what the operand stack holds.
    pub fn before(&mut self, instruction: &Instruction, height: u32) {
        let &Instruction { opcode, nesting, reachable, .. } = instruction;
        if reachable && height == 0 {
            self.drift = 0;
        }
        self.drift += u32::from(!reachable || matches!(opcode, Self::CALL | Self::CALL_INDIRECT));
        self.lost_operand |= opcode == Self::MEMORY_SIZE && reachable && self.register.is_some();
        // A free slot is looked for; a label or the block of a local variable, from the innermost block on; and before
        // a block, every local variable among the operands.
        let slots = u64::from(height + self.drift);
        self.steps += match opcode {
            opcode if Self::BLOCKS.contains(&opcode) => slots * u64::from(self.locals + 1),
            opcode if Self::BRANCHES.contains(&opcode) => {
                slots + u64::from(nesting) * u64::from(instruction.len)
            }
            Self::LOCAL_SET | Self::LOCAL_TEE => slots + u64::from(nesting),
            _ => slots,
        };
    }

    /// After it: how many operands there are, and whether the uppermost is an integer.
    pub fn after(&mut self, instruction: &Instruction, height: u32, integer: bool) {
        self.height = self.height.max(height);
        self.slots = self.slots.max(height + self.drift);
        let top = height.checked_sub(1).filter(|_| integer);
        let below = self.register.filter(|&at| at < height);
        self.register = match instruction.opcode {
            // The registers are spilled before.
            opcode if Self::BLOCKS.contains(&opcode) => None,
            Self::END => top.filter(|_| instruction.ends_with_result),
            // A conversion leaves the register to an operand that is in it; all others spill that one.
            0xa8..=0xab | 0xae..=0xb1 | 0xbc..=0xbd | 0xfc if below.is_some() => below,
            Self::SELECT | 0x28..=0x35 | Self::MEMORY_SIZE | 0x40 | 0x45..=0xc4 | 0xfc => top.or(below),
            _ => below,
        };
    }

    /// Adds this function to what the module asks for.
    ///
    /// # Errors
    /// [`LoadError::EngineLimit`] when wasm3's compiler would overrun its tables or give up, [`LoadError::Engine`] when it
    /// may miscompile.
    pub fn add_to(&self, module: &mut Demand) -> Result<(), LoadError> {
        if self.wrong_branch {
            return Err(LoadError::Engine { reason: "a branch has two floats below its operand" });
        }
        if self.lost_operand {
            return Err(LoadError::Engine { reason: "`memory.size` has a computed operand below it" });
        }
        let (locals, values) = (self.locals, self.locals + self.height);
        LoadError::check_count("operands in one function", OPERANDS, self.height)?;
        LoadError::check_count("variables and operands in one function", STACK_HEIGHT as u32 - 1, values)?;
        let frame = locals + CONSTANTS as u32 + self.slots + 1;
        LoadError::check_count("slots for the calls of one function", SLOTS as u32 - 1, frame)?;
        module.frame = module.frame.max(frame);
        module.steps = module.steps.saturating_add(self.steps);
        Ok(())
    }
}
