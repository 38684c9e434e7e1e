//! `pack`, `sign`, `verify` and `inspect`.

mod common;

use aingle_wasm_manifest::{Manifest, SigningKey, Version};
use common::{Bench, guest};

const PACK: &str = "pack module.wasm -o out --module-id 1 --entry echo --sequence 7";

#[test]
fn the_same_input_makes_the_same_bytes() {
    let bench = Bench::new();
    let facts = bench.succeed(&format!("{PACK} --key key"));
    let first = bench.read("out");
    bench.succeed(&format!("{PACK} --key key"));
    assert_eq!(bench.read("out"), first);
    assert_eq!(facts["module_id"], 1);
    assert_eq!(facts["sequence"], 7);
    assert_eq!(facts["abi"], 2);
    assert_eq!(facts["memory"], 65536);
    assert_eq!(facts["length"], first.len());
    let manifest = Manifest::parse(&first, first.len() as u32).unwrap();
    assert_eq!(&first[manifest.payload_offset() as usize..], guest());
    // Nothing else is left in the directory.
    assert_eq!(bench.files(), ["key", "key.pub", "module.wasm", "out"]);
}

#[test]
fn the_older_packers_options_make_its_bytes() {
    let bench = Bench::new();
    bench.succeed(&format!("{PACK} --manifest-version 2 --require-signature --rollback-protected --key key"));
    let blob = bench.read("out");
    let mut header = b"SMNY\x02\x01\0\0\0".to_vec();
    header.extend((guest().len() as u32).to_le_bytes());
    header.extend(b"\x03\x07\0\0\0\x04echo");
    assert!(blob.starts_with(&header));
    assert_eq!(blob.len(), header.len() + 64 + guest().len());
    bench.succeed("verify out --key key.pub");
    bench.succeed("pack module.wasm -o first --module-id 1 --entry echo --manifest-version 1");
    assert_eq!(bench.read("first")[..5], *b"SMNY\x01");
    // What the older versions have no place for is not dropped.
    for option in ["--target a", "--fuel 1", "--abi 2", "--memory 1"] {
        let error = bench.fail(&format!("{PACK} --manifest-version 2 {option}"), 2);
        assert!(error.contains(option.split(' ').next().unwrap()), "{error}");
    }
    bench.fail(&format!("{PACK} --manifest-version 1"), 2);
}

#[test]
fn what_a_device_would_refuse_is_not_packed() {
    let bench = Bench::new();
    bench.write("text.wasm", b"(module)");
    bench.write("plain.wasm", &wat::parse_str("(module)").unwrap());
    bench.write("cut.wasm", &guest()[..300]);
    bench.write("simd.wasm", &wat::parse_str("(module (func (result v128) v128.const i64x2 1 2))").unwrap());
    let wide = "(module (memory i64 1))";
    bench.write("wide.wasm", &wat::parse_str(wide).unwrap());
    for (file, code, words) in [
        ("text.wasm", 4, "WebAssembly text"),
        ("plain.wasm", 5, "without the ABI's exports"),
        ("cut.wasm", 4, "malformed"),
        ("simd.wasm", 5, "without the ABI's exports"),
        ("wide.wasm", 5, "no engine runs the module"),
        ("key", 4, "not a WebAssembly core module"),
        ("missing.wasm", 3, "cannot read"),
    ] {
        let error = bench.fail(&format!("pack {file} -o out --module-id 1 --entry echo --sequence 1"), code);
        assert!(error.contains(words), "{file}: {error}");
    }
    for (options, words) in [
        ("--entry missing", "The module has: echo, sum, greet"),
        ("--entry memory", "The module has"),
        ("--entry echo --max-module 1K", "[14]"),
        ("--entry echo --max-memory 65535", "[15]"),
        ("--entry echo --stack 2K --max-stack 1K", "[16]"),
    ] {
        let line = format!("pack module.wasm -o out --module-id 1 --sequence 1 {options}");
        let error = bench.fail(&line, 5);
        assert!(error.contains(words), "{options}: {error}");
    }
    bench.succeed(&format!("{PACK} --max-module 64K --max-memory 64K --engine spacewasm --engine server"));
    assert_eq!(
        bench.fail(&format!("{PACK} --require-signature"), 2),
        "error: --require-signature needs --key\n"
    );
}

#[test]
fn an_engine_that_is_asked_for_has_to_run_the_module() {
    let bench = Bench::new();
    let text = include_str!("../../../examples/guest-wat/guest.wat").trim_end();
    let extended = format!(
        "{} (func (export \"more\") (result i32) (i32.extend8_s (i32.const 1))))",
        text.strip_suffix(')').unwrap()
    );
    bench.write("module.wasm", &wat::parse_str(extended).unwrap());
    let facts = bench.succeed(PACK);
    let runs: Vec<bool> = facts["engines"].as_array().unwrap().iter().map(|it| it["runs"] == true).collect();
    assert_eq!(runs, [true, false, false, true]);
    bench.succeed(&format!("{PACK} --engine wasm3"));
    let error = bench.fail(&format!("{PACK} --engine spacewasm"), 5);
    assert!(error.contains("spacewasm: sign extension operations support is not enabled"), "{error}");
}

