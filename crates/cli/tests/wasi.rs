//! `run` with programs of WASI: every exit code, every grant, and what is printed where.
#![cfg(feature = "wasi")]

mod common;

use common::Bench;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Compiles a guest of `crates/wasi`, once for each test program.
fn built(name: &str, target: &str) -> Vec<u8> {
    let source =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../wasi/tests/guests").join(name).with_extension("rs");
    let wasm = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}.wasm"));
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let options = ["--edition", "2024", "-O", "-C", "strip=symbols", "--target", target, "-o"];
    let status = Command::new(rustc).args(options).args([&wasm, &source]).status().unwrap();
    assert!(
        status.success(),
        "{name} does not compile for {target}: `cargo xtask setup` installs the target"
    );
    std::fs::read(wasm).unwrap()
}

/// A bench with `script`, a program of preview 1, `part`, a component, and the folder `data` with the file `inside`.
fn bench() -> Bench {
    static GUESTS: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
    let [script, part] =
        GUESTS.get_or_init(|| [built("script", "wasm32-wasip1"), built("component", "wasm32-wasip2")]);
    let bench = Bench::new();
    bench.write("script", script);
    bench.write("part", part);
    std::fs::create_dir(bench.path("data")).unwrap();
    bench.write("data/inside", b"inside");
    bench
}

/// Grants of interfaces alone.
const BARE: &str = "--interface wasi:filesystem --interface wasi:sockets";

fn text(bench: &Bench, name: &str, text: &str) {
    bench.write(name, &wat::parse_str(text).unwrap());
}

/// Writes a program of preview 1, with `proc_exit` as function 0 and `poll_oneoff` as function 1.
fn program(bench: &Bench, name: &str, body: &str) {
    let imports = r#"(import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
        (import "wasi_snapshot_preview1" "poll_oneoff" (func (param i32 i32 i32 i32) (result i32)))"#;
    text(bench, name, &format!("(module {imports} {body})"));
}

/// Writes a component that imports this interface, and does nothing.
fn importing(bench: &Bench, name: &str, interface: &str) {
    let component = format!(
        r#"(component
            (import "{interface}" (instance))
            (core module $m (func (export "run") (result i32) (i32.const 0)))
            (core instance $i (instantiate $m))
            (func $run (result (result)) (canon lift (core func $i "run")))
            (instance $run (export "run" (func $run)))
            (export "wasi:cli/run@0.2.0" (instance $run)))"#
    );
    text(bench, name, &component);
}

/// The object that a run prints on standard error, in the last line.
fn object(stderr: &str) -> Value {
    let line = stderr.lines().last().unwrap_or_default();
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {stderr}"))
}

#[test]
fn standard_output_and_the_exit_code_are_the_guests() {
    let bench = bench();
    for status in [0, 1, 2, 15, 125, 126, 200, 255] {
        program(&bench, "exit", &format!("(func (export \"_start\") (call 0 (i32.const {status})))"));
        let run = bench.run("run exit");
        assert_eq!((run.code, &run.stdout[..], run.stderr.as_str()), (status, &b""[..], ""));
    }
    let run = bench.run("run script -- program exit|256");
    assert_eq!((run.code, &run.stdout[..]), (0, &b"script\n"[..]));
    assert_eq!(run.stderr, "note: the program's exit status is 256; a process keeps the lowest 8 bits, 0\n");
    let run = bench.run(&format!("run part {BARE} -- echo a b"));
    assert_eq!((run.code, &run.stdout[..], run.stderr.as_str()), (0, &b"a b\n"[..], ""));
    assert_eq!(bench.run(&format!("run part {BARE} -- exit 7")).code, 1);
}

