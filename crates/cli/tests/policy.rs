//! What a device accepts, as `verify`, `inspect` and `pack` say it.

mod common;

use common::Bench;
use serde_json::json;

const PACK: &str = "pack module.wasm -o out --module-id 1 --entry echo --sequence 7";

#[test]
fn a_damaged_manifest_is_refused_with_code_1() {
    let bench = Bench::new();
    bench.succeed(&format!("{PACK} --key key"));
    let blob = bench.read("out");
    bench.write("cut", &blob[..blob.len() - 1]);
    bench.write("empty", b"");
    for file in ["cut", "empty", "module.wasm"] {
        let run = bench.run(&format!("verify {file} --key key.pub --json"));
        assert_eq!(run.code, 5, "{file}");
        assert_eq!(run.json()["error"]["refusals"], json!([1]), "{file}");
    }
}

#[test]
fn a_policy_is_not_ignored() {
    let bench = Bench::new();
    let error = bench.fail("inspect module.wasm --key missing.pub --high-water 5", 2);
    assert!(error.contains("not a packed module"), "{error}");
    let facts = bench.succeed(&format!("{PACK} --max-stack 1"));
    assert!(facts["max_stack"].as_str().unwrap().starts_with("not checked"), "{facts}");
    assert!(bench.succeed(&format!("{PACK} --max-stack 4K --stack 4K")).get("max_stack").is_none());
}

#[test]
fn an_unsigned_module_with_64_bytes_of_padding_is_not_read_as_signed() {
    let bench = Bench::new();
    for version in ["1 --entry echo", "2 --entry echo --sequence 7"] {
        let pack = format!("pack module.wasm --module-id 1 --manifest-version {version}");
        bench.succeed(&format!("{pack} -o out"));
        bench.succeed(&format!("{pack} -o signed --key key"));
        bench.write("padded", &[bench.read("out"), vec![0xff; 64]].concat());
        let facts = bench.succeed("inspect padded");
        assert_eq!(facts["signature"], json!(null), "{version}");
        assert_eq!(facts["padding"], 64);
        bench.succeed("sign padded -o again --key key");
        assert_eq!(bench.read("again"), bench.read("signed"));
        // Other bytes are no padding, and a file that is not clear is not signed.
        bench.write("longer", &[bench.read("out"), vec![0; 64]].concat());
        let error = bench.fail("sign longer -o no --key key", 4);
        assert!(error.contains("begins where the signature should be"), "{error}");
        assert!(!bench.has("no"));
    }
}

#[test]
fn what_pack_refuses_is_not_signed() {
    let bench = Bench::new();
    let module = common::guest();
    let plain = wat::parse_str("(module)").unwrap();
    let older = |payload: &[u8], entry| {
        aingle_wasm_manifest::OlderBuilder::v2(1, 7, entry).build(payload, None).unwrap()
    };
    let newer = aingle_wasm_manifest::Builder::module(1, 7, "echo").build(b"no module", None).unwrap();
    for (blob, code, words) in [
        (older(b"no module", "echo"), 4, "not a WebAssembly"),
        (older(&module[..300], "echo"), 4, "malformed"),
        (older(&plain, "echo"), 5, "without the ABI's exports"),
        (older(&module, "missing"), 5, "The module has"),
        (newer, 4, "not a WebAssembly"),
    ] {
        bench.write("out", &blob);
        let error = bench.fail("sign out -o no --key key", code);
        assert!(error.contains(words), "{error}");
        assert!(!bench.has("no"));
    }
}
