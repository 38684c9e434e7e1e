//! Modules within the limits of the server host, whose compilation has to stay within a stated time and memory.

use super::{Counts, Trial};
use aingle_wasm_generator::shapes::{OF_CODE, OF_SECTIONS};
use aingle_wasm_generator::{self as random, Config};
use aingle_wasm_host::{EngineConfig, HostErrorKind, ModuleLimits, WasmEngine};
use std::fs;
use std::time::Duration;

pub(super) const TRIAL: Trial = Trial {
    name: "compile",
    about: "modules within the small limits compile within 60 s of a processor and 1 GiB on the server, others are refused before",
    bounded: 8,
    run,
};

pub(super) const SMALL: Trial = Trial {
    name: "compile-small",
    about: "small random modules, of which a million can be compiled, stay within 10 s of a processor and 256 MiB each",
    bounded: 40,
    run: run_small,
};

/// The most that one compilation may take.
struct Bounds {
    /// Of all processors together, so that other work on the machine changes nothing.
    time: Duration,
    /// In KiB.
    memory: u64,
}

const BOUNDS: Bounds = Bounds { time: Duration::from_secs(60), memory: 1 << 20 };
const SMALL_BOUNDS: Bounds = Bounds { time: Duration::from_secs(10), memory: 256 << 10 };

/// Compiles the module of a seed: every second one a shape that pushes one figure, the others at random.
fn run(seed: u64, counts: &mut Counts) -> Result<(), String> {
    // A shape may be beyond the validator's own limits.
    compile(module(seed), seed.is_multiple_of(2), &BOUNDS, counts)
}

/// Compiles a random module of some functions.
fn run_small(seed: u64, counts: &mut Counts) -> Result<(), String> {
    let config = Config { max_funcs: 3, max_instructions: 40, max_type_size: 20, ..random::second() };
    let module = random::module(config, seed).map(|wasm| (format!("small module {seed}"), wasm));
    compile(module, false, &SMALL_BOUNDS, counts)
}

fn compile(
    module: Option<(String, Vec<u8>)>,
    may_be_invalid: bool,
    bounds: &Bounds,
    counts: &mut Counts,
) -> Result<(), String> {
    let Some((name, wasm)) = module else {
        counts.count("no module");
        return Ok(());
    };
    let module_limits = ModuleLimits::small();
    let before = peak_afresh();
    let began = processor_time();
    let engine = WasmEngine::new(EngineConfig { module_limits, ..Default::default() })
        .map_err(|error| error.to_string())?;
    let compiled = engine.compile(&wasm).map(drop).map_err(aingle_wasm_host::HostError::into_kind);
    let took = processor_time().saturating_sub(began);
    let peak = peak().saturating_sub(before);
    match compiled {
        Ok(()) => counts.count("compiled"),
        Err(HostErrorKind::ModuleLimit { field, .. }) => counts.count(format!("beyond {field}")),
        Err(HostErrorKind::InstanceLimit { .. }) => counts.count("beyond an instance"),
        Err(HostErrorKind::Limits(_)) => counts.count("no room for metering"),
        Err(HostErrorKind::Load(_) | HostErrorKind::TableLimit { .. }) => counts.count("beyond memory"),
        Err(HostErrorKind::Invalid { .. }) if may_be_invalid => counts.count("beyond the validator"),
        Err(other) => return Err(format!("{name}: {other}")),
    }
    counts.largest("ms", took.as_millis() as u64);
    counts.largest("KiB", peak);
    counts.largest("bytes of module", wasm.len() as u64);
    if took > bounds.time || peak > bounds.memory {
        let needs = ModuleLimits::needed_by(&wasm).unwrap_or(module_limits);
        return Err(format!("{name}: {} ms, {peak} KiB: {needs:?}", took.as_millis()));
    }
    Ok(())
}

fn module(seed: u64) -> Option<(String, Vec<u8>)> {
    let bytes = random::bytes(seed, 8);
    let random = u64::from_le_bytes(bytes.try_into().ok()?);
    if seed.is_multiple_of(2) {
        let shapes = OF_SECTIONS.len() + OF_CODE.len();
        let (name, shape) = OF_SECTIONS.iter().chain(OF_CODE).nth(random as usize % shapes)?;
        // Most are small: as many of each length in binary digits.
        let size = (random >> 32) as u32 >> (16 + (random >> 16) % 16);
        return Some((format!("{name} {size}"), shape(size.max(1))));
    }
    let config = Config {
        max_funcs: 1 + random as usize % 40,
        max_instructions: 20 << (random >> 8 & 7),
        max_type_size: 20,
        simd_enabled: true,
        ..random::second()
    };
    Some((format!("random module {seed}"), random::module(config, seed)?))
}

/// The time of processors that the process has used, its kernel's included; zero where the system does not say.
fn processor_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name, in parentheses, may hold anything; behind it the times are the fields 12 and 13, in ticks of 10 ms.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum::<u64>();
    Duration::from_millis(10 * ticks)
}

/// The most memory that the process had at once, in KiB; 0 where the system does not say.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}

/// Forgets earlier peaks, and returns what the process has now.
fn peak_afresh() -> u64 {
    // Where it cannot be forgotten, the peak of before counts, and later figures are too small, not too large.
    let _ = fs::write("/proc/self/clear_refs", "5");
    peak()
}