#[test]
fn json_is_on_standard_error() {
    let bench = bench();
    let run = bench.run("run script --json -- program stderr|mine exit|10");
    assert_eq!((run.code, &run.stdout[..]), (10, &b"script\nok\n"[..]));
    let said = object(&run.stderr);
    assert!(run.stderr.starts_with("mine\n"));
    assert_eq!((said["ok"].clone(), said["status"].clone()), (true.into(), 10.into()));
    assert_eq!(said["engine"], "wasmtime");
    assert!(said["fuel_used"].as_u64().unwrap() > 100 && said["peak_memory"].as_u64().unwrap() >= 65_536);

    let run = bench.run("run script --json -- program abort");
    assert_eq!((run.code, &run.stdout[..]), (10, &b"script\n"[..]));
    let said = object(&run.stderr);
    assert_eq!((said["ok"].clone(), said["error"]["kind"].clone()), (false.into(), "trap".into()));
    assert!(said["error"]["peak_memory"].as_u64().unwrap() >= 65_536);
}

#[test]
fn standard_input_is_the_guests() {
    let bench = bench();
    let run = bench.run_with("run script -- read|0", b"some words");
    assert_eq!(run.stdout, b"\"some words\"\n");
    // Here it is the module's.
    let run = bench.run_with("run - -- read|0 program", &bench.read("script"));
    assert_eq!((run.code, run.stdout), (0, b"\"\"\n-\n".to_vec()));
}

#[test]
fn w4_directories_variables_and_arguments_are_granted() {
    let bench = bench();
    let said = |line: &str| String::from_utf8(bench.run(line).stdout).unwrap();
    assert_eq!(said("run script -- prestat|3 env"), "badf\n\n");
    assert_eq!(said("run script --dir data -- prestat|3 open|3|inside read|4"), "4\n4\n\"inside\"\n");
    assert_eq!(
        said("run script --dir data::/in --env A=1 --env B= -- prestat|3 open|3|../key|r env"),
        "3\nperm\nA=1 B=\n"
    );
    let both = "--dir data::/a --dir data::/b:ro --env PATH";
    let path = std::env::var("PATH").unwrap();
    let expected = format!("5\nperm\nperm\nPATH={path}\n");
    assert_eq!(
        said(&format!("run script {both} -- open|3|new|cw open|4|new|w unlink|4|inside env")),
        expected
    );
    assert!(bench.has("data/new"));
    assert_eq!(said("run part --interface wasi:sockets --dir data::/in -- cat /in/inside"), "inside");
}

#[test]
fn w5_what_is_not_granted_is_refused_by_name() {
    let bench = bench();
    for (interface, grants, grant) in [
        ("wasi:filesystem/types@0.2.6", "", "--dir HOST or --interface wasi:filesystem"),
        ("wasi:filesystem/types@0.2.6", "--dir data", ""),
        ("wasi:sockets/tcp@0.2.0", "", "--net ALLOW or --interface wasi:sockets"),
        ("wasi:sockets/tcp@0.2.0", "--net 127.0.0.1:1", ""),
        ("wasi:cli/stdin@0.2.3", "--no-default-interfaces", "--interface wasi:cli"),
        ("wasi:cli/stdin@0.2.3", "", ""),
        ("wasi:cli/stdin@0.2.3", "--no-default-interfaces --interface wasi:cli/stdin", ""),
        ("wasi:cli/stdin@0.3.0", "", ""),
        ("wasi:cli/stdin@0.4.0", "", "this version is not offered, WASI 0.2 and 0.3 are"),
        ("wasi:http/client@0.3.0", "", "--net ALLOW or --interface wasi:http"),
        ("wasi:keyvalue/store@0.2.0", "", "it is not offered"),
    ] {
        importing(&bench, "importing", interface);
        let run = bench.run(&format!("run importing --json {grants}"));
        assert_eq!(
            (run.code, run.stdout.len()),
            (if grant.is_empty() { 0 } else { 15 }, 0),
            "{interface} {grants}"
        );
        if !grant.is_empty() {
            let missing = &object(&run.stderr)["error"]["missing"][0];
            assert_eq!(
                (missing["import"].as_str(), missing["grant"].as_str()),
                (Some(interface), Some(grant))
            );
        }
    }
    text(
        &bench,
        "other",
        r#"(module (import "env" "log" (func)) (import "wasi_unstable" "x" (func))
        (func (export "_start")))"#,
    );
    let said = bench.fail("run other", 15);
    assert!(said.contains("`env.log` (it is not offered), `wasi_unstable.x`"), "{said}");
}

