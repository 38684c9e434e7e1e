//! `run` with a component of WASI 0.3.
#![cfg(feature = "wasi")]

mod common;

use common::Bench;
use common::components::component;
use std::io::{Read, Write};
use std::net::TcpListener;

/// Grants of interfaces alone.
const BARE: &str = "--interface wasi:filesystem --interface wasi:sockets --interface wasi:http";

/// A bench with the component, and the folder `data` with the file `inside`.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("part", &component("command_03"));
    std::fs::create_dir(bench.path("data")).unwrap();
    bench.write("data/inside", b"inside");
    bench
}

#[test]
fn what_is_imported_and_not_granted_is_named_with_its_grant() {
    let bench = bench();
    let said = bench.fail("run part", 15);
    for (import, grant) in [
        ("wasi:filesystem/types@0.3.2", "--dir HOST or --interface wasi:filesystem"),
        ("wasi:sockets/ip-name-lookup@0.3.2", "--net ALLOW or --interface wasi:sockets"),
        ("wasi:http/client@0.3.2", "--net ALLOW or --interface wasi:http"),
    ] {
        assert!(said.contains(&format!("`{import}` ({grant})")), "{said}");
    }
    let said = bench.fail(&format!("run part {BARE} --no-default-interfaces"), 15);
    assert!(said.contains("`wasi:cli/stdout@0.3.2` (--interface wasi:cli)"), "{said}");
}

#[test]
fn streams_arguments_variables_and_statuses_work() {
    let bench = bench();
    let said = |line: &str| {
        let run = bench.run(&format!("run part {BARE} {line}"));
        (run.code, String::from_utf8(run.stdout).unwrap())
    };
    assert_eq!(said("-- echo a b"), (0, "a b\n".into()));
    assert_eq!(said("-- part text"), (0, "text".into()), "what was written is there, without a newline too");
    assert_eq!(said("--env A=1 -- env"), (0, "[(\"A\", \"1\")]\n".into()));
    assert_eq!(said("-- error"), (1, String::new()));
    assert_eq!(said("-- exit 77"), (77, String::new()));
    let run = bench.run_with(&format!("run part {BARE} -- stdin"), &[b'x'; 100_000]);
    assert_eq!(String::from_utf8(run.stdout).unwrap(), "100000 Ok(())\n");
}

#[test]
fn what_is_printed_is_there_while_the_component_runs() {
    let bench = bench();
    assert_eq!(bench.first_line(&format!("run part {BARE} --timeout 600s -- endless began")), "began\n");
}

#[test]
fn files_are_those_of_the_grants() {
    let bench = bench();
    let net = "--interface wasi:sockets --interface wasi:http";
    let said = |line: &str| String::from_utf8(bench.run(&format!("run part {net} {line}")).stdout).unwrap();
    assert_eq!(said("--dir data::/d -- cat /d/inside"), "inside");
    assert_eq!(said("--dir data::/d -- cat /d/../module.wasm"), "ErrorCode::NotPermitted\n");
    assert_eq!(said("--dir data::/d:ro -- write /d/new text"), "Err(ErrorCode::NotPermitted)\n");
    assert_eq!(said("--dir data::/d -- write /d/new text"), "Ok(())\n");
    assert_eq!(bench.read("data/new"), b"text");
}

#[test]
fn addresses_are_those_of_the_grants() {
    let bench = bench();
    let said = |line: &str| {
        String::from_utf8(bench.run(&format!("run part --interface wasi:filesystem {line}")).stdout).unwrap()
    };
    assert_eq!(said("--net localhost:80 -- resolve localhost"), "Ok(true)\n");
    assert!(said("--net example.com:80 -- resolve localhost").contains("AccessDenied"));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    assert!(said(&format!("--net 127.0.0.1:1 -- get {address}")).contains("HttpRequestDenied"));
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let read = stream.read(&mut [0; 1024]).unwrap();
        stream.write_all(b"HTTP/1.1 203 OK\r\nContent-Length: 4\r\n\r\nback").unwrap();
        read
    });
    assert_eq!(said(&format!("--net {address} -- get {address}")), "203 back\n");
    assert!(answering.join().unwrap() > 0);
}

#[test]
fn limits_end_it_with_their_codes() {
    let bench = bench();
    for (options, words, code) in [
        ("--fuel 1000000", "loop", 11),
        ("--timeout 300ms", "loop", 14),
        ("--timeout 300ms", "sleep", 14),
        ("--memory 16MiB", "allocate 100000000", 12),
        ("", "trap", 10),
    ] {
        bench.fail(&format!("run part {BARE} {options} -- {words}"), code);
    }
    assert_eq!(
        bench.run(&format!("run part {BARE} --memory 16MiB -- allocate 1000000")).stdout,
        b"1000000\n"
    );
}

#[test]
fn the_version_can_be_asked_for() {
    let bench = bench();
    assert_eq!(bench.run(&format!("run part {BARE} --component --wasi-version preview3 -- echo x")).code, 0);
    let said = bench.fail(&format!("run part {BARE} --wasi-version preview2 -- echo x"), 4);
    assert!(said.contains("expected a component of WASI 0.2, found one of 0.3"), "{said}");
}
