//! Wasmer with Cranelift.

use super::{Arg, Machine, Outcome, Trap, canonical32, canonical64};
use aingle_wasm_types::metering::Counters;
use aingle_wasm_types::names::{DEPTH, FUEL};
use wasmer::sys::{Cranelift, CraneliftOptLevel, EngineBuilder};

pub struct Wasmer {
    store: wasmer::Store,
    instance: wasmer::Instance,
}

impl Wasmer {
    /// Every imported function gives zeros.
    pub fn new(wasm: &[u8], optimise: bool) -> Result<Self, String> {
        let mut cranelift = Cranelift::default();
        cranelift.opt_level(if optimise { CraneliftOptLevel::Speed } else { CraneliftOptLevel::None });
        let mut store = wasmer::Store::new(EngineBuilder::new(cranelift));
        let module = wasmer::Module::new(&store, wasm).map_err(|error| error.to_string())?;
        let mut imports = wasmer::Imports::new();
        for import in module.imports().functions() {
            let ty = import.ty().clone();
            let zeros: Vec<_> = ty.results().iter().map(wasmer_zero).collect();
            let function = wasmer::Function::new(&mut store, ty, move |_| Ok(zeros.clone()));
            imports.define(import.module(), import.name(), function);
        }
        let instance =
            wasmer::Instance::new(&mut store, &module, &imports).map_err(|error| error.to_string())?;
        Ok(Self { store, instance })
    }
}

fn wasmer_zero(ty: &wasmer::Type) -> wasmer::Value {
    match ty {
        wasmer::Type::I32 => wasmer::Value::I32(0),
        wasmer::Type::I64 => wasmer::Value::I64(0),
        wasmer::Type::F32 => wasmer::Value::F32(0.0),
        wasmer::Type::F64 => wasmer::Value::F64(0.0),
        wasmer::Type::V128 => wasmer::Value::V128(0),
        wasmer::Type::FuncRef => wasmer::Value::FuncRef(None),
        wasmer::Type::ExternRef => wasmer::Value::ExternRef(None),
        wasmer::Type::ExceptionRef => wasmer::Value::ExceptionRef(None),
    }
}

impl Machine for Wasmer {
    fn call(&mut self, export: &str, args: &[Arg]) -> Outcome {
        let function = self.instance.exports.get_function(export).expect(export);
        let args: Vec<_> = args
            .iter()
            .map(|arg| match *arg {
                Arg::I32(value) => wasmer::Value::I32(value),
                Arg::I64(value) => wasmer::Value::I64(value),
                Arg::F32(bits) => wasmer::Value::F32(f32::from_bits(bits)),
                Arg::F64(bits) => wasmer::Value::F64(f64::from_bits(bits)),
            })
            .collect();
        let result = function.call(&mut self.store, &args);
        let result = result.map_err(wasmer_trap).map(|values| values.iter().map(wasmer_bits).collect());
        Outcome { result, reading: self.reading() }
    }

    fn set(&mut self, fuel: i64, depth: i32) {
        for (name, value) in [(FUEL, wasmer::Value::I64(fuel)), (DEPTH, wasmer::Value::I32(depth))] {
            let global = self.instance.exports.get_global(name).expect(name).clone();
            global.set(&mut self.store, value).expect(name);
        }
    }

    fn reading(&mut self) -> Option<Counters> {
        let fuel = self.instance.exports.get_global(FUEL).ok()?.clone().get(&mut self.store).i64()?;
        let depth = self.instance.exports.get_global(DEPTH).ok()?.clone().get(&mut self.store).i32()?;
        Some(Counters { fuel, depth })
    }
}

fn wasmer_bits(value: &wasmer::Value) -> u64 {
    match value {
        wasmer::Value::I32(value) => u64::from(value.cast_unsigned()),
        wasmer::Value::I64(value) => value.cast_unsigned(),
        wasmer::Value::F32(value) => u64::from(canonical32(value.to_bits())),
        wasmer::Value::F64(value) => canonical64(value.to_bits()),
        _ => 0,
    }
}

fn wasmer_trap(error: wasmer::RuntimeError) -> Trap {
    use wasmer::sys::vm::TrapCode;
    match error.to_trap() {
        Some(TrapCode::UnreachableCodeReached) => Trap::Unreachable,
        Some(TrapCode::HeapAccessOutOfBounds) => Trap::Memory,
        Some(TrapCode::TableAccessOutOfBounds) => Trap::Table,
        Some(TrapCode::IndirectCallToNull) => Trap::Null,
        Some(TrapCode::BadSignature) => Trap::Signature,
        Some(TrapCode::IntegerDivisionByZero) => Trap::DivisionByZero,
        Some(TrapCode::IntegerOverflow) => Trap::Overflow,
        Some(TrapCode::BadConversionToInteger) => Trap::Conversion,
        Some(TrapCode::StackOverflow) => Trap::Stack,
        _ => Trap::Other,
    }
}
