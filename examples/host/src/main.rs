//! The weather guest on a server: `weather_host --engine NAME weather.wasm`.
//!
//! `on_wasmer.rs` is what an integrator copies. The other engines are those of firmware, which run on
//! a server as well; there the scenario's own code for the embedded host is used.
#![forbid(unsafe_code)]

mod clock;
mod on_wasmer;

use aingle_wasm_host_embedded::{
    Backend, EngineInstance,
    spacewasm::Spacewasm,
    wasm3::{Wasm3, Wasm3Config},
    wasmi::Wasmi,
};
use clock::Nanoseconds;
use on_wasmer::OnWasmer;
use std::error::Error;
use std::process::ExitCode;
use std::{env, fs};
use weather_scenario::{Embedded, run};

const USAGE: &str = "usage: weather_host --engine wasmer|wasm3|spacewasm|wasmi WEATHER.WASM";

fn main() -> ExitCode {
    let args: Vec<_> = env::args().skip(1).collect();
    let ["--engine", engine, path] = *args.iter().map(String::as_str).collect::<Vec<_>>() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run_on(engine, path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{engine}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run_on(engine: &str, path: &str) -> Result<(), Box<dyn Error>> {
    let wasm = fs::read(path)?;
    println!("engine {engine}\nclock {}", Nanoseconds::PER_SECOND);
    match engine {
        "wasmer" => on_wasmer(&wasm)?,
        "wasm3" => on_embedded(Wasm3::new(Wasm3Config::default()), &wasm)?,
        "spacewasm" => on_embedded(Spacewasm::default(), &wasm)?,
        "wasmi" => on_embedded(Wasmi::default(), &wasm)?,
        _ => return Err(USAGE.into()),
    }
    match resident_peak() {
        Some(bytes) => println!("memory process {bytes}"),
        None => eprintln!("how much memory the process took is not available here"),
    }
    Ok(())
}

fn on_wasmer(wasm: &[u8]) -> Result<(), Box<dyn Error>> {
    let mut weather = OnWasmer::load(wasm)?;
    println!("{}", run(&mut weather, &mut Nanoseconds::default())?);
    println!("memory guest {}", weather.memory_size());
    Ok(())
}

fn on_embedded(backend: impl Backend, wasm: &[u8]) -> Result<(), Box<dyn Error>> {
    let mut weather = Embedded::load(backend, wasm)?;
    println!("{}", run(&mut weather, &mut Nanoseconds::default())?);
    println!("memory guest {}", weather.runtime().engine_mut().memory().len());
    Ok(())
}

/// The most memory that this process ever had, in bytes, where Linux tells.
fn resident_peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
