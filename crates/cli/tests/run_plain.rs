//! `run`: modules that speak no ABI, on every engine.
#![cfg(feature = "run")]

mod common;

use common::Bench;

const ENGINES: [&str; 4] = ["server", "wasmi", "spacewasm", "wasm3"];

fn bench() -> Bench {
    let bench = Bench::new();
    let module = r#"(module (memory (export "memory") 1) (table (export "table") 2 funcref)
        (func (export "add") (param $left i32) (param $right i32) (result i32)
            (i32.add (local.get $left) (local.get $right)))
        (func (export "half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2)))
        (func (export "big") (result i64) (i64.const -9223372036854775808))
        (func (export "single") (param f32) (result f32) (local.get 0))
        (func (export "nothing"))
        (func (export "count") (param i32) (result i32)
            (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (i32.const 7))
        (func (export "spin") (loop $l (br $l)))
        (func (export "trap") (unreachable))
        (func $dive (export "dive") (result i32) (i32.add (call $dive) (i32.const 1)))
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "abort") (param i32) (drop (memory.grow (local.get 0))) (unreachable))
        (func (export "fill") (param $n i32) (result i32)
            (loop $l (i32.store8 (local.get $n) (i32.const 1))
                (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (i32.load8_u (i32.const 1))))"#;
    bench.write("plain", &wat::parse_str(module).unwrap());
    bench
}

#[test]
fn w1_numbers_go_in_and_results_are_always_printed_on_every_engine() {
    let bench = bench();
    for engine in ENGINES {
        for (line, printed) in [
            ("add -- 5 3", "8"),
            ("add --args {\"right\":3,\"left\":-5}", "-2"),
            ("half -- 3", "1.5"),
            ("big", "-9223372036854775808"),
            ("single -- NaN", "\"NaN\""),
            ("single -- -0.0", "-0.0"),
            ("nothing", "null"),
            ("count -- 10", "7"),
        ] {
            let run = bench.run(&format!("run plain --engine {engine} --invoke {line}"));
            let stdout = String::from_utf8(run.stdout).unwrap();
            assert_eq!(
                (run.code, stdout.as_str()),
                (0, format!("{printed}\n").as_str()),
                "{engine} {line}: {}",
                run.stderr
            );
        }
    }
}

#[test]
fn w1_lesson_19_what_does_not_fit_is_refused_with_the_arguments_name() {
    let bench = bench();
    for (line, said) in [
        ("add -- 5", "argument 2 `right` is missing"),
        ("add -- 5 3 1", "argument 3 is surplus"),
        ("add -- 1099511627776 1", "argument 1 `left`: out of range: expected i32"),
        ("add -- five 3", "argument 1 `left`: expected i32, found \"five\""),
        ("add -- 1.5 3", "argument 1 `left`: expected i32, found 1.5"),
        ("add --args {\"left\":1,\"rihgt\":2}", "unknown name `rihgt`"),
        ("single -- 1e39", "out of range: expected f32"),
    ] {
        for engine in ["server", "wasm3"] {
            let error = bench.fail(&format!("run plain --engine {engine} --invoke {line}"), 9);
            assert!(error.contains(said), "{line}: {error}");
        }
    }
    let error = bench.fail("run plain --invoke sub", 2);
    assert!(error.contains("add, half"), "{error}");
}

#[test]
fn w2_each_limit_has_the_same_code_on_every_engine_and_fuel_is_equal() {
    let bench = bench();
    let fact = |engine: &str, line: &str, code: i32, fact: &str| {
        let run = bench.run(&format!("run plain --json --engine {engine} --invoke {line}"));
        assert_eq!(run.code, code, "{engine} {line}: {}", run.stderr);
        let json = run.json();
        let found = if code == 0 { &json[fact] } else { &json["error"][fact] };
        found.as_u64().unwrap_or_else(|| panic!("{engine} {line}: {json}"))
    };
    for engine in ENGINES {
        for (line, code, wanted) in [
            ("spin --fuel 1000", 11, "used"),
            ("spin --timeout 50ms", 14, "elapsed_ms"),
            ("dive", 13, "limit"),
            ("trap", 10, "fuel_used"),
            ("add --max-table 1 -- 1 2", 12, "limit"),
        ] {
            fact(engine, line, code, wanted);
        }
        // wasm3 and spacewasm have memories of less than a page.
        let (code, wanted) =
            if ["server", "wasmi"].contains(&engine) { (12, "needed") } else { (0, "memory_limit") };
        fact(engine, "add --memory 4K -- 1 2", code, wanted);
        assert_eq!(fact(engine, "grow --memory 128K -- 1", 0, "memory"), 131_072, "{engine}");
        assert_eq!(fact(engine, "grow --memory 128K -- 2", 0, "memory"), 65_536, "{engine}");
        fact(engine, "abort --memory 128K -- 1", 10, "fuel_used");
        assert_eq!(fact(engine, "abort --memory 150K -- 2", 12, "limit"), 131_072, "{engine}");
        assert_eq!(fact(engine, "abort --memory 128K -- 2", 12, "asked"), 196_608, "{engine}");
    }
    for line in ["count -- 1000", "add -- 1 2", "fill -- 500"] {
        let used = ENGINES.map(|engine| fact(engine, line, 0, "fuel_used"));
        assert_eq!(used, [used[0]; 4], "{line}");
    }
    for (line, code) in [("trap", 10), ("spin --fuel 12345", 11), ("dive", 13)] {
        let used = ENGINES.map(|engine| fact(engine, line, code, "fuel_used"));
        assert_eq!(used, [used[0]; 4], "{line}");
    }
}

#[test]
fn w2_a_guest_that_aborts_for_want_of_memory_is_told_from_others() {
    let bench = bench();
    let module = |memory: &str, start: &str| {
        let text = format!(
            r#"(module (memory {memory})
            (func $grow (param i32) (drop (memory.grow (local.get 0))))
            (func $s {start}) (start $s)
            (func (export "f") (call $grow (i32.const 3)) (unreachable))
            (func (export "handled") (call $grow (i32.const 3)) (call $grow (i32.const 1)) (unreachable))
            (func (export "later") (call $grow (i32.const 3)) (drop (i32.load (i32.const -4)))))"#
        );
        wat::parse_str(text).unwrap()
    };
    bench.write("any", &module("1", ""));
    bench.write("own", &module("1 2", ""));
    bench.write("start", &module("1", "(call $grow (i32.const 3)) (unreachable)"));
    bench.write("begun", &module("1", "(call $grow (i32.const 3))"));
    for engine in ENGINES {
        let code = |line: &str| bench.run(&format!("run {line} --memory 192K --engine {engine}")).code;
        assert_eq!(code("any --invoke f"), 12, "{engine}");
        assert_eq!(code("any --invoke handled"), 10, "{engine}: the last growth was not refused");
        assert_eq!(code("any --invoke later"), 10, "{engine}: not what guests do when an allocation fails");
        assert_eq!(code("start --invoke f"), 12, "{engine}: the start function counts");
        assert_eq!(code("begun --invoke f"), 12, "{engine}");
        // wasmi refuses growth beyond the module's own maximum by itself.
        assert_eq!(code("own --invoke f"), if engine == "wasmi" { 10 } else { 12 }, "{engine}");
    }
    // The start function is not part of the call.
    bench.write(
        "before",
        &wat::parse_str(
            r#"(module (memory 1) (func $s (drop (memory.grow (i32.const 9)))) (start $s)
        (func (export "f") (unreachable)))"#,
        )
        .unwrap(),
    );
    for engine in ENGINES {
        bench.fail(&format!("run before --memory 192K --engine {engine}"), 10);
    }
    // Of a memory that is cut to less than a page, what is there is told.
    for engine in ["spacewasm", "wasm3"] {
        let run = bench.run(&format!("run any --invoke f --memory 8K --json --engine {engine}"));
        assert_eq!((run.code, run.json()["error"]["limit"].as_u64()), (12, Some(8192)), "{engine}");
        assert_eq!(run.json()["error"]["asked"].as_u64(), Some(262_144), "{engine}");
    }
}

