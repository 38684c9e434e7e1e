//! A bounded run of each fuzz target, the same inputs every time.

use std::env;

/// How many inputs each target gets, unless the environment says `AINGLE_FUZZ_RUNS`.
const RUNS: u64 = 20_000;

fn runs() -> u64 {
    env::var("AINGLE_FUZZ_RUNS").map_or(RUNS, |runs| runs.parse().expect("AINGLE_FUZZ_RUNS is a number"))
}

/// Runs a target on inputs of many lengths, half of them changed from a good beginning.
fn run(target: fn(&[u8]), beginnings: &[&[u8]]) {
    run_some(target, beginnings, runs());
}

/// As [`run`], with so many inputs.
fn run_some(target: fn(&[u8]), beginnings: &[&[u8]], runs: u64) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for run in 0..runs {
        let mut input = match random.next() as usize % (2 * beginnings.len().max(1)) {
            at if at < beginnings.len() => beginnings[at].to_vec(),
            _ => Vec::new(),
        };
        for _ in 0..random.next() % (1 + run % 300) {
            input.push(random.next() as u8);
        }
        for _ in 0..random.next() % 3 {
            let at = random.next() as usize % input.len().max(1);
            if let Some(byte) = input.get_mut(at) {
                *byte = random.next() as u8;
            }
        }
        target(&input);
    }
    println!("{runs} inputs");
}

/// xorshift64*: repeatable, and good enough to pick bytes.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 24
    }
}

#[test]
fn envelope_decode() {
    let hello = b"IA\x01\0\x05\0\0\0\x86\xa6\x106hello";
    let trusted = b"IA\x02\x10\x05\0\0\0\0\0\0\0hello";
    run(aingle_wasm_fuzz::envelope_decode, &[hello, trusted, b"IA\x02\x10", b"\x05\0\0\0\x50hello"]);
}

#[test]
fn module_parse() {
    let module = b"\0asm\x01\0\0\0\x01\x07\x01\x60\x02\x7f\x7f\x01\x7e\x03\x02\x01\0\x07\x05\x01\x01f\0\0";
    let record = b"\x16\0\0\0\x01\0\0\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0echo";
    run(aingle_wasm_fuzz::module_parse, &[module, record, b"\0asm\x01\0\0\0\x02"]);
}

#[test]
fn image_parse() {
    let document = include_str!("../../docs/NATIVE-IMAGES.md");
    let hex = document.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a vector");
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let image: Vec<u8> = digits.chunks(2).map(byte).collect();
    run(aingle_wasm_fuzz::image_parse, &[&image, &image[..128], b"AWNI\x01\0\x80\0"]);
}

#[test]
fn json_values() {
    let map = b"\x20\xffMap<u8, [str]>\n\x02\x01\x01\x01a\x02\x00";
    let nan = b"\xff\xff{a: Option<f32>}\n{\"a\": \"NaN(0x7f800001)\"}\n";
    let float = b"\xff\xfff64\n0\n";
    let summary = b"\xff\xff\n{\"mean\": 1.5, \"count\": 3, \"at\": {\"Some\": -9}}\n";
    let list = b"\xff\xff\n[\"Empty\", {\"Pair\": [1, \"-2\"]}, {\"At\": {\"text\": \"\\u00fc\"}}]\n";
    let pairs = b"\xff\xff\n[[1e300, {\"Ok\": null}], [\"NaN\", {\"Err\": [\"a\"]}]]\n";
    let bytes = b"\xff\xff\n{\"a\": [1, 2, 255], \"b\": {\"base64\": \"AQ==\"}}\n";
    let empty = b"\x01\x40\n\x01\x20\x03\x03\x03\x03";
    run(aingle_wasm_fuzz::json_values, &[map, nan, float, summary, list, pairs, bytes, empty]);
}

#[test]
fn delta_apply() {
    let patch = b"AWDL\x01\x43\0\0\0\x43\0\0\0\0\x77\xc4";
    run(aingle_wasm_fuzz::delta_apply, &[patch, b"\x20\0\x77\xc4", b"call 17 call 18 call 19 call 17"]);
}

