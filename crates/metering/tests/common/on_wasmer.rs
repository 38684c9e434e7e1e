//! Wasmer with Cranelift.

use super::{Arg, Calls, Machine, Outcome, Trap, answer, canonical32, canonical64};
use aingle_wasm_types::metering::Counters;
use aingle_wasm_types::names::{DEPTH, FUEL};
use wasmer::sys::{Cranelift, CraneliftOptLevel, EngineBuilder};
use wasmer::{Instance, Store, Type, Value};

pub struct Wasmer {
    store: Store,
    instance: Instance,
    calls: Calls,
}

impl Wasmer {
    /// Imported functions answer with [`answer`].
    pub fn new(wasm: &[u8], optimise: bool) -> Result<Self, String> {
        let mut cranelift = Cranelift::default();
        cranelift.opt_level(if optimise { CraneliftOptLevel::Speed } else { CraneliftOptLevel::None });
        let mut store = Store::new(EngineBuilder::new(cranelift));
        let module = wasmer::Module::new(&store, wasm).map_err(|error| error.to_string())?;
        let mut imports = wasmer::Imports::new();
        let calls = Calls::default();
        for import in module.imports().functions() {
            let (results, calls) = (import.ty().results().to_vec(), calls.clone());
            let function = wasmer::Function::new(&mut store, import.ty(), move |args: &[Value]| {
                calls.count();
                let answer = answer(args.iter().map(bits));
                Ok(results.iter().map(|ty| value(*ty, answer)).collect())
            });
            imports.define(import.module(), import.name(), function);
        }
        let instance = Instance::new(&mut store, &module, &imports).map_err(|error| error.to_string())?;
        Ok(Self { store, instance, calls })
    }
}

fn value(ty: Type, number: u32) -> Value {
    match ty {
        Type::I32 => Value::I32(number.cast_signed()),
        Type::I64 => Value::I64(number.into()),
        Type::F32 => Value::F32(number as f32),
        Type::F64 => Value::F64(number.into()),
        Type::V128 => Value::V128(number.into()),
        Type::FuncRef => Value::FuncRef(None),
        Type::ExternRef => Value::ExternRef(None),
        Type::ExceptionRef => Value::ExceptionRef(None),
    }
}

impl Machine for Wasmer {
    fn call(&mut self, export: &str, args: &[Arg]) -> Outcome {
        let function = self.instance.exports.get_function(export).expect(export);
        let args: Vec<_> = args
            .iter()
            .map(|arg| match *arg {
                Arg::I32(value) => Value::I32(value),
                Arg::I64(value) => Value::I64(value),
                Arg::F32(bits) => Value::F32(f32::from_bits(bits)),
                Arg::F64(bits) => Value::F64(f64::from_bits(bits)),
            })
            .collect();
        let result = function.call(&mut self.store, &args);
        let result = result.map_err(|error| trap(&error)).map(|values| values.iter().map(bits).collect());
        Outcome { result, reading: self.reading() }
    }

    fn set(&mut self, fuel: i64, depth: i32) {
        set(&mut self.store, &self.instance, fuel, depth);
    }

    fn reading(&mut self) -> Option<Counters> {
        reading(&mut self.store, &self.instance)
    }

    fn host_calls(&self) -> usize {
        self.calls.so_far()
    }
}

/// Sets the counters that an instance has.
pub fn set(store: &mut Store, instance: &Instance, fuel: i64, depth: i32) {
    for (name, value) in [(FUEL, Value::I64(fuel)), (DEPTH, Value::I32(depth))] {
        if let Ok(global) = instance.exports.get_global(name) {
            global.clone().set(store, value).expect(name);
        }
    }
}

/// What is left; a counter that the instance has not got is 0.
pub fn reading(store: &mut Store, instance: &Instance) -> Option<Counters> {
    let fuel = instance.exports.get_global(FUEL).ok()?.get(store).i64()?;
    let depth = instance.exports.get_global(DEPTH).ok().and_then(|depth| depth.get(store).i32());
    Some(Counters { fuel, depth: depth.unwrap_or(0) })
}

fn bits(value: &Value) -> u64 {
    match value {
        Value::I32(value) => u64::from(value.cast_unsigned()),
        Value::I64(value) => value.cast_unsigned(),
        Value::F32(value) => u64::from(canonical32(value.to_bits())),
        Value::F64(value) => canonical64(value.to_bits()),
        _ => 0,
    }
}

pub fn trap(error: &wasmer::RuntimeError) -> Trap {
    use wasmer::sys::vm::TrapCode;
    match error.clone().to_trap() {
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
