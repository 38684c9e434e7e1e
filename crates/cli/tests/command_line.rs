//! Usage, exit codes, deltas and UF2 files.

mod common;

use aingle_wasm_cli::Kind;
use common::{Bench, guest};

/// The same options of `serve` and of a host of a fleet have the same limits.
#[cfg(all(feature = "serve", feature = "fleet"))]
#[test]
fn limits_with_which_nothing_runs_are_refused() {
    let bench = Bench::new();
    for command in ["serve module.wasm", "fleet host"] {
        for (option, words) in [
            ("--timeout 0", "expected at least 1ms"),
            ("--concurrency 0", "--concurrency"),
            ("--fuel 0x4000000000000001", "expected at most 4611686018427387904"),
        ] {
            let said = bench.fail(&format!("{command} {option}"), 2);
            assert!(said.contains(words), "{command} {option}: {said}");
        }
    }
}

#[test]
fn wrong_command_lines_end_with_2_and_one_that_is_close_is_suggested() {
    let bench = Bench::new();
    for (line, words) in [
        ("", "Usage"),
        ("pck", "pack"),
        ("pack", "required"),
        ("pack module.wasm -o out --module-id 1 --entry echo --sequnce 7", "--sequence"),
        ("pack module.wasm -o out --module-id one --entry echo --sequence 7", "not a number"),
        ("pack module.wasm -o out --module-id 4294967296 --entry echo --sequence 7", "too large"),
        ("pack module.wasm -o out --module-id 1 --entry echo", "--sequence"),
        (
            "pack module.wasm -o out --module-id 1 --entry echo --sequence 7 --max-module 4T",
            "unknown unit `T`",
        ),
        ("pack module.wasm -o out --module-id 1 --entry echo --sequence 7 --max-module 4G", "too large"),
        ("pack module.wasm -o out --module-id 1 --entry echo --sequence 7 --engine wasm4", "wasm3"),
        ("pack module.wasm -o out --module-id 1 --entry echo --sequence 7 --manifest-version 4", "1..=3"),
        ("pad module.wasm -o out --erase-block 0", "at least one byte"),
        ("uf2 module.wasm -o out --family rp2041 --base 0", "rp2040"),
        ("uf2 module.wasm -o out --family rp2040 --base 1", "not a multiple of 256"),
        ("uf2 module.wasm -o out --family rp2040 --base 0xffffff00", "behind the last address"),
        ("keygen", "--output"),
    ] {
        let error = bench.fail(line, 2);
        assert!(error.contains(words), "{line}: {error}");
        assert!(!bench.has("out"), "{line}");
    }
    let run = bench.run("pack --json");
    assert_eq!((run.code, run.json()["error"]["kind"].as_str()), (2, Some("usage")));
    for line in ["--help", "--version", "pack --help"] {
        assert_eq!(bench.run(line).code, 0);
    }
}

#[test]
fn the_page_lists_every_exit_code_and_every_option() {
    let codes = include_str!("../../../docs/EXIT-CODES.md");
    let page = include_str!("../../../docs/COMMAND-LINE.md");
    for kind in Kind::ALL {
        let row = format!("| {} | `{}` |", kind.code(), kind.name());
        assert!(codes.contains(&row), "{row}");
    }
    let bench = Bench::new();
    // What the program itself lists, `help` excepted.
    let help = String::from_utf8(bench.run("--help").stdout).unwrap();
    let listed = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap();
    let commands: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains(&"keygen") && commands.contains(&"help"), "{help}");
    for command in commands.into_iter().filter(|command| *command != "help") {
        let section = page.split("\n## ").find(|section| section.starts_with(&format!("`{command}`")));
        let section = section.unwrap_or_else(|| panic!("no section `{command}`"));
        let mut help = String::from_utf8(bench.run(&format!("{command} --help")).stdout).unwrap();
        // `fleet` has commands of its own.
        if let Some(nested) = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()) {
            let names = nested.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
            let names: Vec<String> =
                names.filter_map(|line| line.split_whitespace().next()).map(String::from).collect();
            for name in names.iter().filter(|name| *name != "help") {
                assert!(section.contains(&format!("`{command} {name}")), "{command}: no {name}");
                help.push_str(
                    &String::from_utf8(bench.run(&format!("{command} {name} --help")).stdout).unwrap(),
                );
            }
        }
        let options = help.split_whitespace().filter_map(|word| {
            let name = word.strip_prefix("--")?;
            Some(name.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()))
        });
        // `--package` is an option of Cargo.
        for option in options.filter(|name| !["json", "help", "version", "package", ""].contains(name)) {
            assert!(section.contains(&format!("`--{option}")), "{command}: no --{option}");
        }
    }
}