#[test]
fn every_reason_of_a_device_is_named() {
    let bench = Bench::new();
    bench.succeed(&format!("{PACK} --key key --target mk2"));
    bench.succeed("verify out --key key.pub --target mk2 --high-water 7");
    let run = bench.run("verify out --high-water 8 --max-module 100 --json");
    assert_eq!(run.code, 5);
    let error = &run.json()["error"];
    assert_eq!(error["kind"], "refused");
    assert_eq!(error["exit_code"], 5);
    assert_eq!(error["refusals"], serde_json::json!([4, 10, 11, 14]));
    let facts = bench.succeed("inspect out --revoked-key key.pub --high-water 8");
    assert_eq!(facts["accepted"], false);
    let codes: Vec<_> = facts["refusals"].as_array().unwrap().iter().map(|it| it["code"].clone()).collect();
    assert_eq!(codes, [5, 10, 11]);
    assert!(facts["exports"].as_array().unwrap().iter().any(|it| it["args"] == "(i32, i32)"));
    assert_eq!(facts["payload_is_whole"], true);
}

#[test]
fn signature_and_payload_are_verified_whatever_else_is_refused() {
    let bench = Bench::new();
    for (options, key, last) in [("", "--allow-unsigned", 8), ("--key key", "--key key.pub", 8)] {
        bench.succeed(&format!("{PACK} {options} --target a"));
        let mut damaged = bench.read("out");
        *damaged.last_mut().unwrap() ^= 1;
        bench.write("damaged", &damaged);
        let facts = bench.succeed(&format!("inspect damaged {key} --high-water 8"));
        let codes: Vec<_> =
            facts["refusals"].as_array().unwrap().iter().map(|it| it["code"].clone()).collect();
        assert_eq!(codes, [10, 11, last], "{options}");
        assert_eq!(facts["payload_is_whole"], false);
    }
    let mut tampered = bench.read("out");
    // A byte of the hash in the manifest.
    tampered[40] ^= 1;
    bench.write("tampered", &tampered);
    let error = bench.fail("verify tampered --key key.pub --high-water 8", 5);
    assert!(error.contains("[10]") && error.contains("[7]"), "{error}");
}

#[test]
fn tampered_modules_are_refused() {
    let bench = Bench::new();
    for version in [2, 3] {
        bench.succeed(&format!("{PACK} --manifest-version {version} --key key"));
        let blob = bench.read("out");
        for at in (0..blob.len()).step_by(7) {
            let mut tampered = blob.clone();
            tampered[at] ^= 0x10;
            bench.write("tampered", &tampered);
            let code = bench.run("verify tampered --key key.pub").code;
            assert!(code == 4 || code == 5, "version {version}, byte {at}: {code}");
        }
    }
}

#[test]
fn signing_later_makes_the_same_bytes() {
    let bench = Bench::new();
    for version in
        ["--manifest-version 1", "--manifest-version 2 --sequence 7", "--sequence 7 --target a --fuel 9"]
    {
        let pack = format!("pack module.wasm --module-id 1 --entry echo {version}");
        bench.succeed(&format!("{pack} -o unsigned"));
        bench.succeed(&format!("{pack} -o signed --key key"));
        bench.succeed("sign unsigned -o again --key key");
        assert_eq!(bench.read("again"), bench.read("signed"), "{version}");
        bench.succeed("keygen -o other --public other.pub --force");
        bench.succeed("sign signed -o another --key other");
        bench.succeed("verify another --key key.pub --key other.pub --target a");
        assert_eq!(bench.run("verify another --key key.pub --target a").code, 5);
    }
    bench.fail("sign unsigned -o again", 2);
}

#[test]
fn what_is_not_known_is_not_signed_away() {
    let bench = Bench::new();
    let ignored = aingle_wasm_vectors::named(aingle_wasm_vectors::MANIFESTS, "v3_ignored_fields");
    bench.write("newer", &ignored.bytes("blob"));
    assert!(bench.fail("sign newer -o out --key key", 4).contains("does not know"));
    bench.succeed(PACK);
    let mut damaged = bench.read("out");
    *damaged.last_mut().unwrap() ^= 1;
    bench.write("damaged", &damaged);
    assert!(bench.fail("sign damaged -o out --key key", 4).contains("damaged"));
}

