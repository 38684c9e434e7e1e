//! What a module's code asks of wasm3's compiler and of the native stack.

use super::sys::SLOTS;
#[cfg(feature = "validate")]
use super::sys::{CONSTANTS, STACK_HEIGHT};
use crate::LoadError;

/// The native stack that one call of a guest's function takes, in bytes: the C frames of `op_Call` or
/// `op_CallIndirect` and of `op_Entry`. Measured 128 with gcc -O2 and -O3 on x86-64, 104 on Cortex-M3.
const CALL_FRAME: u32 = if cfg!(target_pointer_width = "64") { 192 } else { 128 };

/// The native stack that one loop takes, in bytes: until its function returns, because what follows a
/// loop runs inside it. Measured 48 and 56.
#[cfg(feature = "validate")]
const LOOP_FRAME: u32 = 64;

/// The native stack that the compiler takes for one level of nesting, in bytes. Measured 256 and 152.
const NESTING_FRAME: u32 = if cfg!(target_pointer_width = "64") { 320 } else { 192 };

/// The native stack that an entry, a compilation and the crossing to a host function take besides.
const FIXED: u32 = 1024;

/// What the worst functions of a module ask for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Demand {
    /// Native stack per slot of wasm3's own stack, in bytes.
    native_per_slot: u32,
    /// How deep blocks are nested.
    nesting: u32,
    /// How many slots of wasm3's stack a function writes, from where its caller's end.
    pub frame: u32,
}

impl Demand {
    /// What a module without functions asks for.
    #[cfg(feature = "validate")]
    pub const NONE: Self = Self { native_per_slot: CALL_FRAME, nesting: 0, frame: 0 };

    /// What is assumed of a module that the caller vouches for.
    pub const VOUCHED: Self = Self { native_per_slot: CALL_FRAME, nesting: 64, frame: SLOTS as u32 };

    /// How many slots wasm3's stack may have, so that it is exhausted before the native stack is.
    ///
    /// # Errors
    /// [`LoadError::Engine`] when the native stack does not suffice for one call.
    pub fn stack_slots(self, stack_size: u32, native_stack: u32) -> Result<u32, LoadError> {
        let reserved = u64::from(self.nesting) * u64::from(NESTING_FRAME) + u64::from(FIXED);
        let left = u64::from(native_stack).saturating_sub(reserved);
        let slots = (left / u64::from(self.native_per_slot)).min(u64::from(stack_size) / 8);
        if slots < 16 {
            return Err(LoadError::Engine { reason: "the stack is too small for the module's code" });
        }
        Ok(slots as u32)
    }
}

/// What one function asks for, counted while its instructions pass by.
#[cfg(feature = "validate")]
#[derive(Default)]
pub(super) struct FunctionDemand {
    /// Parameters and locals.
    locals: u32,
    loops: u32,
    nesting: u32,
    /// The most values on the operand stack.
    height: u32,
    /// How far wasm3's slots may lie above that.
    ///
    /// The result of a call gets a slot above all others in use, so a chain of calls climbs by one slot
    /// each, without a check in wasm3, until the operand stack is empty once. And in code that cannot be
    /// reached wasm3 keeps values that the validation has dropped.
    drift: u32,
    slots: u32,
}

#[cfg(feature = "validate")]
impl FunctionDemand {
    const LOOP: u8 = 0x03;
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
        self.loops += u32::from(opcode == Self::LOOP);
    }

    /// After it.
    pub fn after(&mut self, height: u32, nesting: u32) {
        self.height = self.height.max(height);
        self.slots = self.slots.max(height + self.drift);
        self.nesting = self.nesting.max(nesting);
    }

    /// Adds this function to what the module asks for.
    ///
    /// # Errors
    /// [`LoadError::Engine`] when wasm3's compiler would overrun its tables, or give up.
    pub fn add_to(&self, module: &mut Demand) -> Result<(), LoadError> {
        if self.locals + self.height >= STACK_HEIGHT as u32 {
            return Err(LoadError::Engine { reason: "a function has too many locals and values" });
        }
        let frame = self.locals + CONSTANTS as u32 + self.slots + 1;
        if frame >= SLOTS as u32 {
            return Err(LoadError::Engine { reason: "a function has too many calls in one expression" });
        }
        let native = u64::from(CALL_FRAME) + u64::from(self.loops) * u64::from(LOOP_FRAME);
        let per_slot = native.div_ceil(u64::from(self.locals.max(1))).min(u64::from(u32::MAX)) as u32;
        module.native_per_slot = module.native_per_slot.max(per_slot);
        module.nesting = module.nesting.max(self.nesting);
        module.frame = module.frame.max(frame);
        Ok(())
    }
}
