//! Counts that repeat: what a call costs in fuel, and how large guests are. A change that makes one of them larger, or
//! smaller, by more than a few per cent is meant, and changes its line here.

use aingle_wasm_bench::Guests;
use aingle_wasm_bench_protocol::Failure;
use aingle_wasm_bench_work::{ECHO_FUEL, LITTLE_FUEL, LITTLE_FUEL_USED, MESSAGE};
use aingle_wasm_host::prelude::*;
use std::path::Path;

/// How far a count may be from its line, in per cent.
const SLACK: u64 = 4;

/// The guest, what is counted, and how much it was.
const COUNTS: [(&str, &str, u64); 9] = [
    ("bench_guest", "size", 48_457),
    ("small_guest", "size", 15_424),
    ("small_bare_guest", "size", 3_322),
    ("portable_guest", "echo", 746),
    ("bench_guest", "echo", 746),
    ("bench_guest", "trusted echo", 320),
    ("bench_guest", "adjust", 1_205),
    ("bench_guest", "ask", 256_463),
    ("bench_guest", "trusted ask", 213_859),
];

#[test]
fn a16_counts_are_as_they_were() -> Result<(), Failure> {
    let folder = Guests::build_folder()?;
    let mut others = Vec::new();
    for (guest, what, expected) in COUNTS {
        let found = count(&folder, guest, what)?;
        if found.abs_diff(expected) * 100 > expected * SLACK {
            others.push(format!("{guest}, {what}: {found}, was {expected}"));
        }
    }
    if others.is_empty() { Ok(()) } else { Err(others.join("; ").into()) }
}

/// The firmware's step of `cargo xtask test` compares what boards count with the same figures.
#[test]
fn a_server_counts_what_a_board_counts() -> Result<(), Failure> {
    let wasm = std::fs::read(Guests::build_folder()?.join("small_guest.wasm"))?;
    assert_eq!(fuel(&wasm, "echo", Integrity::Checked)?, ECHO_FUEL);
    let config = EngineConfig { metering_limit: LITTLE_FUEL, ..Default::default() };
    let stopped = instance(&wasm, config)?.call_raw("echo", &[7; MESSAGE]).expect_err("too little fuel");
    let HostErrorKind::OutOfFuel { limit, used } = *stopped.kind() else { return Err(stopped.into()) };
    assert_eq!((limit, used), (LITTLE_FUEL, LITTLE_FUEL_USED));
    Ok(())
}

fn count(folder: &Path, guest: &str, what: &str) -> Result<u64, Failure> {
    let wasm = std::fs::read(folder.join(guest).with_extension("wasm"))?;
    match what.strip_prefix("trusted ") {
        Some(what) => fuel(&wasm, what, Integrity::Trusted),
        None if what == "size" => Ok(wasm.len() as u64),
        None => fuel(&wasm, what, Integrity::Checked),
    }
}

/// The fuel of a call that is not the first.
fn fuel(wasm: &[u8], export: &str, integrity: Integrity) -> Result<u64, Failure> {
    let mut instance = instance(wasm, EngineConfig { integrity, ..Default::default() })?;
    let request = match export {
        "ask" => vec![100],
        "adjust" => vec![0xac, 2, 0x80, 0xd0, 0x95, 0xff, 0xbc, 0x31, 0, 0, 0xac, 0x41, 1],
        _ => vec![7; MESSAGE],
    };
    instance.call_raw(export, &request)?;
    instance.call_raw(export, &request)?;
    instance.fuel_used().ok_or_else(|| "no fuel was counted".into())
}

fn instance(wasm: &[u8], config: EngineConfig) -> Result<WasmInstance, Failure> {
    let engine = WasmEngine::new(config)?;
    let mut instance = WasmInstance::new(&engine, &engine.compile(wasm)?)?;
    instance.register_raw("reflect", |(), message, response| {
        response.write(message);
        Ok(())
    })?;
    Ok(instance)
}
