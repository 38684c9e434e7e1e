//! The interpreter with a meter in it.
//!
//! spacewasm's run loop stops after a number of instructions, but does not say how many it ran when it
//! stopped earlier. Its instructions are methods of a visitor, so ours counts and hands each one on:
//! fuel is exact without running in slices.
//!
//! Calls of imports are answered here, and so are those through the table: the engine's own would put a host
//! function's result of the wrong type in words, and the words for floats take much flash.

#[cfg(feature = "out-of-memory")]
use super::growth::Growth;
use ::spacewasm::{
    BaseVisitor, Box, Engine, HostModuleRef, Interpreter, InterpreterBreak, InterpreterResult,
    InterpreterRunner, IrVisitor, LabelTarget, LocalVariable, MemArg, ModuleRef, ResultType, TableElement,
    TextPage, TrapReason, TypeIdx, ValType,
};
use core::cell::Cell;

/// A call of an import.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct HostCall {
    pub(super) import: u16,
    pub(super) ptr: u32,
    pub(super) len: u32,
}

/// Runs instructions, counts them, and answers for a memory that was shrunk below its pages.
pub(super) struct Meter {
    used: Cell<usize>,
    /// The call of an import that was the last to pause the engine.
    paused: Cell<HostCall>,
    /// The pages that a shrunk memory claims to have.
    pages: Option<u32>,
    #[cfg(feature = "out-of-memory")]
    pub(super) growth: Cell<Growth>,
}

impl Meter {
    pub(super) fn new(pages: Option<u32>) -> Self {
        Self {
            used: Cell::new(0),
            paused: Cell::default(),
            pages,
            #[cfg(feature = "out-of-memory")]
            growth: Cell::default(),
        }
    }

    /// Runs the engine until it ends, traps or pauses, or has run so many instructions.
    ///
    /// Not inlined, and not generic: the interpreter's loop is compiled here, as fast or as small as this crate is, and not as
    /// the program that uses it.
    #[inline(never)]
    pub(super) fn run_for(
        &self,
        code: &[Box<TextPage>],
        engine: &mut Engine,
        stretch: usize,
    ) -> InterpreterResult {
        self.run(code, engine, stretch)
    }

    /// What the engine paused for.
    pub(super) fn paused(&self) -> HostCall {
        self.paused.get()
    }

    /// How many instructions were run, one that trapped or paused included.
    pub(super) fn used(&self) -> usize {
        self.used.get()
    }

    #[inline(always)]
    fn count(&self) {
        self.used.set(self.used.get() + 1);
    }

    /// Grows the memory, and notes whether that was refused.
    #[cfg(feature = "out-of-memory")]
    fn grow(&self, state: &mut Engine) -> Step {
        let more = pop(state)?;
        Interpreter.memory_size(state)?;
        let pages = pop(state)?;
        Interpreter.i32_const(more.cast_signed(), state)?;
        Interpreter.memory_grow(state)?;
        let answer = pop(state)?.cast_signed();
        self.growth.set(Growth::new(pages, more, answer));
        Interpreter.i32_const(answer, state)
    }

    #[cfg(not(feature = "out-of-memory"))]
    #[inline(always)]
    fn grow(&self, state: &mut Engine) -> Step {
        Interpreter.memory_grow(state)
    }

    /// Notes the call of an import, and pauses the engine until it is answered.
    fn pause(&self, import: u16, state: &mut Engine) -> Step {
        let len = pop(state)?;
        let ptr = pop(state)?;
        self.paused.set(HostCall { import, ptr, len });
        state.host_pause_result = Some(ResultType(Some(HOST_RESULT)));
        Err(InterpreterBreak::Pause)
    }
}

type Step = Result<(), InterpreterBreak>;

/// A branch of one word, for [`pop`]: no result, nothing dropped from the stack.
const SHORT_BRANCH: u32 = 1;

