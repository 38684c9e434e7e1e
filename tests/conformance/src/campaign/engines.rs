//! Modules at the limits of the small engines: each runs or is refused by an error with a name, in little time.

use super::{Counts, Trial};
use aingle_wasm_generator::bytes;
use aingle_wasm_host_embedded::spacewasm::{Spacewasm, SpacewasmConfig};
use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
use aingle_wasm_host_embedded::wasmi::{Wasmi, WasmiConfig};
use aingle_wasm_host_embedded::{
    Backend, EngineInstance, EngineLimits, Error, Host, HostFunctions, LoadError,
};
use std::time::{Duration, Instant};

/// Modules at the limits of wasm3, spacewasm and wasmi, and such as say falsely that they carry limits.
pub const TRIAL: Trial = Trial {
    name: "engines",
    about: "modules at the limits of wasm3, spacewasm and wasmi run, or are refused by name and soon",
    bounded: 240,
    run,
};

/// The longest that a load may take, in a development build on a machine that does other things, too.
const LONGEST: Duration = Duration::from_secs(5);

fn run(seed: u64, counts: &mut Counts) -> Result<(), String> {
    let mut random = bytes(seed, 64).into_iter();
    let mut next = || usize::from(random.next().unwrap_or_default());
    let forged = seed % 8 == 4;
    let wasm = match seed % 8 {
        0 => claimed(next(), next() * next() * next() * next()),
        1 => locals(&[next() << (next() % 25), next() << (next() % 25)]),
        2 => segments(next(), ((next() << 24) | next()) as i32),
        3 => nested(next() * 8, next() % 2 == 0),
        4 => forgery(next()),
        5 => branches(next() * next(), next() % 100),
        6 => at_limit(next(), next() % 3),
        _ => operands(next() * (1 + next() % 4), next() * 8),
    };
    let fuel = forged.then_some(1000);
    let wasm3 = Wasm3Config { fuel, ..Default::default() };
    let spacewasm = SpacewasmConfig { fuel, ..Default::default() };
    let wasmi = WasmiConfig { fuel, ..Default::default() };
    let outcomes = [
        ("wasm3", outcome(Wasm3::new(wasm3), &wasm, counts)?),
        ("spacewasm", outcome(Spacewasm::new(spacewasm), &wasm, counts)?),
        ("wasmi", outcome(Wasmi::new(wasmi), &wasm, counts)?),
    ];
    for (engine, refused) in outcomes {
        match refused {
            None if forged => return Err(format!("{engine} believes a record that the module made itself")),
            None => counts.count(format!("run by {engine}")),
            Some(Error::Load(LoadError::OutOfMemory)) => {
                return Err(format!("{engine} is given a module that takes all memory"));
            }
            Some(_) => counts.count(format!("refused by {engine}")),
        }
    }
    Ok(())
}

/// Why the engine refused the module, if it did.
fn outcome<B: Backend>(backend: B, wasm: &[u8], counts: &mut Counts) -> Result<Option<Error>, String> {
    let began = Instant::now();
    let loaded = backend.load(wasm, Host::new((), HostFunctions::new()));
    let refused = loaded.and_then(|mut engine| engine.start()).err();
    let took = began.elapsed();
    counts.largest("milliseconds of a load", took.as_millis() as u64);
    let name = B::CAPABILITIES.name;
    if took > LONGEST {
        return Err(format!("{name} takes {took:?} for a module of {} bytes", wasm.len()));
    }
    Ok(refused)
}

/// A section that says that it has many items, and has one.
fn claimed(id: usize, count: usize) -> Vec<u8> {
    let item: &[u8] = b"\0\0\0\0";
    Sections::default().add((1 + id % 11) as u8, &[leb(count), item.to_vec()].concat()).0
}

fn locals(groups: &[usize]) -> Vec<u8> {
    let groups: Vec<u8> = groups.iter().flat_map(|count| [leb(*count), vec![0x7e]].concat()).collect();
    function(&[vec![2], groups].concat(), &[])
}