#[test]
fn a_padded_module_is_read_without_its_padding() {
    let bench = Bench::new();
    for options in ["--key key", "", "--manifest-version 2", "--manifest-version 2 --key key"] {
        bench.succeed(&format!("{PACK} {options}"));
        let blob = bench.read("out");
        let padded = bench.succeed("pad out -o padded --erase-block 4K");
        let len = blob.len().next_multiple_of(4096);
        assert_eq!(padded["length"], len);
        assert_eq!(bench.read("padded").len(), len);
        assert!(bench.read("padded").starts_with(&blob));
        let facts = bench.succeed("inspect padded");
        assert_eq!(facts["length"], blob.len(), "{options}");
        assert_eq!(facts["padding"], len - blob.len());
        bench.succeed("verify padded --key key.pub --allow-unsigned");
    }
    let padded = bench.read("padded");
    bench.write("wrong", &[&padded[..padded.len() - 1], &[0]].concat());
    bench.fail("inspect wrong", 4);
}

#[test]
fn key_lists_are_signed_by_a_root_key() {
    let bench = Bench::new();
    bench.succeed("keygen -o new --public new.pub");
    bench.fail("key-list -o list --sequence 2 --module-key new.pub --key key", 2);
    bench.succeed("key-list -o list --sequence 2 --root-key key.pub --module-key new.pub --key key");
    bench.succeed("verify list --root-key key.pub --high-water 1");
    assert!(bench.fail("verify list --root-key key.pub --high-water 2", 5).contains("[10]"));
    assert!(bench.fail("verify list --key key.pub", 5).contains("[6]"));
    let facts = bench.succeed("inspect list");
    let roles: Vec<_> = facts["keys"].as_array().unwrap().iter().map(|it| it["role"].clone()).collect();
    assert_eq!(roles, ["root", "module"]);
}

#[test]
fn modules_pass_through_standard_input_and_output() {
    let bench = Bench::new();
    let pack = "pack - -o - --module-id 1 --entry echo --sequence 7 --key key --json";
    let run = bench.run_with(pack, &guest());
    assert_eq!(run.code, 0, "{}", run.stderr);
    let manifest = Manifest::parse(&run.stdout, run.stdout.len() as u32).unwrap();
    assert_eq!(manifest.version(), Version::V3);
    // What is said is on the other stream.
    assert!(serde_json::from_str::<serde_json::Value>(&run.stderr).is_ok());
    let verified = bench.run_with("verify - --key key.pub", &run.stdout);
    assert_eq!(verified.code, 0, "{}", verified.stderr);
    assert_eq!(bench.run_with("pack - -o out --module-id 1 --entry echo --sequence 7 --key -", b"").code, 2);
}

#[test]
fn an_output_is_replaced_whole_or_not_at_all() {
    let bench = Bench::new();
    bench.write("out", b"what was there");
    bench.fail(&format!("{PACK} --max-module 1"), 5);
    assert_eq!(bench.read("out"), b"what was there");
    bench.succeed(PACK);
    assert!(bench.read("out").starts_with(b"SMNY"));
    assert!(bench.fail("pad module.wasm -o missing/out", 3).contains("cannot write"));
}

#[test]
fn inspect_says_what_a_module_is() {
    let bench = Bench::new();
    let facts = bench.succeed("inspect module.wasm");
    assert_eq!(facts["module_abi"], 2);
    assert_eq!(facts["module_memory"], 65536);
    assert_eq!(facts["module_limits"], serde_json::Value::Null);
    let exports: Vec<_> = facts["exports"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
    assert_eq!(exports, ["echo", "sum", "greet", "panic"]);
    let text = bench.run("inspect module.wasm");
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("sum(i32, i32) -> i32"), "{text}");
    assert!(text.contains("spacewasm: yes"), "{text}");
}

#[test]
fn another_signers_module_is_refused_with_its_key_id() {
    let bench = Bench::new();
    let other = SigningKey::from_bytes(&[3; 32]);
    let hex: String = other.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    bench.write("other", hex.as_bytes());
    let facts = bench.succeed(&format!("{PACK} --key other"));
    let error = bench.fail("verify out --key key.pub", 5);
    assert!(error.contains(facts["key_id"].as_str().unwrap()), "{error}");
}

#[test]
fn what_a_user_forgot_is_said() {
    let bench = Bench::new();
    let pack = "pack module.wasm -o out --module-id 1 --entry echo --sequence 7";
    let error = bench.fail(&format!("{pack} --memory 200"), 5);
    let data = bench.succeed("inspect module.wasm")["module_data"].as_u64().unwrap();
    assert!(error.contains(&format!("ends at {data}")), "{error}");
    bench.succeed(&format!("{pack} --memory {data}"));
    assert!(bench.succeed(pack)["not_signed"].is_string());
    assert!(bench.fail("verify out", 5).contains("--allow-unsigned"));
    assert!(bench.succeed(&format!("{pack} --key key"))["not_signed"].is_null());
    assert!(bench.fail("verify out", 5).contains("No --key was given"));
    bench.write("html", b"<html>");
    let error = bench.fail("inspect html", 4);
    assert!(error.contains("`html`: ") && error.contains("of no known format"), "{error}");
    bench.write("elf", b"\x7fELF\x02\x01\x01\0");
    assert!(bench.fail(&pack.replace("module.wasm", "elf"), 4).contains("wasm32v1-none"));
}