#[test]
fn w2_start_functions_and_compilation_are_within_the_limits() {
    let bench = bench();
    let start = r#"(module (func $s (loop $l (br $l))) (start $s) (func (export "f")))"#;
    bench.write("start", &wat::parse_str(start).unwrap());
    for engine in ENGINES {
        bench.fail(&format!("run start --engine {engine} --fuel 1000"), 11);
        bench.fail(&format!("run start --engine {engine} --timeout 50ms"), 14);
    }
    // It takes much longer to compile than to run.
    let body = "(drop (i32.const 1))".repeat(400_000);
    bench.write("large", &wat::parse_str(format!(r#"(module (func (export "f") {body}))"#)).unwrap());
    for engine in ENGINES {
        let error = bench.fail(&format!("run large --engine {engine} --timeout 1ms"), 14);
        assert!(error.contains("time-out (limit 1ms"), "{engine}: {error}");
    }
}

#[test]
fn w1_a_guest_answers_alike_on_every_engine() {
    let bench = bench();
    bench.write("guest", &common::guest_with(""));
    bench.write("in", b"abc");
    let ran =
        ENGINES.map(|engine| bench.succeed(&format!("run guest --engine {engine} --invoke echo --input in")));
    for (run, engine) in ran.iter().zip(ENGINES) {
        assert_eq!(run["result"]["base64"], "YWJj", "{engine}");
        assert_eq!(run["fuel_used"], ran[0]["fuel_used"], "{engine}");
        assert_eq!(run["engine"], engine);
    }
}

#[test]
fn limits_that_a_module_carries_are_taken_at_their_word_if_that_is_said() {
    let bench = bench();
    let limited = aingle_wasm_metering::Meter::default().instrument(&bench.read("plain")).unwrap();
    bench.write("limited", &limited);
    for engine in ENGINES {
        let line = format!("run limited --engine {engine} --invoke add");
        let refused = bench.fail(&format!("{line} -- 5 3"), 4);
        assert!(
            refused.contains("limits already") && refused.contains("--trust-limits"),
            "{engine}: {refused}"
        );
        assert_eq!(bench.run(&format!("{line} --trust-limits -- 5 3")).stdout, b"8\n", "{engine}");
    }
}

/// Bytes of the module as the user has it, and not of the one with limits.
#[test]
fn what_an_engine_lacks_is_named_with_its_place() {
    let bench = bench();
    let text =
        r#"(module (memory 1) (func (export "f") (memory.fill (i32.const 0) (i32.const 0) (i32.const 9))))"#;
    let wasm = wat::parse_str(text).unwrap();
    let place = wasm.windows(2).position(|pair| pair == [0xfc, 0x0b]).unwrap();
    bench.write("bulk", &wasm);
    for engine in ["wasmi", "spacewasm", "wasm3"] {
        let refused = bench.fail(&format!("run bulk --engine {engine} --invoke f"), 4);
        assert!(refused.contains(&format!("at byte {place}")), "{engine}: {refused}, not {place}");
    }
}

#[test]
fn imports_are_named_and_nothing_runs() {
    let bench = bench();
    let module = r#"(module (import "js" "now" (func (result f64))) (func (export "f")))"#;
    bench.write("imports", &wat::parse_str(module).unwrap());
    for engine in ENGINES {
        let error = bench.fail(&format!("run imports --engine {engine}"), 15);
        assert!(error.contains("js.now"), "{engine}: {error}");
    }
    bench.fail("run plain --invoke add --engine wasmtime -- 1 2", 2);
    bench.fail("run plain --invoke add --engine wasm3 --cache kept -- 1 2", 2);
}
