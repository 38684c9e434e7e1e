//! Wasmer, with Cranelift.

use super::{BUDGET, Engine, FRAMES, Failure, Outcome, common, common::Trap, text, value::Value};
use aingle_wasm_types::metering::Counters;
use wasmer::sys::{Cranelift, EngineBuilder, Features};
use wasmer::{
    Exports, ExternRef, Function, Global, Imports, Instance, InstantiationError, Memory, MemoryType,
    RuntimeError, Store, Table, TableType, Type, Value as Val,
};

pub struct Wasmer {
    store: Store,
    imports: Imports,
}

impl Engine for Wasmer {
    type Instance = Instance;

    const SIMD: bool = true;
    const LEFT_OUT: &'static [(&'static str, usize)] = &[];
    const WORSE: &'static [(&'static str, usize)] = &[("linking.wast", 89), ("linking.wast", 92)];

    fn new() -> Self {
        let features = Features {
            reference_types: true,
            simd: true,
            bulk_memory: true,
            multi_value: true,
            ..Features::none()
        };
        let engine = EngineBuilder::new(Cranelift::default()).set_features(Some(features));
        let mut store = Store::new(engine);
        let imports = spectest(&mut store);
        Self { store, imports }
    }

    fn instantiate(&mut self, wasm: &[u8]) -> Outcome<Instance> {
        let module = wasmer::Module::new(&self.store, wasm).map_err(text)?;
        Instance::new(&mut self.store, &module, &self.imports).map_err(|error| match error {
            InstantiationError::Start(error) => failure(error),
            other => text(other),
        })
    }

    fn register(&mut self, name: &str, instance: &Instance) -> Outcome<()> {
        self.imports.register_namespace(name, instance.exports.clone());
        Ok(())
    }

    fn refuel(&mut self, instance: &Instance) {
        common::on_wasmer::set(&mut self.store, instance, BUDGET, FRAMES);
    }

    fn reading(&mut self, instance: &Instance) -> Option<Counters> {
        common::on_wasmer::reading(&mut self.store, instance)
    }

    fn invoke(&mut self, instance: &Instance, name: &str, args: &[Value]) -> Option<Outcome<Vec<Value>>> {
        let function = instance.exports.get_function(name).ok()?;
        let args: Vec<Val> = args.iter().map(|arg| self.value(*arg)).collect();
        let called = function.call(&mut self.store, &args).map_err(failure);
        Some(called.map(|results| results.iter().map(|found| self.found(found)).collect()))
    }

    fn global(&mut self, instance: &Instance, name: &str) -> Option<Value> {
        let global = instance.exports.get_global(name).ok()?.get(&mut self.store);
        Some(self.found(&global))
    }
}

fn failure(error: RuntimeError) -> Failure {
    match common::on_wasmer::trap(&error) {
        Trap::Other => text(error),
        trap => Failure::Trap(trap),
    }
}

impl Wasmer {
    fn value(&mut self, value: Value) -> Val {
        match value {
            Value::I32(value) => Val::I32(value),
            Value::I64(value) => Val::I64(value),
            Value::F32(bits) => Val::F32(f32::from_bits(bits)),
            Value::F64(bits) => Val::F64(f64::from_bits(bits)),
            Value::V128(bits) => Val::V128(bits),
            Value::Func(_) => Val::FuncRef(None),
            Value::Extern(number) => {
                Val::ExternRef(number.map(|number| ExternRef::new(&mut self.store, number)))
            }
        }
    }

    fn found(&self, value: &Val) -> Value {
        match value {
            Val::I32(value) => Value::I32(*value),
            Val::I64(value) => Value::I64(*value),
            Val::F32(value) => Value::F32(value.to_bits()),
            Val::F64(value) => Value::F64(value.to_bits()),
            Val::V128(value) => Value::V128(*value),
            Val::FuncRef(found) => Value::Func(found.is_some()),
            Val::ExternRef(found) => {
                Value::Extern(found.as_ref().and_then(|found| found.downcast(&self.store).copied()))
            }
            Val::ExceptionRef(_) => Value::Extern(None),
        }
    }
}

fn spectest(store: &mut Store) -> Imports {
    let mut exports = Exports::new();
    let memory = Memory::new(store, MemoryType::new(1, Some(2), false)).expect("memory");
    exports.insert("memory", memory);
    let table = TableType::new(Type::FuncRef, 10, Some(20));
    exports.insert("table", Table::new(store, table, Val::FuncRef(None)).expect("table"));
    exports.insert("global_i32", Global::new(store, Val::I32(666)));
    exports.insert("global_i64", Global::new(store, Val::I64(666)));
    exports.insert("global_f32", Global::new(store, Val::F32(666.6)));
    exports.insert("global_f64", Global::new(store, Val::F64(666.6)));
    exports.insert("print", Function::new_typed(store, || ()));
    exports.insert("print_i32", Function::new_typed(store, |_: i32| ()));
    exports.insert("print_i64", Function::new_typed(store, |_: i64| ()));
    exports.insert("print_f32", Function::new_typed(store, |_: f32| ()));
    exports.insert("print_f64", Function::new_typed(store, |_: f64| ()));
    exports.insert("print_i32_f32", Function::new_typed(store, |_: i32, _: f32| ()));
    exports.insert("print_f64_f64", Function::new_typed(store, |_: f64, _: f64| ()));
    let mut imports = Imports::new();
    imports.register_namespace("spectest", exports);
    imports
}