fn segments(kind: usize, offset: i32) -> Vec<u8> {
    let segment = if kind.is_multiple_of(2) { "(data" } else { "(elem" };
    let content = if kind.is_multiple_of(2) { "\"some bytes\")" } else { "0 0)" };
    text(&format!("(memory 1) (table 10 funcref) (func) {segment} (i32.const {offset}) {content}"))
}

fn nested(depth: usize, loops: bool) -> Vec<u8> {
    let block = if loops { [0x03, 0x40] } else { [0x02, 0x40] };
    function(&[0], &[block.repeat(depth), vec![0x0b; depth]].concat())
}

/// A module that says that it carries limits: with counters, without, or with others.
fn forgery(kind: usize) -> Vec<u8> {
    let fuel = ["(mut i64) (i64.const 0)", "(mut i64) (i64.const -1)", "i64 (i64.const 0)"][kind % 3];
    let depth = ["(mut i32) (i32.const 0)", "(mut i64) (i64.const 0)"][kind / 3 % 2];
    let start = ["", "(export \"__aingle_start\" (func 0))", "(start 0)"][kind / 6 % 3];
    text(&format!(
        r#"(@custom "aingle.meter" "\01\03\03\00\00\00\00\00\00\00\00\00\01\00\00\00") (func)
           (global (export "__aingle_fuel") {fuel}) (global (export "__aingle_depth") {depth}) {start}"#
    ))
}

/// A branch table of so many labels, in so many blocks.
fn branches(labels: usize, depth: usize) -> Vec<u8> {
    let table = [b"\x41\0\x0e".to_vec(), leb(labels), leb(depth).repeat(labels + 1)].concat();
    function(&[0], &[b"\x02\x40".repeat(depth), table, vec![0x0b; depth]].concat())
}

/// As many of something as an engine takes, one fewer, or one more.
fn at_limit(kind: usize, more: usize) -> Vec<u8> {
    let limits: EngineLimits = [Wasm3::LIMITS, Spacewasm::LIMITS][kind % 2];
    let count = |limit: u32| limit as usize + more - 1;
    let many = |id: u8, count: usize, item: &[u8]| {
        Sections::default().add(id, &[leb(count), item.repeat(count)].concat()).0
    };
    match kind / 2 % 4 {
        0 => many(1, count(limits.types), b"\x60\0\0"),
        1 => many(6, count(limits.globals), b"\x7f\x01\x41\0\x0b"),
        2 => {
            let count = count(limits.functions);
            let items = |item: &[u8]| [leb(count), item.repeat(count)].concat();
            let sections = Sections::default().add(1, b"\x01\x60\0\0").add(3, &items(b"\0"));
            sections.add(10, &items(b"\x02\0\x0b")).0
        }
        _ => locals(&[count(limits.locals), 0]),
    }
}

/// Operands below a chain of calls.
fn operands(operands: usize, calls: usize) -> Vec<u8> {
    let (gets, drops) = ("(local.get 0)".repeat(operands), "(drop)".repeat(operands));
    let calls = "(call $f)".repeat(calls);
    text(&format!(
        "(func $f (param i32) (result i32) (local.get 0))
         (func (param i32) {gets} (drop (local.get 0) {calls}) {drops})"
    ))
}

fn text(fields: &str) -> Vec<u8> {
    wat::parse_str(format!("(module {fields})")).expect("a module that is written down here")
}

/// A module of one function.
fn function(locals: &[u8], code: &[u8]) -> Vec<u8> {
    let body = [locals, code, b"\x0b"].concat();
    let sections = Sections::default().add(1, b"\x01\x60\0\0").add(3, b"\x01\0");
    sections.add(10, &[vec![1], leb(body.len()), body].concat()).0
}

struct Sections(Vec<u8>);

impl Default for Sections {
    fn default() -> Self {
        Self(b"\0asm\x01\0\0\0".to_vec())
    }
}

impl Sections {
    fn add(mut self, id: u8, body: &[u8]) -> Self {
        self.0.push(id);
        self.0.extend(leb(body.len()));
        self.0.extend(body);
        self
    }
}

fn leb(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
