//! Native images: made, described, compared with their module, packed.

mod common;

use common::Bench;
use std::process::Command;

const NATIVE: &str = "native module.wasm --target thumbv7m --memory 8K -o image";
const PACK: &str = "pack image -o out --module-id 1 --entry echo --sequence 7 --native thumbv7m-none-eabi";

#[test]
fn an_image_is_made_described_and_made_again() {
    let bench = Bench::new();
    let facts = bench.succeed(NATIVE);
    assert_eq!((&facts["image_chip"], &facts["image_memory"]), (&"thumbv7m".into(), &8192.into()));
    assert_eq!(facts["image_limits"], true);
    let inspected = bench.succeed("inspect image");
    assert_eq!(inspected["kind"], "native image");
    for key in ["image_chip", "image_memory", "image_stack", "image_source_sha256", "image_tools", "exports"]
    {
        assert_eq!(inspected[key], facts[key], "{key}");
    }
    let source = bench.succeed("inspect module.wasm");
    assert_eq!(inspected["image_source_sha256"], source["sha256"]);
    assert_eq!(inspected["exports"], source["exports"]);
    assert_eq!(bench.succeed("native module.wasm --compare image")["same"], true);
    let unlimited = bench.succeed(&format!("{NATIVE} --no-limits"));
    assert_eq!(unlimited["image_limits"], false);
    assert_eq!(bench.succeed("native module.wasm --compare image")["same"], true);
}

/// The same module in two folders, one with a long name.
#[test]
fn an_image_is_the_same_wherever_it_is_made() {
    let bench = Bench::new();
    let image = |name: &str| {
        let place = bench.path(name);
        std::fs::create_dir(&place).unwrap();
        let output = place.join("image");
        let tool = Command::new(env!("CARGO_BIN_EXE_aingle-wasm"))
            .arg("native")
            .arg(bench.path("module.wasm"))
            .args(["--target", "thumbv7m", "-o"])
            .arg(&output)
            .env("TMPDIR", &place)
            .current_dir(&place)
            .output();
        assert!(tool.unwrap().status.success());
        std::fs::read(output).unwrap()
    };
    assert_eq!(image("a"), image("a folder with a much longer name than the other one"));
}

#[test]
fn an_image_that_is_not_of_the_module_is_found() {
    let bench = Bench::new();
    bench.succeed(NATIVE);
    let mut image = bench.read("image");
    // In the code, which is at the end.
    let at = image.len() - 64;
    image[at] ^= 1;
    bench.write("changed", &image);
    let error = bench.fail("native module.wasm --compare changed", 5);
    assert!(error.contains("differs") && error.contains(&format!("byte {at}")), "{error}");
    bench.write("cut", &image[..at]);
    assert!(bench.fail("native module.wasm --compare cut", 4).contains("bytes"));
    let mut other = bench.read("module.wasm");
    other.extend(b"\0\x02\x01x");
    bench.write("other.wasm", &other);
    assert!(bench.fail("native other.wasm --compare image", 5).contains("another module"));
}

#[test]
fn an_image_is_packed_for_its_target_and_beside_its_module_only() {
    let bench = Bench::new();
    bench.succeed(NATIVE);
    bench.fail(PACK, 2);
    let pack = format!("{PACK} --source module.wasm --key key");
    let facts = bench.succeed(&pack);
    assert_eq!(facts["native_image_for"], "thumbv7m-none-eabi");
    assert_eq!(facts["memory"], 8192);
    assert!(facts["stack"].as_u64().is_some_and(|bytes| bytes > 0), "{facts}");
    assert!(bench.fail("verify out --key key.pub", 5).contains("[12]"));
    bench.succeed("verify out --key key.pub --native thumbv7m-none-eabi");
    assert_eq!(bench.succeed("inspect out")["image_chip"], "thumbv7m");
    assert_eq!(bench.succeed("native module.wasm --compare out")["same"], true);
    let elsewhere = pack.replace("thumbv7m-none-eabi", "thumbv6m-none-eabi");
    assert!(bench.fail(&elsewhere, 5).contains("the image is for thumbv7m-none-eabi"));
    bench.fail(&format!("{pack} --memory 1K"), 2);
    let mut image = bench.read("image");
    let at = image.len() - 64;
    image[at] ^= 1;
    bench.write("image", &image);
    assert!(bench.fail(&pack, 5).contains(&format!("from byte {at} on")));
    bench.write("image", b"no image");
    assert!(bench.fail(&pack, 4).contains("image"));
}

#[test]
fn what_cannot_be_translated_is_named() {
    let bench = Bench::new();
    let error = bench.fail("native module.wasm --target z80 -o image", 2);
    assert!(error.contains("thumbv7m") && error.contains("riscv32imc"), "{error}");
    let error = bench.fail("native module.wasm --target thumbv7m --memory 1M -o image", 4);
    assert!(error.contains("1048576"), "{error}");
    bench.write("damaged.wasm", b"\0asm\x01\0\0\0\x01");
    bench.fail("native damaged.wasm --target thumbv7m -o image", 4);
    bench.fail("native module.wasm --target thumbv7m", 2);
    bench.fail("native module.wasm -o image", 2);
}