#[test]
fn a_delta_makes_the_new_module_and_keeps_what_it_was_packed_with() {
    let bench = Bench::new();
    let text = include_str!("../../../examples/guest-wat/guest.wat").replace("hello, ", "hi you,");
    let newer = wat::parse_str(text).unwrap();
    bench.write("newer.wasm", &newer);
    bench.succeed("pack module.wasm -o old --module-id 3 --entry echo --sequence 7 --key key");
    bench.succeed(
        "pack newer.wasm -o new --module-id 3 --entry sum --sequence 8 --target a --stack 4K --key key",
    );
    let facts = bench.succeed("delta old new -o delta --key key");
    assert_eq!(facts["kind"], "delta");
    assert_eq!((facts["module_id"].clone(), facts["sequence"].clone()), (3.into(), 8.into()));
    assert_eq!((facts["entry"].clone(), facts["target"].clone()), ("sum".into(), "a".into()));
    assert_eq!((facts["stack"].clone(), facts["memory"].clone()), (4096.into(), 65536.into()));
    assert_eq!(facts["base_length"], guest().len());
    assert_eq!(facts["module_length"], newer.len());
    assert!(facts["size_of_module"].as_f64().unwrap() < 10.0, "{facts}");
    bench.succeed("verify delta --key key.pub --target a");
    // The same from .wasm files, with everything on the command line; and the same bytes.
    let options = "--module-id 3 --entry sum --sequence 8 --target a --stack 4K --key key";
    bench.succeed(&format!("delta module.wasm newer.wasm -o again {options}"));
    assert_eq!(bench.read("again"), bench.read("delta"));
    assert!(bench.fail("delta module.wasm newer.wasm -o again --key key", 2).contains("--module-id"));
    assert!(bench.fail("delta delta new -o again --key key", 4).contains("expected a module"));
}

#[test]
fn uf2_blocks_hold_the_file() {
    let bench = Bench::new();
    bench.succeed("uf2 module.wasm -o out --family rp2040 --base 0x10100000");
    let (blocks, module) = (bench.read("out"), guest());
    let count = module.len().div_ceil(256);
    assert_eq!(blocks.len(), count * 512);
    let mut payload = Vec::new();
    for (at, block) in blocks.chunks(512).enumerate() {
        let word = |at: usize| u32::from_le_bytes(block[at..at + 4].try_into().unwrap());
        assert_eq!([word(0), word(4), word(508)], [0x0a32_4655, 0x9e5d_5157, 0x0ab1_6f30]);
        assert_eq!([word(8), word(16), word(28)], [0x2000, 256, 0xe48b_ff56]);
        assert_eq!(word(12), 0x1010_0000 + at as u32 * 256);
        assert_eq!([word(20), word(24)], [at as u32, count as u32]);
        payload.extend(&block[32..288]);
    }
    assert!(payload.starts_with(&module));
    assert!(payload[module.len()..].iter().all(|byte| *byte == 0xff));
    bench.succeed("uf2 module.wasm -o again --family 0xe48bff56 --base 0x10100000");
    assert_eq!(bench.read("again"), blocks);
}

