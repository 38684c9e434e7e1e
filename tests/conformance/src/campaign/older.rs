//! Random guests of the older ABI that call the host from everywhere: entry point, allocator, clean-up, start function.

use super::state::Dice;
use super::{Counts, Trial};
use crate::{Engines, Failure, Subject};
use aingle_wasm_codec::{Checksum, Format, encode};
use aingle_wasm_types::{Flags, Version};
use std::fmt::Write as _;

pub(super) const TRIAL: Trial = Trial {
    name: "older",
    about: "older guests that call the host from anywhere end by themselves or are stopped, alike on every engine",
    bounded: 60,
    run,
};

/// One module in so many is compiled as well, which takes longer than all the rest.
const COMPILED: u64 = 8;

/// What these guests import; the first three are answered, the last is a notification.
const IMPORTS: [&str; 4] = ["host_mirror", "lookup", "host_broken", "__aingle_log"];
/// Where a request that the host accepts lies, and how long it is.
const REQUEST: (u32, u32) = (512, 17);

fn run(seed: u64, counts: &mut Counts) -> Result<(), String> {
    let mut dice = Dice::new(seed);
    let text = module(&mut dice);
    let wasm = wat::parse_str(&text).map_err(|error| format!("{error}\n{text}"))?;
    let requests: Vec<Vec<u8>> =
        (0..3).map(|_| vec![dice.roll(256) as u8; dice.roll(40_000) as usize]).collect();
    let mut engines = Engines { fuel: 200_000, ..Engines::default() };
    engines.protocol.older_response_buffer = [0, 12, 100, 65_536][dice.roll(4) as usize];
    let of = |error| Failure::of(error, &[]);
    let wasm3 = engines.wasm3(&wasm).map(|mut it| calls(&mut it, &requests)).map_err(of);
    let mut others = vec![
        ("spacewasm", engines.spacewasm(&wasm).map(|mut it| calls(&mut it, &requests)).map_err(of)),
        ("wasmi", engines.wasmi(&wasm).map(|mut it| calls(&mut it, &requests)).map_err(of)),
    ];
    if seed.is_multiple_of(COMPILED) {
        let wasmer = engines.wasmer(&wasm).map(|mut it| calls(&mut it, &requests)).map_err(Failure::from);
        others.push(("wasmer", wasmer));
    }
    for (engine, other) in others {
        if other != wasm3 {
            return Err(format!("wasm3: {wasm3:?}\n{engine}: {other:?}\n{text}"));
        }
    }
    for outcome in wasm3.into_iter().flatten() {
        counts.count(match outcome.result {
            Ok(_) => "replies",
            Err(Failure::Guest(..)) => "guest errors",
            Err(Failure::OutOfFuel) => "out of fuel",
            Err(Failure::CallDepth) => "too deep",
            Err(Failure::Trap(_)) => "traps",
            Err(Failure::NoReply) => "no reply",
            Err(Failure::Poisoned) => "poisoned",
            Err(_) => "refused",
        });
    }
    Ok(())
}

/// What came of one call.
#[derive(Debug, PartialEq)]
struct Outcome {
    result: Result<Vec<u8>, Failure>,
    poisoned: bool,
    fuel: Option<u64>,
    lines: usize,
}

fn calls(subject: &mut impl Subject, requests: &[Vec<u8>]) -> Vec<Outcome> {
    let call = |request: &Vec<u8>| {
        let result = subject.raw("f", request);
        let (poisoned, lines) = (subject.poisoned(), subject.world().lines.len());
        Outcome { result, poisoned, fuel: subject.fuel(), lines }
    };
    requests.iter().map(call).collect()
}

fn module(dice: &mut Dice) -> String {
    let mut text = String::from("(module\n");
    for (at, name) in IMPORTS.iter().enumerate() {
        let _ = writeln!(text, r#"(import "env" "{name}" (func $h{at} (param i32 i32) (result i64)))"#);
    }
    let format = Format { version: Version::V1, checksum: Checksum::Crc32 };
    let request = encode(b"hello", Flags::EXPECTS_RESPONSE, format).unwrap_or_default();
    let bytes: String = request.iter().map(|byte| format!("\\{byte:02x}")).collect();
    let _ = writeln!(text, r#"(memory (export "memory") 2) (data (i32.const {}) "{bytes}")"#, REQUEST.0);
    let holochain = dice.roll(3) == 0;
    let (allocate, free) = if holochain {
        ("__hc__allocate_1", r#"(export "__hc__deallocate_1") (param i32 i32)"#)
    } else {
        ("__aingle_guest_allocate", r#"(export "__aingle_guest_reset_arena")"#)
    };
    let _ = writeln!(text, "(global $next (mut i32) (i32.const 1024))");
    let _ = writeln!(
        text,
        r#"(func $allocate (export "{allocate}") (param $len i32) (result i32) (local $at i32) {}
        (local.set $at (global.get $next))
        (if (i32.gt_u (local.get $len) (i32.const 100000)) (then (return (i32.const 0))))
        (global.set $next (i32.add (local.get $at) (local.get $len)))
        (if (i32.gt_u (global.get $next) (i32.const 131072)) (then {} (return (i32.const {}))))
        (local.get $at))"#,
        body(dice, false),
        body(dice, false),
        dice.roll(2) * 1024
    );
    if dice.roll(5) > 0 {
        let calls = body(dice, false);
        let _ = writeln!(text, "(func {free} {calls} (global.set $next (i32.const 1024)))");
    }
    if dice.roll(4) == 0 {
        let _ = writeln!(text, "(func $start {}) (start $start)", body(dice, false));
    }
    let echo = "(i32.store8 offset=3 (local.get 0) (i32.const 0)) \
        (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1)))";
    let last = match dice.roll(6) {
        0 => "(i64.const 0)".into(),
        1 => "(call $h0 (local.get 0) (local.get 1))".into(),
        2 => format!("(i64.const {})", dice.roll(u64::MAX) as i64),
        3 => call(dice, true),
        _ => echo.into(),
    };
    let _ =
        writeln!(text, r#"(func (export "f") (param i32 i32) (result i64) {} {last}))"#, body(dice, true));
    text
}

/// Some host calls, now and then in a loop, and their answers written over the memory.
fn body(dice: &mut Dice, entry: bool) -> String {
    let mut text = String::new();
    for _ in 0..dice.roll(4) {
        let call = call(dice, entry);
        let _ = match dice.roll(4) {
            0 => write!(text, "(i64.store (i32.const {}) {call})", dice.roll(131_064)),
            1 => {
                write!(text, "(loop (br_if 0 (i32.and (i32.const {}) (i32.wrap_i64 {call}))))", dice.roll(64))
            }
            _ => write!(text, "(drop {call})"),
        };
    }
    text
}

fn call(dice: &mut Dice, entry: bool) -> String {
    let import = dice.roll(IMPORTS.len() as u64);
    let (ptr, len) = match dice.roll(8) {
        0..4 => REQUEST,
        4 => (
            [0, 1, 1024, 131_071, u32::MAX][dice.roll(5) as usize],
            [0, 11, 12, 70_000, u32::MAX][dice.roll(5) as usize],
        ),
        5 => (dice.roll(131_072) as u32, dice.roll(200) as u32),
        _ if entry => return format!("(call $h{import} (local.get 0) (local.get 1))"),
        _ => (REQUEST.0, dice.roll(20) as u32),
    };
    format!("(call $h{import} (i32.const {}) (i32.const {}))", ptr as i32, len as i32)
}