#[test]
fn manifest_parse() {
    let fields = b"\xa7\x01\x01\x02\x07\x03\0\x04\x64main\x05\0\x06\x58\x20";
    let fields = [&fields[..], &[0x5a; 32], b"\x09\0"].concat();
    let whole = [b"SMNY\x03\0", &[fields.len() as u8, 0][..], &fields].concat();
    let older = b"SMNY\x02\x01\0\0\0\x08\0\0\0\x03\x07\0\0\0\x04main\0asm\x01\0\0\0";
    let list = [b"\xa2\x01\x03\x02\x81\x83\x58\x20", &[1; 32][..], b"\0\xf4"].concat();
    run(aingle_wasm_fuzz::manifest_parse, &[&fields, &whole, older, &list]);
}

#[test]
fn host_dispatch() {
    run(aingle_wasm_fuzz::host_dispatch, &[]);
}

#[test]
fn shared_call() {
    run(aingle_wasm_fuzz::shared_call, &[]);
}

#[test]
fn value_read() {
    let texts = b"\xff\xff\x02\x01a\x02bc\x00";
    let most = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
    run(
        aingle_wasm_fuzz::value_read,
        &[texts, most, &[1; 200], b"\xff\xff\x03\x00\x01\x05\x02\x01x\x01\x07"],
    );
}

#[test]
fn transfer_feed() {
    let hello = b"\x01\0\x01\xa5\x81\0\x01\x40\0\x01\0\0\0\x07\0\0\0\x03\0\0\0\xa5\x82\x01\0\0\0\0";
    let offer = b"\x02\x01\x37\0\0\0SMNY\x03\0\x28\0\xa7\x01\x01\x02\x07\x03\0\x04\x61f\x05\x01\x06\x58\x20";
    let data = b"\x03\x02\0\0\0\0datadata\xa5\x04\x03\xa5\x05\x04\xa5\x84\x02\x02\x01\xa5\x83\x03\0";
    run(
        aingle_wasm_fuzz::transfer_feed,
        &[hello, offer, data, &[&hello[..], &offer[..], &data[..]].concat()],
    );
}

#[test]
fn update_history() {
    // Each input is a whole life, which takes a hundred times as long as those above.
    run_some(
        aingle_wasm_fuzz::update_history,
        &[&[0; 80], b"\x01\x10\x08\x02\x03\x05\x40\x01\x05"],
        runs() / 100,
    );
}

#[test]
fn link_feed() {
    let frames = aingle_wasm_fuzz::link_frames();
    let twice = [&frames[..], &frames[..]].concat().concat();
    let reversed: Vec<u8> = frames.iter().rev().flatten().copied().collect();
    run(aingle_wasm_fuzz::link_feed, &[&frames.concat(), &frames[1], &twice, &reversed]);
}

#[test]
fn packet_parse() {
    let command = b"\x10\x20\xc0\x05\0\x07\0\x01\0\x02\0\x03\0\x04";
    run(aingle_wasm_fuzz::packet_parse, &[command, b"\x11\x23\xc0\x05\0\x02\x01\0\x02"]);
}

#[test]
fn sbus_feed() {
    let mut frame = [0; 25];
    frame[0] = 0x0F;
    let twice = [frame, frame].concat();
    let in_garbage = [&[0x0F; 7][..], &frame, &[0xFF; 3], &frame].concat();
    run(aingle_wasm_fuzz::sbus_feed, &[&frame, &twice, &in_garbage]);
}

#[test]
fn fleet_messages() {
    let vectors = aingle_wasm_vectors::named(aingle_wasm_vectors::ANNOUNCEMENTS, "running");
    let announcement = vectors.bytes("announcement");
    let signed = &announcement[..announcement.len() - 64];
    let status = aingle_wasm_vectors::named(aingle_wasm_vectors::ANNOUNCEMENTS, "status").bytes("status");
    run(aingle_wasm_fuzz::fleet_messages, &[&announcement, signed, &status, &signed[..24]]);
}
