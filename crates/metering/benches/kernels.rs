//! What the limits cost: metered against unmetered, and against the engines' own fuel, interleaved.
//!
//! Each figure is a ratio to the unmetered kernel in the same run: of the medians, and of the shortest
//! times, which are steadier on a machine that is shared.
#![allow(missing_docs)]

use aingle_wasm_host_core::{EngineInstance, Host, HostFunctions, Signature};
use aingle_wasm_host_embedded::Backend;
use aingle_wasm_host_embedded::spacewasm::{Spacewasm, SpacewasmConfig};
use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
use aingle_wasm_host_embedded::wasmi::{Wasmi, WasmiConfig};
use aingle_wasm_metering::{Meter, PriceList};
use aingle_wasm_types::metering::{Counters, MAX_DEPTH, MAX_FUEL};
use aingle_wasm_types::names::{DEPTH, FUEL};
use std::error::Error;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;
use wasmer::sys::{CompilerConfig, Cranelift, EngineBuilder};

const ROUNDS: usize = 61;
const PLENTY: Counters = Counters { fuel: MAX_FUEL as i64, depth: MAX_DEPTH as i32 };

struct Kernel {
    name: &'static str,
    export: &'static str,
    wasm: Vec<u8>,
    /// For a compiler and for an interpreter.
    args: [i32; 2],
}

type Run = Box<dyn FnMut(i32) -> Result<i32, String>>;
type Load = fn(&[u8], &str) -> Result<Run, Box<dyn Error>>;

fn main() -> Result<(), Box<dyn Error>> {
    for kernel in kernels()? {
        let metered = Meter::new(PriceList::default()).instrument(&kernel.wasm)?;
        let rows: [(&str, i32, Load, Option<Load>); 4] = [
            ("wasmer", kernel.args[0], wasmer_plain, Some(wasmer_middleware)),
            ("wasmi", kernel.args[1], wasmi_plain, Some(wasmi_fuel)),
            ("wasm3", kernel.args[1], wasm3_plain, None),
            ("spacewasm", kernel.args[1], spacewasm_plain, None),
        ];
        for (engine, arg, plain, own) in rows {
            let mut runs = vec![plain(&kernel.wasm, kernel.export)?, plain(&metered, kernel.export)?];
            if let Some(own) = own {
                runs.push(own(&kernel.wasm, kernel.export)?);
            }
            report(engine, kernel.name, &measure(&mut runs, arg)?);
        }
    }
    Ok(())
}

fn report(engine: &str, kernel: &str, times: &[[f64; 2]]) {
    let ratio =
        |at: usize| times.get(at).map(|it| format!("{:.3} {:.3}", it[0] / times[0][0], it[1] / times[0][1]));
    let [metered, own] = [1, 2].map(|at| ratio(at).unwrap_or_else(|| "-".into()));
    println!("{engine:9} {kernel:8} {:8.3} ms   metered {metered}   own fuel {own}", times[0][0] * 1e3);
}

/// The median and the least time of each.
fn measure(runs: &mut [Run], arg: i32) -> Result<Vec<[f64; 2]>, String> {
    let mut times = vec![Vec::new(); runs.len()];
    let expected = runs[0](arg)?;
    for _ in 0..ROUNDS {
        for (run, times) in runs.iter_mut().zip(&mut times) {
            let start = Instant::now();
            let found = run(arg)?;
            times.push(start.elapsed().as_secs_f64());
            if found != expected {
                return Err(format!("{found} instead of {expected}"));
            }
        }
    }
    times.iter_mut().for_each(|times| times.sort_by(f64::total_cmp));
    Ok(times.iter().map(|times| [times[times.len() / 2], times[0]]).collect())
}

fn kernels() -> Result<[Kernel; 4], Box<dyn Error>> {
    let compiled = compile()?;
    let written = wat::parse_str(include_str!("guest/fib.wat"))?;
    Ok([
        Kernel { name: "fib.wat", export: "fib", wasm: written, args: [30, 22] },
        Kernel { name: "fib", export: "fib", wasm: compiled.clone(), args: [30, 22] },
        Kernel { name: "sieve", export: "sieve", wasm: compiled.clone(), args: [1 << 20, 1 << 16] },
        Kernel { name: "sha256", export: "sha256", wasm: compiled, args: [1 << 20, 1 << 15] },
    ])
}

