//! What the limits cost: metered against unmetered, interleaved, medians of the ratios' parts.
#![allow(missing_docs)]

use aingle_wasm_meter::{Meter, PriceList, FUEL, DEPTH};
use std::sync::Arc;
use std::time::Instant;
use wasmer::sys::{CompilerConfig, Cranelift, EngineBuilder};

struct Kernel { name: &'static str, export: &'static str, wasm: Vec<u8>, arg: i32, slow_arg: i32 }

trait Run { fn run(&mut self, arg: i32) -> (i32, i64); }

struct OnWasmer { store: wasmer::Store, instance: wasmer::Instance, f: wasmer::TypedFunction<i32, i32>, fuel: Option<(wasmer::Global, wasmer::Global)> }

impl OnWasmer {
    fn new(wasm: &[u8], export: &str, middleware: bool) -> Self {
        let mut cranelift = Cranelift::default();
        if middleware {
            cranelift.push_middleware(Arc::new(wasmer_middlewares::Metering::new(1 << 60, |_: &wasmer::wasmparser::Operator<'_>| 1)));
        }
        let mut store = wasmer::Store::new(EngineBuilder::new(cranelift));
        let module = wasmer::Module::new(&store, wasm).unwrap();
        let instance = wasmer::Instance::new(&mut store, &module, &wasmer::imports! {}).unwrap();
        let f = instance.exports.get_typed_function(&store, export).unwrap();
        let fuel = instance.exports.get_global(FUEL).ok().cloned().zip(instance.exports.get_global(DEPTH).ok().cloned());
        Self { store, instance, f, fuel }
    }
}
impl Run for OnWasmer {
    fn run(&mut self, arg: i32) -> (i32, i64) {
        let _ = &self.instance;
        if let Some((fuel, depth)) = &self.fuel {
            fuel.set(&mut self.store, wasmer::Value::I64(1 << 60)).unwrap();
            depth.set(&mut self.store, wasmer::Value::I32(192)).unwrap();
        }
        let r = self.f.call(&mut self.store, arg).unwrap();
        let used = self.fuel.as_ref().map_or(0, |f| (1 << 60) - f.0.get(&mut self.store).i64().unwrap());
        (r, used)
    }
}

struct OnWasmi { store: wasmi::Store<()>, f: wasmi::TypedFunc<i32, i32>, fuel: Option<(wasmi::Global, wasmi::Global)>, own: bool }
impl OnWasmi {
    fn new(wasm: &[u8], export: &str, own: bool) -> Self {
        let mut config = wasmi::Config::default();
        config.consume_fuel(own);
        let engine = wasmi::Engine::new(&config);
        let module = wasmi::Module::new(&engine, wasm).unwrap();
        let mut store = wasmi::Store::new(&engine, ());
        if own { store.set_fuel(1 << 60).unwrap(); }
        let instance = wasmi::Linker::new(&engine).instantiate_and_start(&mut store, &module).unwrap();
        let f = instance.get_typed_func(&store, export).unwrap();
        let fuel = instance.get_global(&store, FUEL).zip(instance.get_global(&store, DEPTH));
        Self { store, f, fuel, own }
    }
}
impl Run for OnWasmi {
    fn run(&mut self, arg: i32) -> (i32, i64) {
        if self.own { self.store.set_fuel(1 << 60).unwrap(); }
        if let Some((fuel, depth)) = self.fuel {
            fuel.set(&mut self.store, wasmi::Val::I64(1 << 60)).unwrap();
            depth.set(&mut self.store, wasmi::Val::I32(192)).unwrap();
        }
        let r = self.f.call(&mut self.store, arg).unwrap();
        let used = self.fuel.map_or(0, |f| match f.0.get(&self.store) { wasmi::Val::I64(v) => (1 << 60) - v, _ => 0 });
        (r, used)
    }
}

struct OnWasm3 { f: wasm3::Function<'static, i32, i32> }
impl OnWasm3 {
    fn new(wasm: &[u8], export: &str) -> Self {
        let env: &'static wasm3::Environment = Box::leak(Box::new(wasm3::Environment::new().unwrap()));
        let rt: &'static wasm3::Runtime = Box::leak(Box::new(env.create_runtime(64 * 1024).unwrap()));
        rt.load_module(env.parse_module(wasm).unwrap()).unwrap();
        Self { f: rt.find_function::<i32, i32>(export).unwrap() }
    }
}
impl Run for OnWasm3 {
    fn run(&mut self, arg: i32) -> (i32, i64) { (self.f.call(arg).unwrap(), 0) }
}

fn median(mut v: Vec<f64>) -> f64 { v.sort_by(f64::total_cmp); v[v.len() / 2] }

fn measure(label: &str, variants: &mut [(String, Box<dyn Run>)], arg: i32, rounds: usize) {
    let mut times = vec![Vec::new(); variants.len()];
    let mut first = None;
    for round in 0..rounds + 1 {
        for (i, (name, v)) in variants.iter_mut().enumerate() {
            let start = Instant::now();
            let (r, used) = v.run(arg);
            let t = start.elapsed().as_secs_f64();
            if round > 0 { times[i].push(t); } else {
                assert_eq!(*first.get_or_insert(r), r, "{name}");
                if used > 0 { eprint!(" {name}:{used}"); }
            }
        }
    }
    eprintln!();
    // The least of each is steadier than the middle on a shared machine; both are printed.
    let min = |v: &Vec<f64>| v.iter().copied().fold(f64::MAX, f64::min);
    let base = (median(times[0].clone()), min(&times[0]));
    print!("{label:24} {:9.3} ms ", base.0 * 1e3);
    for (i, (name, _)) in variants.iter().enumerate().skip(1) {
        print!(" {name} {:.3}/{:.3}", median(times[i].clone()) / base.0, min(&times[i]) / base.1);
    }
    println!();
}

fn main() {
    let wasm = std::fs::read(std::env::var("KERNELS").unwrap_or("/tmp/k.wasm".into())).unwrap();
    let fibw = wat::parse_str(include_str!("guest/fib.wat")).unwrap();
    let kernels = [
        Kernel { name: "fib.wat", export: "fib", wasm: fibw, arg: 30, slow_arg: 22 },
        Kernel { name: "fib", export: "fib", wasm: wasm.clone(), arg: 30, slow_arg: 22 },
        Kernel { name: "sieve", export: "sieve", wasm: wasm.clone(), arg: 1 << 20, slow_arg: 1 << 16 },
        Kernel { name: "sha256", export: "sha256", wasm, arg: 1 << 20, slow_arg: 1 << 15 },
    ];
    let only: Option<String> = std::env::var("ONLY").ok();
    let rounds: usize = std::env::var("ROUNDS").ok().and_then(|r| r.parse().ok()).unwrap_or(21);
    let designs: Vec<u32> = std::env::var("DESIGNS").unwrap_or("1,4,5".into()).split(',').map(|d| d.parse().unwrap()).collect();
    for k in &kernels {
        let metered: Vec<_> = designs.iter().map(|&d| {
            aingle_wasm_meter::emit::DESIGN.store(d, std::sync::atomic::Ordering::Relaxed);
            let m = Meter::new(PriceList::default()).start_fuel(1 << 62).depth(1 << 20).instrument(&k.wasm).unwrap();
            std::fs::write(format!("/tmp/k-{}-{d}.wasm", k.name), &m).unwrap();
            (d, m)
        }).collect();
        if only.as_deref() != Some("wasmi") {
            let mut v: Vec<(String, Box<dyn Run>)> = vec![("plain".into(), Box::new(OnWasmer::new(&k.wasm, k.export, false)))];
            for (d, m) in &metered { v.push((format!("d{d}"), Box::new(OnWasmer::new(m, k.export, false)))); }
            v.push(("middleware".into(), Box::new(OnWasmer::new(&k.wasm, k.export, true))));
            measure(&format!("wasmer {}", k.name), &mut v, k.arg, rounds);
        }
        if only.as_deref() != Some("wasmer") {
            let mut v: Vec<(String, Box<dyn Run>)> = vec![("plain".into(), Box::new(OnWasmi::new(&k.wasm, k.export, false)))];
            for (d, m) in &metered { v.push((format!("d{d}"), Box::new(OnWasmi::new(m, k.export, false)))); }
            v.push(("own fuel".into(), Box::new(OnWasmi::new(&k.wasm, k.export, true))));
            measure(&format!("wasmi {}", k.name), &mut v, k.slow_arg, rounds);
            let mut v: Vec<(String, Box<dyn Run>)> = vec![("plain".into(), Box::new(OnWasm3::new(&k.wasm, k.export)))];
            for (d, m) in &metered { v.push((format!("d{d}"), Box::new(OnWasm3::new(m, k.export)))); }
            measure(&format!("wasm3 {}", k.name), &mut v, k.slow_arg, rounds);
        }
    }
}
