//! Replies that a guest made up: envelopes, flags, compressed bombs, and typed values that become large.

use super::state::Dice;
use super::{Counts, Trial};
use crate::{Failure, described, measured};
use aingle_wasm_codec::postcard_schema::schema::NamedType;
use aingle_wasm_codec::{Data, Format, encode, lz4};
use aingle_wasm_host::prelude::*;
use aingle_wasm_types::Flags;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;

pub(super) const TRIAL: Trial = Trial {
    name: "replies",
    about: "whatever a guest replies, the host takes no more memory than its limits say, and its stack holds",
    bounded: 1500,
    run,
};

const MAX_PAYLOAD: u32 = 1 << 20;
const MAX_DECODED: u32 = 256 << 10;
const MAX_ITEMS: u32 = 4096;
/// What a call takes beside the value: names, errors, text that is cut.
const BESIDE: u64 = 64 << 10;

/// A type that contains itself. The promise of its description is broken here, which is what a stranger's type is like.
#[derive(Serialize, Deserialize)]
enum List {
    Nil,
    Cons(Box<List>),
}

impl Data for List {
    const TYPE: &'static NamedType = <(u8, i8)>::TYPE;
}

#[derive(Serialize, Deserialize)]
struct Tree(Vec<Tree>);

impl Data for Tree {
    const TYPE: &'static NamedType = <(i8, u8)>::TYPE;
}

type Texts = Vec<String>;
type Units = Vec<()>;
type Nested = Vec<Vec<u64>>;
type Named = BTreeMap<u8, String>;
type Maybe = Vec<Option<[u64; 32]>>;
type Tried = Result<Vec<u8>, Texts>;

/// The engine, and a guest whose functions all reply with the bytes that they are given.
struct Parts {
    engine: WasmEngine,
    module: WasmModule,
}

fn parts(compresses: bool) -> &'static Parts {
    static PARTS: [OnceLock<Parts>; 2] = [OnceLock::new(), OnceLock::new()];
    PARTS[usize::from(compresses)].get_or_init(|| {
        let lz4_threshold = if compresses { 64 } else { 0 };
        let (max_payload, max_decoded, max_items) = (MAX_PAYLOAD, MAX_DECODED, MAX_ITEMS);
        let config =
            EngineConfig { lz4_threshold, max_payload, max_decoded, max_items, ..EngineConfig::default() };
        let engine = WasmEngine::new(config).expect("a valid configuration");
        let module = engine.compile(&guest()).expect("a valid guest");
        Parts { engine, module }
    })
}

fn run(seed: u64, counts: &mut Counts) -> Result<(), String> {
    let mut dice = Dice::new(seed);
    let Parts { engine, module } = parts(dice.roll(2) == 0);
    let mut instance = WasmInstance::new(engine, module).map_err(|error| error.to_string())?;
    instance.start().map_err(|error| error.to_string())?;
    for _ in 0..4 {
        let reply = reply(&mut dice);
        let compressed = reply.get(3).is_some_and(|flags| flags & 1 != 0);
        let allowed = u64::from(MAX_DECODED) + BESIDE + if compressed { u64::from(MAX_PAYLOAD) } else { 0 };
        let which = dice.roll(9);
        let (result, peak) = measured::peak(|| typed(&mut instance, which, &reply));
        let usable = result.as_ref().map_or_else(HostError::instance_usable, |()| true);
        if usable == instance.is_poisoned() {
            return Err(format!("{result:?}, and poisoned: {}", instance.is_poisoned()));
        }
        if peak > allowed {
            return Err(format!("{peak} bytes for a reply of {}, type {which}: {result:?}", reply.len()));
        }
        counts.largest("memory", peak);
        counts.count(outcome(result));
        if !usable {
            break;
        }
    }
    let (_, kept) = measured::kept(|| drop(instance));
    counts.largest("given back", kept.unsigned_abs());
    Ok(())
}

fn outcome(result: Result<(), HostError>) -> String {
    match result.map_err(HostError::into_kind) {
        Ok(()) => "values".into(),
        Err(HostErrorKind::Value(error)) if error.is_limit() => error.to_string(),
        Err(HostErrorKind::Value(_)) => "malformed values".into(),
        Err(kind) => match Failure::from_kind(&kind) {
            Failure::Reply(_) => "refused replies".into(),
            Failure::Guest(..) => "guest errors".into(),
            Failure::TooLarge => "too large".into(),
            other => format!("{other:?}").chars().take(20).collect(),
        },
    }
}