fn compile() -> Result<Vec<u8>, Box<dyn Error>> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/guest/raw.rs");
    let output = concat!(env!("CARGO_TARGET_TMPDIR"), "/kernels.wasm");
    let options =
        ["--edition=2024", "--target=wasm32v1-none", "--crate-type=cdylib", "-Copt-level=3", "-Cpanic=abort"];
    let done = Command::new("rustc").args(options).args(["-o", output, source]).status()?;
    if !done.success() {
        return Err("rustc cannot build the kernels: is the target wasm32v1-none installed?".into());
    }
    Ok(std::fs::read(output)?)
}

fn wasmer_plain(wasm: &[u8], export: &str) -> Result<Run, Box<dyn Error>> {
    on_wasmer(Cranelift::default(), wasm, export)
}

fn wasmer_middleware(wasm: &[u8], export: &str) -> Result<Run, Box<dyn Error>> {
    let mut compiler = Cranelift::default();
    compiler.push_middleware(Arc::new(wasmer_middlewares::Metering::new(MAX_FUEL, |_| 1)));
    on_wasmer(compiler, wasm, export)
}

fn on_wasmer(compiler: Cranelift, wasm: &[u8], export: &str) -> Result<Run, Box<dyn Error>> {
    let mut store = wasmer::Store::new(EngineBuilder::new(compiler));
    let module = wasmer::Module::new(&store, wasm)?;
    let instance = wasmer::Instance::new(&mut store, &module, &wasmer::imports! {})?;
    let function = instance.exports.get_typed_function::<i32, i32>(&store, export)?;
    let global = |name| instance.exports.get_global(name).ok().cloned();
    let counters = global(FUEL).zip(global(DEPTH));
    Ok(Box::new(move |arg| {
        if let Some((fuel, depth)) = &counters {
            fuel.set(&mut store, wasmer::Value::I64(PLENTY.fuel)).map_err(|error| error.to_string())?;
            depth.set(&mut store, wasmer::Value::I32(PLENTY.depth)).map_err(|error| error.to_string())?;
        }
        function.call(&mut store, arg).map_err(|error| error.to_string())
    }))
}

fn wasmi_plain(wasm: &[u8], export: &str) -> Result<Run, Box<dyn Error>> {
    drive(Wasmi::new(WasmiConfig::default()).load(leaked(wasm), host())?, export)
}

fn wasmi_fuel(wasm: &[u8], export: &str) -> Result<Run, Box<dyn Error>> {
    let config = WasmiConfig { engine_fuel: Some(MAX_FUEL), ..Default::default() };
    drive(Wasmi::new(config).load(leaked(wasm), host())?, export)
}

fn wasm3_plain(wasm: &[u8], export: &str) -> Result<Run, Box<dyn Error>> {
    drive(Wasm3::new(Wasm3Config::default()).load(leaked(wasm), host())?, export)
}

fn spacewasm_plain(wasm: &[u8], export: &str) -> Result<Run, Box<dyn Error>> {
    drive(Spacewasm::new(SpacewasmConfig::default()).load(leaked(wasm), host())?, export)
}

/// Kept for as long as the process: instances borrow from it.
fn leaked(wasm: &[u8]) -> &'static [u8] {
    wasm.to_vec().leak()
}

fn host() -> Host<()> {
    Host::new((), HostFunctions::new())
}

fn drive<E: EngineInstance + 'static>(mut engine: E, export: &str) -> Result<Run, Box<dyn Error>> {
    engine.start()?;
    if engine.carries_limits() {
        engine.find_counters()?;
    }
    // The kernels have the signature of the ABI's allocator.
    let function = engine.find(export, Signature::Allocate)?;
    Ok(Box::new(move |arg| {
        engine.set_counters(PLENTY);
        engine.refuel();
        let result = engine.call(&function, arg.cast_unsigned(), 0);
        result.map(|bits| (bits as u32).cast_signed()).map_err(|trap| trap.to_string())
    }))
}
