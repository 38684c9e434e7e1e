//! What a module's code asks of wasm3's compiler, which does not look.

use super::sys::SLOTS;
#[cfg(feature = "validate")]
use super::sys::{CONSTANTS, STACK_HEIGHT};
#[cfg(feature = "validate")]
use crate::LoadError;

/// What the worst functions of a module ask for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Demand {
    /// How many slots of wasm3's stack a function writes, from where its caller's end.
    pub frame: u32,
}

impl Demand {
    /// What a module without functions asks for.
    #[cfg(feature = "validate")]
    pub const NONE: Self = Self { frame: 0 };

    /// What is assumed of a module that the caller vouches for: that no validation has refused it.
    pub const VOUCHED: Self = Self { frame: SLOTS as u32 };
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
}

#[cfg(feature = "validate")]
impl FunctionDemand {
    const CALL: u8 = 0x10;
    const CALL_INDIRECT: u8 = 0x11;

    pub fn new(locals: u32) -> Self {
        Self { locals, ..Self::default() }
    }

    /// Before an instruction: what the operand stack holds.
    pub fn before(&mut self, opcode: u8, height: u32, reachable: bool) {
        if reachable && height == 0 {
            self.drift = 0;
        }
        self.drift += u32::from(!reachable || matches!(opcode, Self::CALL | Self::CALL_INDIRECT));
    }

    /// After it.
    pub fn after(&mut self, height: u32) {
        self.height = self.height.max(height);
        self.slots = self.slots.max(height + self.drift);
    }

    /// Adds this function to what the module asks for.
    ///
    /// # Errors
    /// [`LoadError::Engine`] when wasm3's compiler would overrun its tables, give up, or may miscompile.
    pub fn add_to(&self, module: &mut Demand) -> Result<(), LoadError> {
        if self.wrong_branch {
            return Err(LoadError::Engine { reason: "a branch has two floats below its operand" });
        }
        if self.locals + self.height >= STACK_HEIGHT as u32 {
            return Err(LoadError::Engine { reason: "a function has too many locals and values" });
        }
        let frame = self.locals + CONSTANTS as u32 + self.slots + 1;
        if frame >= SLOTS as u32 {
            return Err(LoadError::Engine { reason: "a function has too many calls in one expression" });
        }
        module.frame = module.frame.max(frame);
        Ok(())
    }
}
