//! wasmi.

use super::{BUDGET, Engine, FRAMES, Failure, Outcome, common, common::Trap, text, value::Value};
use aingle_wasm_types::metering::Counters;
use wasmi::{
    Extern, Func, Global, Instance, Linker, Memory, MemoryType, Mutability, Store, Table, TableType, Val,
};

pub struct Wasmi {
    engine: wasmi::Engine,
    store: Store<()>,
    linker: Linker<()>,
}

impl Engine for Wasmi {
    type Instance = Instance;

    /// It is built without.
    const SIMD: bool = false;
    /// They call functions that a module has put into another's table before its instantiation failed. When such a
    /// function uses a global, wasmi 2.0.0 panics, and reads what is not there where its checks are compiled out.
    /// Plain, these functions use none.
    const LEFT_OUT: &'static [(&'static str, usize)] = &[("linking.wast", 89), ("linking.wast", 92)];
    const WORSE: &'static [(&'static str, usize)] = &[];

    fn new() -> Self {
        let mut config = wasmi::Config::default();
        config.set_max_recursion_depth(20_000);
        config.set_max_stack_height(1 << 26);
        let engine = wasmi::Engine::new(&config);
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        spectest(&mut store, &mut linker);
        Self { engine, store, linker }
    }

    fn instantiate(&mut self, wasm: &[u8]) -> Outcome<Instance> {
        let module = wasmi::Module::new(&self.engine, wasm).map_err(text)?;
        self.linker.instantiate_and_start(&mut self.store, &module).map_err(failure)
    }

    fn register(&mut self, name: &str, instance: &Instance) -> Outcome<()> {
        self.linker.instance(&mut self.store, name, *instance).map(drop).map_err(text)
    }

    fn refuel(&mut self, instance: &Instance) {
        common::on_wasmi::set(&mut self.store, instance, BUDGET, FRAMES);
    }

    fn reading(&mut self, instance: &Instance) -> Option<Counters> {
        common::on_wasmi::reading(&self.store, instance)
    }

    fn invoke(&mut self, instance: &Instance, name: &str, args: &[Value]) -> Option<Outcome<Vec<Value>>> {
        let function = instance.get_func(&self.store, name)?;
        let args: Vec<Val> = args.iter().map(|arg| self.value(*arg)).collect();
        let ty = function.ty(&self.store);
        let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default_for_ty(*ty)).collect();
        let called = function.call(&mut self.store, &args, &mut results).map_err(failure);
        Some(called.map(|()| results.iter().map(|found| self.found(found)).collect()))
    }

    fn global(&mut self, instance: &Instance, name: &str) -> Option<Value> {
        let global = instance.get_global(&self.store, name)?.get(&self.store);
        Some(self.found(&global))
    }
}

fn failure(error: wasmi::Error) -> Failure {
    match common::on_wasmi::trap(&error) {
        Trap::Other => text(error),
        trap => Failure::Trap(trap),
    }
}

impl Wasmi {
    fn value(&mut self, value: Value) -> Val {
        match value {
            Value::I32(value) => Val::I32(value),
            Value::I64(value) => Val::I64(value),
            Value::F32(bits) => Val::F32(wasmi::F32::from_bits(bits)),
            Value::F64(bits) => Val::F64(wasmi::F64::from_bits(bits)),
            Value::V128(bits) => Val::V128(bits.into()),
            Value::Func(_) => Val::FuncRef(wasmi::Nullable::Null),
            Value::Extern(None) => Val::ExternRef(wasmi::Nullable::Null),
            Value::Extern(Some(number)) => {
                Val::ExternRef(wasmi::Nullable::Val(wasmi::ExternRef::new(&mut self.store, number)))
            }
        }
    }

    fn found(&self, value: &Val) -> Value {
        match value {
            Val::I32(value) => Value::I32(*value),
            Val::I64(value) => Value::I64(*value),
            Val::F32(value) => Value::F32(value.to_bits()),
            Val::F64(value) => Value::F64(value.to_bits()),
            Val::V128(value) => Value::V128(value.as_u128()),
            Val::FuncRef(found) => Value::Func(!found.is_null()),
            Val::ExternRef(found) => {
                Value::Extern(found.val().and_then(|found| found.data(&self.store).downcast_ref().copied()))
            }
        }
    }
}

fn spectest(store: &mut Store<()>, linker: &mut Linker<()>) {
    let items: Vec<(&str, Extern)> = vec![
        ("memory", Memory::new(&mut *store, MemoryType::new(1, Some(2))).expect("memory").into()),
        (
            "table",
            Table::new(
                &mut *store,
                TableType::new(wasmi::RefType::Func, 10, Some(20)),
                wasmi::Ref::Func(wasmi::Nullable::Null),
            )
            .expect("table")
            .into(),
        ),
        ("global_i32", Global::new(&mut *store, Val::I32(666), Mutability::Const).into()),
        ("global_i64", Global::new(&mut *store, Val::I64(666), Mutability::Const).into()),
        ("global_f32", Global::new(&mut *store, Val::F32(666.6.into()), Mutability::Const).into()),
        ("global_f64", Global::new(&mut *store, Val::F64(666.6.into()), Mutability::Const).into()),
        ("print", Func::wrap(&mut *store, || ()).into()),
        ("print_i32", Func::wrap(&mut *store, |_: i32| ()).into()),
        ("print_i64", Func::wrap(&mut *store, |_: i64| ()).into()),
        ("print_f32", Func::wrap(&mut *store, |_: f32| ()).into()),
        ("print_f64", Func::wrap(&mut *store, |_: f64| ()).into()),
        ("print_i32_f32", Func::wrap(&mut *store, |_: i32, _: f32| ()).into()),
        ("print_f64_f64", Func::wrap(&mut *store, |_: f64, _: f64| ()).into()),
    ];
    for (name, item) in items {
        linker.define("spectest", name, item).expect(name);
    }
}
