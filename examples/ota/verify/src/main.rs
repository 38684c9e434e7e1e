//! Counts the instructions that verifying a blob takes: with the manifest, and with the libraries below it alone.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

#[path = "../../../firmware/src/console.rs"]
mod console;
#[path = "../../src/figures.rs"]
mod figures;
#[allow(dead_code, reason = "no blob here is signed by a revoked key")]
#[path = "../../keys.rs"]
mod keys;
#[cfg(feature = "libraries")]
mod libraries;
#[path = "../../../firmware/src/raw.rs"]
mod memory;
#[path = "../../../firmware/src/panic.rs"]
mod panic;
#[path = "../../../firmware/src/stopwatch.rs"]
mod stopwatch;

use aingle_wasm_manifest::{Key, Manifest, Policy, Refusal, Verifier};
use console::Console;
use cortex_m_semihosting::debug;
use stopwatch::Stopwatch;

mod board {
    /// It is not used.
    pub const HEAP: usize = 1024;
    pub const CLOCK_HZ: u32 = 25_000_000;
}

static BLOB: &[u8] = include_bytes!(env!("BLOB"));

/// Bytes that are read from flash at once.
const PIECE: usize = 128;

#[cortex_m_rt::entry]
fn main() -> ! {
    memory::start_heap();
    let (mut stopwatch, mut console) = (Stopwatch::new(), Console::open());
    let keys = [Key::module(keys::MODULES)];
    let policy = Policy::new(&keys).target(keys::TARGET);
    let count = instructions(&mut stopwatch, || verify(&policy).is_ok());
    console.line(format_args!("manifest {count}"));
    figures::print(&mut console);
    #[cfg(feature = "libraries")]
    {
        let count = instructions(&mut stopwatch, || libraries::verify(BLOB));
        console.line(format_args!("libraries {count}"));
    }
    debug::exit(debug::EXIT_SUCCESS);
    unreachable!("the debugger ends the program")
}

/// As a device does it: the policy, the signature, and then the payload as it comes from flash.
fn verify(policy: &Policy<'_>) -> Result<(), Refusal> {
    let manifest = Manifest::parse(BLOB, BLOB.len() as u32)?;
    let admitted = policy.check(&manifest, Some(1))?;
    let mut verifier = Verifier::begin(&admitted)?;
    let payload = BLOB.get(manifest.payload_offset() as usize..).unwrap_or_default();
    payload.chunks(PIECE).try_for_each(|piece| verifier.update(piece))?;
    verifier.finish()
}

/// How many instructions the work takes, which has to succeed. Under `-icount shift=0` one takes a nanosecond.
fn instructions(stopwatch: &mut Stopwatch, work: impl FnOnce() -> bool) -> u64 {
    stopwatch.start();
    let done = work();
    let ticks = stopwatch.stop();
    assert!(done, "the blob is not right");
    let ticks = ticks.expect("no more work than the timer can tell");
    u64::from(ticks) * 1_000_000_000 / u64::from(board::CLOCK_HZ)
}