#[test]
fn addresses_are_granted() {
    let bench = bench();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let said = |net: &str| {
        let line = format!("run part --interface wasi:filesystem --net {net} -- connect {address}");
        String::from_utf8(bench.run(&line).stdout).unwrap()
    };
    assert_eq!(said("127.0.0.1:1"), "PermissionDenied\n");
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let read = std::io::Read::read(&mut stream, &mut [0; 6]).unwrap();
        std::io::Write::write_all(&mut stream, &b"hello!"[..read]).unwrap();
    });
    assert_eq!(said(&address.to_string()), "hello!\n");
    answering.join().unwrap();
}

#[test]
fn every_limit_has_its_exit_code() {
    let bench = bench();
    let loops = "(func (export \"_start\") (loop (br 0)))";
    let sleep = "(memory (export \"memory\") 1) (data (i32.const 16) \"\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\ff\")
        (func (export \"_start\") (drop (call 1 (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))";
    let grow = "(memory 1) (func (export \"_start\")
        (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then unreachable)))";
    let deep = "(func $f (export \"_start\") (call $f) (call $f))";
    for (body, options, code, facts) in [
        ("(func (export \"_start\") unreachable)", "", 10, &[][..]),
        (loops, "--fuel 1000", 11, &["limit", "used"]),
        (grow, "--memory 1M", 12, &["limit", "asked"]),
        ("(memory 17) (func (export \"_start\"))", "--memory 1M", 12, &["limit", "asked"]),
        ("(table 100 funcref) (func (export \"_start\"))", "--max-table 99", 12, &["limit", "asked"]),
        (deep, "", 13, &["limit"]),
        (deep, "--stack 64K", 13, &["limit"]),
        (loops, "--timeout 100ms", 14, &["limit_ms", "elapsed_ms"]),
        (
            "(func $f (loop (br 0))) (start $f) (func (export \"_start\"))",
            "--timeout 100ms",
            14,
            &["limit_ms", "elapsed_ms"],
        ),
        (sleep, "--timeout 100ms", 14, &["limit_ms", "elapsed_ms"]),
    ] {
        program(&bench, "limited", body);
        let run = bench.run(&format!("run limited --json {options}"));
        assert_eq!(run.code, code, "{body} {options}: {}", run.stderr);
        let error = &object(&run.stderr)["error"];
        assert_eq!(error["exit_code"], code, "{body}");
        for fact in facts {
            assert!(error[fact].is_number(), "{body}: no {fact} in {error}");
        }
    }
}

#[test]
fn what_is_printed_is_there_while_the_program_runs() {
    let bench = bench();
    text(
        &bench,
        "endless",
        r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\10\00\00\00\06\00\00\00")
        (data (i32.const 16) "began\0a")
        (func (export "_start")
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
            (loop $again (br $again))))"#,
    );
    assert_eq!(bench.first_line("run endless --timeout 600s"), "began\n");
    assert_eq!(bench.first_line(&format!("run part {BARE} --timeout 600s -- endless began")), "began\n");
}

#[test]
fn a_pipe_that_nobody_reads_does_not_hold_the_program() {
    let bench = bench();
    text(
        &bench,
        "flood",
        r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 2)
        (data (i32.const 0) "\10\00\00\00\00\00\01\00")
        (func (export "_start")
            (loop $again
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
                (br $again))))"#,
    );
    let mut child = Command::new(env!("CARGO_BIN_EXE_aingle-wasm"))
        .args(["run", "flood", "--timeout", "500ms"])
        .current_dir(bench.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(14));
}

