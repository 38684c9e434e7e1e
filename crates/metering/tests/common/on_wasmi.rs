//! wasmi.

use super::{Arg, Calls, Machine, Outcome, Trap, answer, canonical32, canonical64};
use aingle_wasm_types::metering::Counters;
use aingle_wasm_types::names::{DEPTH, FUEL};
use wasmi::{Instance, Store, Val, ValType};

pub struct Wasmi {
    store: Store<()>,
    instance: Instance,
    calls: Calls,
}

impl Wasmi {
    /// Imported functions answer with [`answer`].
    pub fn new(wasm: &[u8]) -> Result<Self, String> {
        let engine = wasmi::Engine::default();
        let module = wasmi::Module::new(&engine, wasm).map_err(|error| error.to_string())?;
        let mut store = Store::new(&engine, ());
        let mut linker = wasmi::Linker::new(&engine);
        let calls = Calls::default();
        for import in module.imports() {
            let wasmi::ExternType::Func(ty) = import.ty() else { return Err("import".into()) };
            let calls = calls.clone();
            let function = wasmi::Func::new(&mut store, ty.clone(), move |_, args, results| {
                calls.count();
                let answer = answer(args.iter().map(bits));
                for result in results {
                    *result = value(result.ty(), answer);
                }
                Ok(())
            });
            // A module may import a function twice.
            let _ = linker.define(import.module(), import.name(), function);
        }
        let instance =
            linker.instantiate_and_start(&mut store, &module).map_err(|error| error.to_string())?;
        Ok(Self { store, instance, calls })
    }
}

fn value(ty: ValType, number: u32) -> Val {
    match ty {
        ValType::I32 => Val::I32(number.cast_signed()),
        ValType::I64 => Val::I64(number.into()),
        ValType::F32 => Val::F32((number as f32).into()),
        ValType::F64 => Val::F64(f64::from(number).into()),
        other => Val::default_for_ty(other),
    }
}

impl Machine for Wasmi {
    fn call(&mut self, export: &str, args: &[Arg]) -> Outcome {
        let function = self.instance.get_func(&self.store, export).expect(export);
        let args: Vec<_> = args
            .iter()
            .map(|arg| match *arg {
                Arg::I32(value) => Val::I32(value),
                Arg::I64(value) => Val::I64(value),
                Arg::F32(bits) => Val::F32(wasmi::F32::from_bits(bits)),
                Arg::F64(bits) => Val::F64(wasmi::F64::from_bits(bits)),
            })
            .collect();
        let ty = function.ty(&self.store);
        let mut results: Vec<_> = ty.results().iter().map(|ty| Val::default_for_ty(*ty)).collect();
        let result = function.call(&mut self.store, &args, &mut results);
        let result = result.map_err(|error| trap(&error));
        let result = result.map(|()| results.iter().map(bits).collect());
        Outcome { result, reading: self.reading() }
    }

    fn set(&mut self, fuel: i64, depth: i32) {
        set(&mut self.store, &self.instance, fuel, depth);
    }

    fn reading(&mut self) -> Option<Counters> {
        reading(&self.store, &self.instance)
    }

    fn host_calls(&self) -> usize {
        self.calls.so_far()
    }
}

/// Sets the counters that an instance has.
pub fn set(store: &mut Store<()>, instance: &Instance, fuel: i64, depth: i32) {
    for (name, value) in [(FUEL, Val::I64(fuel)), (DEPTH, Val::I32(depth))] {
        if let Some(global) = instance.get_global(&*store, name) {
            global.set(&mut *store, value).expect(name);
        }
    }
}

/// What is left; a counter that the instance has not got is 0.
pub fn reading(store: &Store<()>, instance: &Instance) -> Option<Counters> {
    let global = |name| instance.get_global(store, name).map(|global| global.get(store));
    let Val::I64(fuel) = global(FUEL)? else { return None };
    let depth = match global(DEPTH) {
        Some(Val::I32(depth)) => depth,
        _ => 0,
    };
    Some(Counters { fuel, depth })
}

fn bits(value: &Val) -> u64 {
    match value {
        Val::I32(value) => u64::from(value.cast_unsigned()),
        Val::I64(value) => value.cast_unsigned(),
        Val::F32(value) => u64::from(canonical32(value.to_bits())),
        Val::F64(value) => canonical64(value.to_bits()),
        _ => 0,
    }
}

pub fn trap(error: &wasmi::Error) -> Trap {
    use wasmi::TrapCode;
    match error.as_trap_code() {
        Some(TrapCode::UnreachableCodeReached) => Trap::Unreachable,
        Some(TrapCode::MemoryOutOfBounds) => Trap::Memory,
        Some(TrapCode::TableOutOfBounds) => Trap::Table,
        Some(TrapCode::IndirectCallToNull) => Trap::Null,
        Some(TrapCode::BadSignature) => Trap::Signature,
        Some(TrapCode::IntegerDivisionByZero) => Trap::DivisionByZero,
        Some(TrapCode::IntegerOverflow) => Trap::Overflow,
        Some(TrapCode::BadConversionToInteger) => Trap::Conversion,
        Some(TrapCode::StackOverflow) => Trap::Stack,
        _ => Trap::Other,
    }
}
