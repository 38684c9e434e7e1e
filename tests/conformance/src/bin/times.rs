//! What a unit of fuel takes, by kind of work, and how soon a call that is to end does: `times prices | stops |
//! checks`.

use aingle_wasm_codec::{Data, Format, encode, value};
use aingle_wasm_host::prelude::*;
use aingle_wasm_metering::Meter;
use aingle_wasm_tests::described;
use aingle_wasm_types::Flags;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let outcome = match std::env::args().nth(1).as_deref() {
        Some("prices") => prices(),
        Some("stops") => stops(),
        Some("checks") => checks(),
        _ => Err("usage: times prices | stops | checks".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The kinds of work: name, how many times it is done in a call at most, what is done. `$i` counts down.
const KINDS: &[(&str, u32, &str)] = &[
    (
        "ordinary: arithmetic, loads, stores",
        2_000_000,
        "(i32.store (i32.and (i32.shl (local.get $i) (i32.const 2)) (i32.const 0x7ffc))
            (i32.add (i32.rotl (local.get $x) (i32.const 5)) (i32.xor (local.get $i)
                (i32.load (i32.and (local.get $x) (i32.const 0x7ffc))))))
         (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 31)) (local.get $i)))",
    ),
    ("ordinary: a call by name", 2_000_000, "(local.set $x (call $next (local.get $x)))"),
    (
        "a call through the table",
        2_000_000,
        "(local.set $x (call_indirect (type $n) (local.get $x) (i32.const 0)))",
    ),
    (
        "i64.div_s",
        1_000_000,
        "(local.set $l (i64.div_s (i64.const -0x7ffffffffffffff1) (i64.or (local.get $l) (i64.const 3))))",
    ),
    (
        "f64.add and f64.mul, ordinary",
        2_000_000,
        "(local.set $f (f64.mul (f64.add (local.get $f) (f64.const 1.5)) (f64.const 0.75)))",
    ),
    (
        "f64.mul, denormal",
        300_000,
        "(local.set $f (f64.mul (f64.mul (local.get $f) (f64.const 0.5)) (f64.const 2)))",
    ),
    ("f64.mul, denormal, four in a row", 200_000, DENORMAL_MUL),
    ("f64.sub, denormal", 300_000, "(local.set $f (f64.sub (f64.const 4e-310) (local.get $f)))"),
    (
        "f64.div, denormal",
        300_000,
        "(local.set $f (f64.div (f64.const 3e-310) (f64.div (local.get $f) (f64.const 1e-310))))",
    ),
    ("f64.sqrt, denormal", 300_000, "(local.set $f (f64.mul (f64.sqrt (local.get $f)) (f64.const 1e-155)))"),
    (
        "f32.demote_f64, denormal",
        300_000,
        "(local.set $g (f32.demote_f64 (f64.neg (f64.promote_f32 (local.get $g)))))",
    ),
    ("table.get", 500_000, "(drop (table.get (i32.const 1)))"),
    ("table.set", 500_000, "(table.set (i32.const 1) (ref.null func))"),
    ("table.size", 500_000, "(drop (table.size))"),
    ("ref.func", 500_000, "(drop (ref.func $next))"),
    ("memory.size", 500_000, "(drop (memory.size))"),
    ("table.fill of 0", 300_000, "(table.fill (i32.const 1) (ref.null func) (i32.const 0))"),
    ("table.fill of 10,000", 300, "(table.fill (i32.const 1) (ref.null func) (i32.const 10000))"),
    ("table.copy of 10,000", 300, "(table.copy (i32.const 1) (i32.const 2) (i32.const 10000))"),
    ("table.init of 1", 300_000, "(table.init $e (i32.const 1) (i32.const 0) (i32.const 1))"),
    ("table.grow by 0", 100_000, "(drop (table.grow (ref.null func) (i32.const 0)))"),
    ("elem.drop", 100_000, "(elem.drop $gone)"),
    ("data.drop", 100_000, "(data.drop $gone)"),
    ("memory.fill of 0", 300_000, "(memory.fill (i32.const 4096) (i32.const 1) (i32.const 0))"),
    ("memory.fill of 64", 300_000, "(memory.fill (i32.const 4096) (i32.const 1) (i32.const 64))"),
    ("memory.fill of 32 KiB", 3_000, "(memory.fill (i32.const 4096) (i32.const 1) (i32.const 32768))"),
    ("memory.copy of 1", 300_000, "(memory.copy (i32.const 4096) (i32.const 8192) (i32.const 1))"),
    ("memory.copy of 32 KiB", 3_000, "(memory.copy (i32.const 4096) (i32.const 4100) (i32.const 32768))"),
    ("memory.init of 1", 300_000, "(memory.init $d (i32.const 4096) (i32.const 0) (i32.const 1))"),
    ("memory.grow by 0", 20_000, "(drop (memory.grow (i32.const 0)))"),
    (
        "memory.grow by 1, and touch it",
        300,
        "(memory.fill (i32.shl (memory.grow (i32.const 1)) (i32.const 16)) (i32.const 1) (i32.const 65536))",
    ),
    ("host call, refused", 50_000, "(drop (call $host (i32.const 4096) (i32.const 40)))"),
    ("host call, refused, out of bounds", 50_000, "(drop (call $host (i32.const -4) (i32.const 4)))"),
    ("host call, answered", 50_000, "(drop (call $host (i32.const 2048) (i32.const 13)))"),
    ("fetch of nothing", 100_000, "(drop (call $fetch (i32.const 4096) (i32.const 0)))"),
    ("log of nothing", 100_000, "(drop (call $log (i32.const 4096) (i32.const 0)))"),
    (
        "first touch of a page that was there",
        8_000,
        "(i32.store8 (i32.add (i32.const 65536) (i32.shl (local.get $i) (i32.const 12))) (i32.const 1))",
    ),
];