#[test]
fn damaged_modules_make_no_delta() {
    let bench = Bench::new();
    let text = include_str!("../../../examples/guest-wat/guest.wat").replace("hello, ", "hi you,");
    bench.write("newer.wasm", &wat::parse_str(text).unwrap());
    bench.succeed("pack module.wasm -o old --module-id 3 --entry echo --sequence 7 --key key");
    bench.succeed("pack newer.wasm -o new --module-id 3 --entry echo --sequence 8 --key key");
    for (file, name) in [("old", "old.damaged"), ("new", "new.damaged")] {
        let mut damaged = bench.read(file);
        let at = damaged.windows(6).position(|six| six == b"hello," || six == b"hi you").unwrap();
        damaged[at] ^= 1;
        bench.write(name, &damaged);
    }
    for sides in ["old.damaged new", "old new.damaged"] {
        let error = bench.fail(&format!("delta {sides} -o delta --key key --sequence 9"), 4);
        assert!(error.contains("damaged payload: expected SHA-256"), "{error}");
        assert!(!bench.has("delta"));
    }
}

#[test]
fn names_and_blocks_have_limits_that_are_said() {
    let bench = Bench::new();
    let long = "c".repeat(33);
    let pack = "pack module.wasm -o out --module-id 1 --entry echo --sequence 7";
    for (line, words) in [
        (format!("{pack} --target={long}"), ["--target", "expected 1 to 32 bytes, found 33"]),
        (format!("{pack} --target="), ["--target", "expected 1 to 32 bytes, found 0"]),
        (format!("{pack} --native={long} --source module.wasm"), ["--native", "found 33"]),
        (format!("verify module.wasm --target={long}"), ["--target", "found 33"]),
        ("pad module.wasm -o out --erase-block 0xffffffff".into(), ["4294967295 bytes", "limit is 16777216"]),
        ("pad module.wasm -o out --erase-block 16385K".into(), ["16778240 bytes", "limit is 16777216"]),
    ] {
        let error = bench.fail(&line, 2);
        assert!(words.iter().all(|word| error.contains(word)), "{line}: {error}");
    }
    assert_eq!(bench.succeed("pad module.wasm -o out --erase-block 0X4000")["length"], 0x4000);
}

#[test]
fn an_empty_file_is_an_error() {
    let bench = Bench::new();
    bench.write("empty", b"");
    for line in [
        "pad empty -o out",
        "uf2 empty -o out --family rp2040 --base 0",
        "pack empty -o out --module-id 1 --entry echo --sequence 7 --native a --source module.wasm",
    ] {
        let error = bench.fail(line, 4);
        assert!(error.contains("expected at least 1 byte, found 0"), "{line}: {error}");
        assert!(!bench.has("out"), "{line}");
    }
}

#[test]
fn a_delta_that_no_device_takes_is_not_made() {
    let bench = Bench::new();
    let text = include_str!("../../../examples/guest-wat/guest.wat").replace("hello, ", "hi you,");
    bench.write("newer.wasm", &wat::parse_str(text).unwrap());
    bench.write("text", b"no module");
    bench.succeed("pack module.wasm -o old --module-id 3 --entry echo --sequence 7 --key key");
    bench.succeed("pack newer.wasm -o new --module-id 3 --entry echo --sequence 8 --key key");
    bench.succeed("pack newer.wasm -o other --module-id 4 --entry echo --sequence 8 --key key");
    bench.succeed("pack newer.wasm -o older --module-id 3 --entry echo --sequence 6 --key key");
    for (line, words) in [
        ("text new", "the old module: not a WebAssembly"),
        ("old text --sequence 9 --module-id 3 --entry echo", "not a WebAssembly"),
        ("old old", "the same"),
        ("old module.wasm --sequence 9 --module-id 3 --entry echo", "the same"),
        ("old other", "expected module id 3 as of the old one, found 4"),
        ("old new --module-id 5", "expected module id 3 as of the old one, found 5"),
        ("old older", "expected 7 as of the old module or more, found 6"),
        ("old new --sequence 6", "expected 7 as of the old module or more, found 6"),
    ] {
        let error = bench.fail(&format!("delta {line} -o delta --key key"), 4);
        assert!(error.contains(words), "{line}: {error}");
        assert!(!bench.has("delta"), "{line}");
    }
    bench.succeed("delta old new -o delta --key key");
}