fn typed(instance: &mut WasmInstance, which: u64, reply: &[u8]) -> Result<(), HostError> {
    fn of<R: DeserializeOwned + Data>(
        instance: &mut WasmInstance,
        name: &str,
        reply: &[u8],
    ) -> Result<(), HostError> {
        instance.func::<(&[u8],), R>(name)?.call(instance, (reply,)).map(drop)
    }
    match which {
        0 => of::<Texts>(instance, "texts", reply),
        1 => of::<Units>(instance, "units", reply),
        2 => of::<Nested>(instance, "nested", reply),
        3 => of::<Named>(instance, "named", reply),
        4 => of::<Maybe>(instance, "maybe", reply),
        5 => of::<Tried>(instance, "tried", reply),
        6 => of::<List>(instance, "list", reply),
        7 => of::<Tree>(instance, "tree", reply),
        _ => of::<String>(instance, "text", reply),
    }
}

/// An envelope, good or nearly so.
fn reply(dice: &mut Dice) -> Vec<u8> {
    let len = [0, 10, 300, 4_000, 100_000][dice.roll(5) as usize];
    let len = dice.roll(len + 1) as usize;
    let byte = [0, 1, 2, 0xff][dice.roll(4) as usize];
    let mut payload = vec![byte; len];
    match dice.roll(5) {
        // A length, and what it stands for, or less, or nothing.
        0 => payload = [varint(len as u64), payload].concat(),
        1 => payload = [varint(dice.roll(u64::MAX)), payload].concat(),
        2 => payload = [varint(dice.roll(5_000)), payload].concat(),
        3 => payload.iter_mut().for_each(|byte| *byte = dice.roll(4) as u8),
        _ => payload.push(0),
    }
    let mut flags = match dice.roll(12) {
        0 => Flags::ERROR,
        1 => Flags::ENCRYPTED,
        2 => Flags::EXPECTS_RESPONSE,
        3 => Flags::LZ4,
        4 => Flags::LZ4.with(Flags::ERROR),
        _ => Flags::NONE,
    };
    if dice.roll(3) == 0 {
        let mut block = vec![0; lz4::max_compressed_len(payload.len())];
        if let Some(len) = lz4::compress_into(&payload, &mut block) {
            block.truncate(len);
            payload = block;
            flags = flags.with(Flags::LZ4);
            if dice.roll(4) == 0 {
                payload[..4].copy_from_slice(&(dice.roll(1 << 24) as u32).to_le_bytes());
            }
        }
    }
    let mut reply = encode(&payload, flags, Format::default()).unwrap_or_default();
    if dice.roll(10) == 0 {
        let at = dice.roll(reply.len() as u64) as usize;
        reply[at] ^= 1 << dice.roll(8);
    }
    reply
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 127 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn guest() -> Vec<u8> {
    fn record<R: Data>(name: &str) -> (&str, Vec<u8>) {
        (name, described::export(name, &[<&[u8]>::TYPE], R::TYPE))
    }
    let records = [
        record::<Texts>("texts"),
        record::<Units>("units"),
        record::<Nested>("nested"),
        record::<Named>("named"),
        record::<Maybe>("maybe"),
        record::<Tried>("tried"),
        record::<List>("list"),
        record::<Tree>("tree"),
        record::<String>("text"),
    ];
    let exports: String = records.iter().map(|(name, _)| format!(r#"(export "{name}")"#)).collect();
    let description: String = records.iter().map(|(_, record)| described::escaped(record)).collect();
    wat::parse_str(format!(
        r#"(module (@custom "aingle.abi" "{description}")
            (memory (export "memory") 32)
            ;; The control block: no request buffer, and the feature LZ4.
            (data (i32.const 88) "\02")
            (func (export "__aingle_abi_2") (result i32) (i32.const 64))
            (func (export "__aingle_guest_allocate") (param i32) (result i32) (i32.const 65540))
            (func {exports} (param $ptr i32) (param $len i32) (result i64) (local $at i32)
                (local.set $at (i32.add (local.get $ptr) (i32.const 12)))
                (loop $more
                    (local.set $at (i32.add (local.get $at) (i32.const 1)))
                    (br_if $more (i32.ge_u (i32.load8_u (i32.sub (local.get $at) (i32.const 1))) (i32.const 128))))
                (i64.or
                    (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32))
                    (i64.extend_i32_u
                        (i32.sub (i32.add (local.get $ptr) (local.get $len)) (local.get $at))))))"#
    ))
    .expect("a valid module")
}