const DENORMAL_MUL: &str = "(local.set $f (f64.mul (f64.mul (f64.mul (f64.mul (local.get $f) (f64.const 0.5))
    (f64.const 2)) (f64.const 0.5)) (f64.const 2)))";

fn guest(body: &str) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(module
        (type $n (func (param i32) (result i32)))
        (import "env" "host" (func $host (param i32 i32) (result i64)))
        (import "env" "__aingle_fetch" (func $fetch (param i32 i32) (result i64)))
        (import "env" "__aingle_log" (func $log (param i32 i32) (result i64)))
        (memory (export "memory") 520)
        (table 20000 funcref) (elem (i32.const 0) $next) (elem $e func $next) (elem $gone func $next)
        (data $d "x") (data $gone "x")
        (data (i32.const 16) "\14\01\00\00\00\04\00\00")
        (data (i32.const 2048) "\49\41\02\00\01\00\00\00\e4\82\9e\ef\69")
        (func (export "__aingle_abi_2") (result i32) (i32.const 16))
        (func (export "__aingle_guest_allocate") (param i32) (result i32) (i32.const 0))
        (func $next (type $n) (i32.add (local.get 0) (i32.const 1)))
        (func (export "nothing") (param i32 i32) (result i64) (i64.const 0))
        (func (export "run") (param i32 i32) (result i64)
            (local $i i32) (local $x i32) (local $l i64) (local $f f64) (local $g f32)
            (local.set $f (f64.const 3e-310)) (local.set $g (f32.const 3e-40))
            (local.set $i (i32.load offset=12 (local.get 0)))
            (loop $again {body} (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
            (i32.store (i32.const 60) (local.get $x)) (f64.store (i32.const 64) (local.get $f))
            (f32.store (i32.const 72) (local.get $g)) (i64.store (i32.const 80) (local.get $l))
            (i64.const 0)))"#
    ))
    .expect("the text is a module")
}