/// Takes an `i32` from the stack. The stack is private to the engine, so a branch through a table has to tell what it
/// takes; the branch is undone.
fn pop(state: &mut Engine) -> Result<u32, InterpreterBreak> {
    let (pc, mut popped) = (state.pc, 0);
    let tell = |value| {
        popped = value;
        LabelTarget::from(SHORT_BRANCH)
    };
    Interpreter.br_table(0, tell, state)?;
    state.jumped = false;
    state.pc = pc;
    Ok(popped)
}

/// The type of every host function.
const HOST_PARAMS: [ValType; 2] = [ValType::I32, ValType::I32];
const HOST_RESULT: ValType = ValType::I64;

/// What a call through the table calls.
enum Callee {
    Function(ModuleRef, u16),
    Import(u16),
}

/// What a call through the table calls, if that has the type which the call expects.
fn callee(at: u32, expected: TypeIdx, state: &Engine) -> Result<Callee, TrapReason> {
    let element = *state.table.get(at as usize).ok_or(TrapReason::InvalidTableIndex)?;
    let module = |at: ModuleRef| state.store.modules().get(usize::from(at.0)).ok_or(TrapReason::MalformedIr);
    let expected = module(state.module)?.types.get(expected.0 as usize).ok_or(TrapReason::MalformedIr)?;
    let (params, results) = (&expected.params[..], &expected.returns[..]);
    let (callee, fits) = match element {
        TableElement::Uninitialized => return Err(TrapReason::UninitializedTableElement),
        TableElement::Host { index, .. } => {
            (Callee::Import(index), params == HOST_PARAMS && results == [HOST_RESULT])
        }
        TableElement::Func { module: at, index } => {
            let module = module(at)?;
            let function = module.functions.get(usize::from(index)).ok_or(TrapReason::MalformedIr)?;
            let ty = module.types.get(function.ty.0 as usize).ok_or(TrapReason::MalformedIr)?;
            (Callee::Function(at, index), params == &ty.params[..] && results == &ty.returns[..])
        }
    };
    if fits { Ok(callee) } else { Err(TrapReason::InvalidTableFunctionType) }
}

macro_rules! counted {
    ($($name:ident($($arg:ident: $ty:ty),*))*) => {$(
        #[inline(always)]
        fn $name(&self, $($arg: $ty,)* state: &mut Engine) -> Step {
            self.count();
            Interpreter.$name($($arg,)* state)
        }
    )*};
}

impl IrVisitor for Meter {
    fn call_host(&self, _: HostModuleRef, import: u16, state: &mut Engine) -> Step {
        self.count();
        self.pause(import, state)
    }

    fn call_indirect(&self, expected: TypeIdx, state: &mut Engine) -> Step {
        self.count();
        let at = pop(state)?;
        match callee(at, expected, state).map_err(InterpreterBreak::Trap)? {
            Callee::Function(module, index) => Interpreter.call_extern(module, index, state),
            Callee::Import(index) => self.pause(index, state),
        }
    }

    counted! {
        drop(ty: ValType) select(ty: ValType)
        if_(to: LabelTarget) br(to: LabelTarget) br_if(to: LabelTarget)
        br_table(n: u32, cases: impl FnOnce(u32) -> LabelTarget)
        return_(size: u8) call(x: u16) call_extern(module: ModuleRef, x: u16)
        local_get(x: LocalVariable) local_set(x: LocalVariable) local_tee(x: LocalVariable)
        global_get(x: u16) global_set(x: u16)
        global_get_host(module: HostModuleRef, x: u16) global_set_host(module: HostModuleRef, x: u16)
        global_get_extern(module: ModuleRef, x: u16) global_set_extern(module: ModuleRef, x: u16)
    }
}

impl BaseVisitor for Meter {
    type Error = InterpreterBreak;
    type State = Engine;