#[test]
fn w7_wrong_command_lines_are_refused() {
    let bench = bench();
    text(&bench, "plain", r#"(module (func (export "f") (result i32) (i32.const 7)))"#);
    text(&bench, "start", r#"(module (func (export "_start")))"#);
    program(&bench, "tiny", r#"(func (export "_start"))"#);
    importing(&bench, "component", "wasi:cli/stdin@0.2.0");
    for (line, code, said) in [
        ("run plain --dir .", 2, "--dir: the module is no program of WASI"),
        ("run module.wasm --env A=1", 2, "--env: the module is no program of WASI"),
        ("run plain --component", 2, "--component"),
        ("run plain --stack 2MiB --invoke f", 2, "--stack: the module is no program of WASI"),
        ("run tiny --depth 5", 2, "--depth"),
        (
            "run plain --fuel 0x4000000000000001 --invoke f",
            2,
            "'--fuel <N>': expected at most 4611686018427387904",
        ),
        ("meter tiny -o limited", 5, "`run --fuel`"),
        ("serve tiny", 4, "`aingle-wasm run` runs it"),
        ("run plain --wasi", 4, "`_start`"),
        ("run tiny --dir nowhere", 3, "nowhere"),
        ("run tiny --dir module.wasm", 3, "module.wasm"),
        ("run tiny --env NOT_SET_HERE", 2, "NOT_SET_HERE"),
        ("run tiny --env =1", 2, "a variable has a name"),
        ("run tiny --env A=1 --env A=2", 2, "twice"),
        ("run tiny --dir . --dir .::/", 2, "by the same name"),
        ("run tiny --dir ::/a", 2, "HOST::GUEST"),
        ("run tiny --net nowhere", 2, "HOST:PORT"),
        ("run tiny --interface wasi:nothing", 2, "no such interface"),
        ("run tiny --component", 4, "expected a component"),
        ("run tiny --wasi-version preview2", 4, "expected a component"),
        ("run component --wasi-version preview1", 4, "expected a core module"),
        ("run tiny --wasi-version preview3", 4, "expected a component"),
        ("run tiny --wasi-version preview4", 2, "preview4"),
        ("run tiny --invoke other", 2, "no function `other`: the module has _start"),
        ("run component --invoke other", 2, "no function `other`: the module has none"),
        ("run tiny --args []", 2, "--args"),
        ("run tiny --engine wasmi", 2, "--engine"),
        ("run tiny --output out", 2, "--output"),
        ("run tiny --stack 4G", 2, "--stack"),
    ] {
        let run = bench.run(line);
        assert_eq!(run.code, code, "{line}: {}", run.stderr);
        assert!(run.stderr.contains(said) && run.stdout.is_empty(), "{line}: {}", run.stderr);
    }
    let half = bench.read("script");
    bench.write("half", &half[..half.len() / 2]);
    bench.fail("run half", 4);
    for line in [
        "run start --wasi",
        "run tiny --invoke _start",
        "run tiny --invoke main",
        "run tiny --wasi",
        "run component --invoke run",
    ] {
        assert_eq!(bench.run(line).code, 0, "{line}");
    }
}

/// A component with a function of an interface, and others of the world.
const COMPONENT: &str = r#"(component
    (core module $m
        (memory (export "memory") 1)
        (data (i32.const 64) "no zero")
        (func (export "half") (param i32 i32) (result i32)
            (i32.store8 (i32.const 16) (i32.eqz (local.get 1)))
            (i32.store (i32.const 20) (select (i32.const 64) (i32.div_u (local.get 0) (i32.const 2)) (i32.eqz (local.get 1))))
            (i32.store (i32.const 24) (i32.const 7))
            (i32.const 16))
        (func (export "spin") (loop $again (br $again)))
        (func (export "take") (param i32)))
    (core instance $i (instantiate $m))
    (alias core export $i "memory" (core memory $memory))
    (func $half (param "of" u32) (param "sure" bool) (result (result u32 (error string)))
        (canon lift (core func $i "half") (memory $memory)))
    (instance $api (export "half" (func $half)))
    (export "test:calc/api@0.1.0" (instance $api))
    (func (export "spin") (canon lift (core func $i "spin")))
    (type $handle' (resource (rep i32)))
    (export $handle "handle" (type $handle'))
    (func (export "take") (param "handle" (own $handle)) (canon lift (core func $i "take"))))"#;

#[test]
fn w1_functions_of_a_component_are_called_with_json() {
    let bench = Bench::new();
    text(&bench, "calc", COMPONENT);
    for (line, code, stdout, said) in [
        ("run calc --invoke test:calc/api@0.1.0#half -- 7 true", 0, "3\n", ""),
        (r#"run calc --invoke test:calc/api@0.1.0#half --args {"sure":true,"of":9}"#, 0, "4\n", ""),
        (
            "run calc --invoke test:calc/api@0.1.0#half -- 7 false",
            1,
            "",
            "answered with an error: \"no zero\"",
        ),
        (
            "run calc --invoke test:calc/api@0.1.0#half -- 7.5 true",
            9,
            "",
            "argument 1 `of`: expected u32, found 7.5",
        ),
        ("run calc --invoke take -- 1", 9, "", "its parameter `handle` has a resource"),
        ("run calc --invoke half -- 7 true", 2, "", "the module has spin, test:calc/api@0.1.0#half"),
        ("run calc --invoke spin --fuel 1000", 11, "", "out of fuel"),
        ("run calc", 4, "", "`--invoke` calls one of its functions"),
    ] {
        let run = bench.run(line);
        assert_eq!((run.code, &run.stdout[..]), (code, stdout.as_bytes()), "{line}: {}", run.stderr);
        assert!(run.stderr.contains(said), "{line}: {}", run.stderr);
    }
}

/// A reactor: it writes `hi` before it returns, and sleeps without an end where it is asked to.
const REACTOR: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\08\00\00\00\03\00\00\00hi\n")
    (global $base (mut i32) (i32.const 0))
    (func (export "_initialize") (global.set $base (i32.const 40)))
    (func (export "add") (param $left i32) (param $right i64) (result i64 i32)
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
        (i64.add (local.get $right) (i64.extend_i32_s (local.get $left))) (global.get $base))
    (func (export "arguments") (result i32)
        (drop (call $sizes (i32.const 32) (i32.const 36)))
        (i32.load (i32.const 32)))
    (func (export "spin") (loop $again (br $again)))
    (func (export "exit") (param i32) (call $exit (local.get 0))))"#;

#[test]
fn w1_functions_of_a_program_are_called_with_json() {
    let bench = Bench::new();
    text(&bench, "reactor", REACTOR);
    let run = bench.run("run reactor --invoke add --args {\"left\":-2,\"right\":9007199254740993}");
    assert_eq!((run.code, &run.stdout[..]), (0, &b"hi\n[9007199254740991,40]\n"[..]), "{}", run.stderr);
    // With `--json` standard output is the program's alone.
    let run = bench.run("run reactor --json --invoke add -- 1 2");
    let report: Value = serde_json::from_str(&run.stderr).unwrap();
    assert_eq!((run.code, &run.stdout[..]), (0, &b"hi\n"[..]), "{}", run.stderr);
    assert_eq!((&report["result"], &report["function"]), (&serde_json::json!([3, 40]), &"add".into()));
    // The result has a line of its own, by each spelling.
    text(&bench, "unended", &REACTOR.replace("\\03\\00\\00\\00hi", "\\02\\00\\00\\00hi"));
    for option in ["--invoke", "--function"] {
        assert_eq!(bench.run(&format!("run unended {option} add -- 1 2")).stdout, b"hi\n[3,40]\n");
    }
    // What is behind `--` is the function's, and the program has its name alone.
    assert_eq!(bench.run("run reactor --invoke arguments").stdout, b"1\n");
    assert_eq!(bench.run("run reactor --invoke exit -- 7").code, 7);
    for (line, code, said) in [
        ("run reactor", 4, "`_start`"),
        ("run reactor", 4, "expected an export `_start`. `--invoke` calls one of its functions"),
        ("run reactor --invoke none", 2, "add, arguments, spin, exit"),
        ("run reactor --invoke add -- 1", 9, "right"),
        ("run reactor --invoke add -- 1 x", 9, "right"),
        ("run reactor --invoke add --input reactor", 2, "--input"),
        ("run reactor --invoke spin --fuel 1000", 11, "out of fuel (limit 1000"),
        ("run reactor --invoke spin --timeout 100ms", 14, "time-out"),
    ] {
        let run = bench.run(line);
        assert_eq!(run.code, code, "{line}: {}", run.stderr);
        assert!(run.stderr.contains(said) && run.stdout.is_empty(), "{line}: {}", run.stderr);
    }
}