fn prices() -> Outcome {
    let engine = WasmEngine::new(EngineConfig { deadline: None, ..Default::default() })?;
    let mut ordinary = 0.0;
    println!("| kind | ns a unit | times ordinary |\n|---|---:|---:|");
    for &(name, most, body) in KINDS {
        let module = engine.compile(&guest(body))?;
        let measure = |count: u32| -> Result<(f64, f64), Box<dyn std::error::Error>> {
            // A fresh one each time, so that first touches are first.
            let mut instance = WasmInstance::new(&engine, &module)?;
            instance.register_raw("host", |(): &mut (), _, _| Ok(()))?;
            instance.notify("nothing", b"")?;
            let began = Instant::now();
            instance.notify("run", &count.to_le_bytes()).map_err(|error| format!("{name}: {error}"))?;
            let took = began.elapsed().as_nanos() as f64;
            Ok((took, instance.fuel_used().ok_or("no fuel")? as f64))
        };
        // So short that a run is seldom interrupted.
        let (took, _) = measure(most.min(500))?;
        let count = ((1e6 / took * f64::from(most.min(500))) as u32).clamp(10, most);
        let mut shortest = f64::MAX;
        for _ in 0..40 {
            let (took, used) = measure(count)?;
            shortest = shortest.min(took / used);
        }
        if ordinary == 0.0 {
            ordinary = shortest;
        }
        println!("| {name} | {shortest:.2} | {:.1} |", shortest / ordinary);
    }
    let row =
        |name: &str, unit: f64| println!("| typed reply: {name} | {unit:.2} | {:.1} |", unit / ordinary);
    row("1,000,000 items of no size", read::<Vec<()>>(&vec![(); 1_000_000])?);
    row("200,000 numbers", read::<Vec<u16>>(&vec![7; 200_000])?);
    row("200,000 floats", read::<Vec<f32>>(&vec![7.5; 200_000])?);
    row("100,000 empty texts", read::<Vec<String>>(&vec![String::new(); 100_000])?);
    row("100,000 texts of a byte", read::<Vec<String>>(&vec!["x".into(); 100_000])?);
    row("a text of 1 MiB", read::<String>(&"x".repeat(1 << 20))?);
    row("a map of 50,000", read::<BTreeMap<u32, u8>>(&(0..50_000).map(|key| (key * 7, 1)).collect())?);
    row("a set of 50,000", read::<BTreeSet<u32>>(&(0..50_000).map(|key| key * 7).collect())?);
    row("50,000 lists of one", read::<Vec<Vec<u8>>>(&vec![vec![1]; 50_000])?);
    row("50,000 maps of one", read::<Vec<BTreeMap<u8, u8>>>(&vec![[(1, 1)].into(); 50_000])?);
    Ok(())
}

/// How long the host takes to read a reply that is this value, and to drop it again, for each unit of fuel that it charges.
fn read<R: Data + Serialize + DeserializeOwned>(value: &R) -> Result<f64, Box<dyn std::error::Error>> {
    let description = described::escaped(&described::export("run", &[], R::TYPE));
    let mut payload = vec![0; value::encoded_len(value)?];
    value::encode_into(value, &mut payload)?;
    let reply = encode(&payload, Flags::NONE, Format::default())?;
    let data = described::escaped(&reply);
    let len = reply.len();
    let wasm = wat::parse_str(format!(
        r#"(module (@custom "aingle.abi" "{description}")
        (memory (export "memory") 40)
        (data (i32.const 16) "\14\01\00\00\00\04\00\00") (data (i32.const 65536) "{data}")
        (func (export "__aingle_abi_2") (result i32) (i32.const 16))
        (func (export "__aingle_guest_allocate") (param i32) (result i32) (i32.const 0))
        (func (export "run") (param i32 i32) (result i64) (i64.const {})))"#,
        65536_u64 << 32 | len as u64
    ))?;
    let engine = WasmEngine::new(EngineConfig { deadline: None, ..Default::default() })?;
    let mut instance = WasmInstance::new(&engine, &engine.compile(&wasm)?)?;
    let run = instance.func::<(), R>("run")?;
    let mut shortest = [f64::MAX; 2];
    let mut units = [0.0; 2];
    for _ in 0..20 {
        let began = Instant::now();
        instance.call_in_place("run", 0, |_| {})?;
        shortest[0] = shortest[0].min(began.elapsed().as_nanos() as f64);
        units[0] = instance.fuel_used().ok_or("no fuel")? as f64;
        let began = Instant::now();
        drop(run.call(&mut instance, ())?);
        shortest[1] = shortest[1].min(began.elapsed().as_nanos() as f64);
        units[1] = instance.fuel_used().ok_or("no fuel")? as f64;
    }
    Ok((shortest[1] - shortest[0]) / (units[1] - units[0]))
}

/// Loops without an end, by what they do.
const LOOPS: &[(&str, &str)] = &[
    ("a loop without calls", "(loop $l (br_if $l (i32.load (i32.const 8))) (br $l))"),
    ("a loop of calls", "(loop $l (drop (call $next (i32.const 1))) (br $l))"),
    ("a loop of host calls", "(loop $l (drop (call $host (i32.const 2048) (i32.const 13))) (br $l))"),
    (
        "a loop of fills, 1 MiB each",
        "(loop $l (memory.fill (i32.const 65536) (i32.const 1) (i32.const 1048576)) (br $l))",
    ),
    (
        "a loop of fills, 960 MiB each",
        "(drop (memory.grow (i32.const 15360)))
         (loop $l (memory.fill (i32.const 65536) (i32.const 1) (i32.const 1006632960)) (br $l))",
    ),
];

