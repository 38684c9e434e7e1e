//! wasmi.

use super::{Arg, Machine, Outcome, Trap, canonical32, canonical64};
use aingle_wasm_types::metering::Counters;
use aingle_wasm_types::names::{DEPTH, FUEL};

pub struct Wasmi {
    store: wasmi::Store<()>,
    instance: wasmi::Instance,
}

impl Wasmi {
    /// Every imported function gives zeros.
    pub fn new(wasm: &[u8]) -> Result<Self, String> {
        let engine = wasmi::Engine::default();
        let module = wasmi::Module::new(&engine, wasm).map_err(|error| error.to_string())?;
        let mut store = wasmi::Store::new(&engine, ());
        let mut linker = wasmi::Linker::new(&engine);
        for import in module.imports() {
            let wasmi::ExternType::Func(ty) = import.ty() else { return Err("import".into()) };
            let zeros: Vec<_> = ty.results().iter().map(|ty| wasmi::Val::default_for_ty(*ty)).collect();
            let function = wasmi::Func::new(&mut store, ty.clone(), move |_, _, results| {
                results.clone_from_slice(&zeros);
                Ok(())
            });
            let _ = linker.define(import.module(), import.name(), function);
        }
        let instance =
            linker.instantiate_and_start(&mut store, &module).map_err(|error| error.to_string())?;
        Ok(Self { store, instance })
    }
}

impl Wasmi {
    /// Sets the fuel of a module that counts nothing else.
    pub fn set_fuel(&mut self, fuel: i64) {
        let global = self.instance.get_global(&self.store, FUEL).expect(FUEL);
        global.set(&mut self.store, wasmi::Val::I64(fuel)).expect(FUEL);
    }

    pub fn fuel(&self) -> Option<i64> {
        match self.instance.get_global(&self.store, FUEL)?.get(&self.store) {
            wasmi::Val::I64(fuel) => Some(fuel),
            _ => None,
        }
    }
}

impl Machine for Wasmi {
    fn call(&mut self, export: &str, args: &[Arg]) -> Outcome {
        let function = self.instance.get_func(&self.store, export).expect(export);
        let args: Vec<_> = args
            .iter()
            .map(|arg| match *arg {
                Arg::I32(value) => wasmi::Val::I32(value),
                Arg::I64(value) => wasmi::Val::I64(value),
                Arg::F32(bits) => wasmi::Val::F32(wasmi::F32::from_bits(bits)),
                Arg::F64(bits) => wasmi::Val::F64(wasmi::F64::from_bits(bits)),
            })
            .collect();
        let ty = function.ty(&self.store);
        let mut results: Vec<_> = ty.results().iter().map(|ty| wasmi::Val::default_for_ty(*ty)).collect();
        let result = function.call(&mut self.store, &args, &mut results);
        let result = result.map_err(|error| wasmi_trap(&error));
        let result = result.map(|()| results.iter().map(wasmi_bits).collect());
        Outcome { result, reading: self.reading() }
    }

    fn set(&mut self, fuel: i64, depth: i32) {
        for (name, value) in [(FUEL, wasmi::Val::I64(fuel)), (DEPTH, wasmi::Val::I32(depth))] {
            let global = self.instance.get_global(&self.store, name).expect(name);
            global.set(&mut self.store, value).expect(name);
        }
    }

    fn reading(&mut self) -> Option<Counters> {
        let fuel = self.instance.get_global(&self.store, FUEL)?.get(&self.store);
        let depth = self.instance.get_global(&self.store, DEPTH)?.get(&self.store);
        match (fuel, depth) {
            (wasmi::Val::I64(fuel), wasmi::Val::I32(depth)) => Some(Counters { fuel, depth }),
            _ => None,
        }
    }
}

fn wasmi_bits(value: &wasmi::Val) -> u64 {
    match value {
        wasmi::Val::I32(value) => u64::from(value.cast_unsigned()),
        wasmi::Val::I64(value) => value.cast_unsigned(),
        wasmi::Val::F32(value) => u64::from(canonical32(value.to_bits())),
        wasmi::Val::F64(value) => canonical64(value.to_bits()),
        _ => 0,
    }
}

fn wasmi_trap(error: &wasmi::Error) -> Trap {
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
