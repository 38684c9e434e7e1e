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