fn stops() -> Outcome {
    const ROUNDS: u64 = 20;
    let engine =
        WasmEngine::new(EngineConfig { metering_limit: 1 << 62, deadline: None, ..Default::default() })?;
    println!(
        "| what runs | cancel: median, longest | deadline of 50 ms: median, longest beyond it |\n|---|---:|---:|"
    );
    for &(name, body) in LOOPS {
        let module = engine.compile(&guest(body))?;
        let mut late = [Vec::new(), Vec::new()];
        for round in 0..ROUNDS {
            let mut instance = WasmInstance::new(&engine, &module)?;
            instance.register_raw("host", |(): &mut (), _, _| Ok(()))?;
            instance.notify("nothing", b"")?;
            let handle = instance.cancel_handle();
            let other = thread::spawn(move || {
                thread::sleep(Duration::from_micros(50_000 + 137 * round));
                let asked = Instant::now();
                handle.cancel();
                asked
            });
            let stopped = instance.notify("run", &1u32.to_le_bytes());
            let ended = Instant::now();
            let asked = other.join().map_err(|_| "the other thread panicked")?;
            assert!(stopped.is_err());
            late[0].push(ended.saturating_duration_since(asked));

            let mut instance = WasmInstance::new(&engine, &module)?;
            instance.register_raw("host", |(): &mut (), _, _| Ok(()))?;
            instance.notify("nothing", b"")?;
            let deadline = Duration::from_millis(50);
            let budget = Budget { deadline: Some(deadline), ..instance.budget() };
            instance.set_budget(budget)?;
            let began = Instant::now();
            assert!(instance.notify("run", &1u32.to_le_bytes()).is_err());
            late[1].push(began.elapsed().saturating_sub(deadline));
        }
        let [cancel, deadline] = late.map(|mut late| {
            late.sort_unstable();
            format!("{:.2?}, {:.2?}", late[late.len() / 2], late[late.len() - 1])
        });
        println!("| {name} | {cancel} | {deadline} |");
    }
    Ok(())
}

/// Loops whose iterations cost little, so that what an iteration pays for counting shows most.
const TURNS: &[(&str, u32, &str)] = &[
    ("a short loop", 1_000_000, "(i32.store8 (i32.and (local.get $i) (i32.const 0xffff)) (i32.const 1))"),
    (
        "a loop with a question",
        1_000_000,
        "(if (i32.and (local.get $i) (i32.const 1)) (then (local.set $x (i32.add (local.get $x) (local.get $i)))))",
    ),
];

/// What it costs that loops read the counter anew at each iteration, on Wasmer.
fn checks() -> Outcome {
    let limited = EngineConfig { trust_carried_limits: true, ..Default::default() };
    let limited = WasmEngine::new(limited)?;
    let plain = WasmEngine::new(EngineConfig { metering_limit: u64::MAX, ..Default::default() })?;
    println!("| loop | no limits | limits | interruptible |\n|---|---:|---:|---:|");
    for &(name, count, body) in TURNS {
        let wasm = guest(body);
        let modules = [
            (&plain, wasm.clone()),
            (&limited, Meter::default().instrument(&wasm)?),
            (&limited, Meter::default().interruptible().instrument(&wasm)?),
        ];
        let mut shortest = [f64::MAX; 3];
        let mut instances = Vec::new();
        for (engine, wasm) in &modules {
            let mut instance = WasmInstance::new(engine, &engine.compile(wasm)?)?;
            instance.register_raw("host", |(): &mut (), _, _| Ok(()))?;
            instances.push(instance);
        }
        for _ in 0..60 {
            for (at, instance) in instances.iter_mut().enumerate() {
                let began = Instant::now();
                instance.notify("run", &count.to_le_bytes())?;
                shortest[at] = shortest[at].min(began.elapsed().as_nanos() as f64 / f64::from(count));
            }
        }
        let [none, limits, anew] = shortest;
        println!(
            "| {name} | {none:.2} ns an iteration | {:.2} times | {:.2} times |",
            limits / none,
            anew / none
        );
    }
    Ok(())
}