    /// A shrunk memory is made of pages of one byte inside the engine, but the guest was compiled for
    /// its own.
    fn memory_size(&self, state: &mut Engine) -> Step {
        self.count();
        match self.pages {
            None => Interpreter.memory_size(state),
            Some(pages) => Interpreter.i32_const(pages as i32, state),
        }
    }

    fn memory_grow(&self, state: &mut Engine) -> Step {
        self.count();
        let Some(pages) = self.pages else { return self.grow(state) };
        let more = pop(state)?;
        let answer = if more == 0 { pages as i32 } else { -1 };
        #[cfg(feature = "out-of-memory")]
        self.growth.set(Growth::new(pages, more, answer));
        Interpreter.i32_const(answer, state)
    }

    counted! {
        unreachable() nop() malformed_ir()
        i32_load(m: MemArg) i64_load(m: MemArg) f32_load(m: MemArg) f64_load(m: MemArg)
        i32_load8_s(m: MemArg) i32_load8_u(m: MemArg) i32_load16_s(m: MemArg) i32_load16_u(m: MemArg)
        i64_load8_s(m: MemArg) i64_load8_u(m: MemArg) i64_load16_s(m: MemArg) i64_load16_u(m: MemArg)
        i64_load32_s(m: MemArg) i64_load32_u(m: MemArg)
        i32_store(m: MemArg) i64_store(m: MemArg) f32_store(m: MemArg) f64_store(m: MemArg)
        i32_store8(m: MemArg) i32_store16(m: MemArg)
        i64_store8(m: MemArg) i64_store16(m: MemArg) i64_store32(m: MemArg)
        i32_const(n: i32) i64_const(n: i64) f32_const(z: f32) f64_const(z: f64)
        i32_eqz() i32_eq() i32_ne() i32_lt_s() i32_lt_u() i32_gt_s() i32_gt_u()
        i32_le_s() i32_le_u() i32_ge_s() i32_ge_u()
        i64_eqz() i64_eq() i64_ne() i64_lt_s() i64_lt_u() i64_gt_s() i64_gt_u()
        i64_le_s() i64_le_u() i64_ge_s() i64_ge_u()
        f32_eq() f32_ne() f32_lt() f32_gt() f32_le() f32_ge()
        f64_eq() f64_ne() f64_lt() f64_gt() f64_le() f64_ge()
        i32_clz() i32_ctz() i32_popcnt() i32_add() i32_sub() i32_mul()
        i32_div_s() i32_div_u() i32_rem_s() i32_rem_u()
        i32_and() i32_or() i32_xor() i32_shl() i32_shr_s() i32_shr_u() i32_rotl() i32_rotr()
        i64_clz() i64_ctz() i64_popcnt() i64_add() i64_sub() i64_mul()
        i64_div_s() i64_div_u() i64_rem_s() i64_rem_u()
        i64_and() i64_or() i64_xor() i64_shl() i64_shr_s() i64_shr_u() i64_rotl() i64_rotr()
        f32_abs() f32_neg() f32_ceil() f32_floor() f32_trunc() f32_nearest() f32_sqrt()
        f32_add() f32_sub() f32_mul() f32_div() f32_min() f32_max() f32_copysign()
        f64_abs() f64_neg() f64_ceil() f64_floor() f64_trunc() f64_nearest() f64_sqrt()
        f64_add() f64_sub() f64_mul() f64_div() f64_min() f64_max() f64_copysign()
        i32_wrap_i64() i32_trunc_f32_s() i32_trunc_f32_u() i32_trunc_f64_s() i32_trunc_f64_u()
        i64_extend_i32_s() i64_extend_i32_u()
        i64_trunc_f32_s() i64_trunc_f32_u() i64_trunc_f64_s() i64_trunc_f64_u()
        f32_convert_i32_s() f32_convert_i32_u() f32_convert_i64_s() f32_convert_i64_u() f32_demote_f64()
        f64_convert_i32_s() f64_convert_i32_u() f64_convert_i64_s() f64_convert_i64_u() f64_promote_f32()
    }
}
