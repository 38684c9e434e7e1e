//! Components, and what they may reach.

use crate::common::{component_program, component_wasm, run};
use aingle_wasm_wasi::{Dir, ErrorKind, Grants, Input, Needs, What, recognise};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, UdpSocket};

/// Grants without anything in them for what the guest imports.
pub fn nothing() -> Grants {
    Grants { interfaces: vec!["wasi:filesystem".into(), "wasi:sockets".into()], ..Grants::default() }
}

fn net(addresses: &[&str]) -> Grants {
    let net = addresses.iter().map(|address| address.parse().expect("an address")).collect();
    Grants { net, ..nothing() }
}

#[test]
fn programs_are_recognised() {
    assert_eq!(recognise(component_wasm()), What::Component);
    assert_eq!(recognise(crate::common::script_wasm()), What::Preview1);
    let module = |text| recognise(&wat::parse_str(text).expect("a module"));
    assert_eq!(module("(module (func (export \"_start\")))"), What::Other);
    assert_eq!(module("(module (import \"env\" \"wasi_snapshot_preview1\" (func)))"), What::Other);
    assert_eq!(module("(module (import \"wasi_snapshot_preview1\" \"x\" (func)))"), What::Preview1);
    for bytes in [&b""[..], b"\0asm", b"(module)", b"\0asm\x01\0\0\0\xff"] {
        assert_eq!(recognise(bytes), What::Other);
    }
}

#[test]
fn what_is_imported_and_not_granted_is_named() {
    let error = component_program().run(&Grants::default()).expect_err("not granted");
    let ErrorKind::Missing(missing) = error.kind() else { panic!("{error}") };
    assert!(missing.iter().all(|missing| matches!(missing.needs, Needs::Dir(_) | Needs::Net(_))), "{error}");
    let names: Vec<_> =
        missing.iter().map(|missing| missing.name.split('@').next().expect("a name")).collect();
    assert!(names.contains(&"wasi:filesystem/types") && names.contains(&"wasi:sockets/tcp"), "{names:?}");
    assert!(error.to_string().contains("needs a directory or the interface `wasi:filesystem`"), "{error}");
}

#[test]
fn streams_arguments_and_variables_work() {
    assert_eq!(run(component_program(), &["echo", "a", "b c"], nothing()).stdout, "a b c\n");
    let grants = Grants { env: vec![("NAME".into(), "value".into())], ..nothing() };
    assert_eq!(run(component_program(), &["env"], grants).stdout, "NAME=value\n");
    let grants = Grants { stdin: Input::Bytes(vec![b'x'; 100_000]), ..nothing() };
    assert_eq!(run(component_program(), &["stdin"], grants).stdout, "100000\n");
}

#[test]
fn statuses_are_0_and_1() {
    for (status, expected) in [("0", 0), ("1", 1), ("7", 1)] {
        assert_eq!(run(component_program(), &["exit", status], nothing()).status(), expected);
    }
}

#[test]
fn files_are_those_of_the_grants() {
    let area = crate::escapes::area();
    let granted = area.path().join("granted");
    let cat = |path: &str, grants: Grants| run(component_program(), &["cat", path], grants).stdout;
    let dirs = |dir| Grants { dirs: vec![dir], ..nothing() };
    assert_eq!(cat("/data/inside", dirs(Dir::new(&granted, "/data"))), "inside");
    assert_eq!(cat("/data/inside", nothing()), "NotFound\n");
    assert_eq!(cat("/data/../secret", dirs(Dir::new(&granted, "/data"))), "PermissionDenied\n");
    assert_eq!(cat("/data/sub/../../secret", dirs(Dir::new(&granted, "/data"))), "PermissionDenied\n");
    let write = |dir| run(component_program(), &["write", "/data/new", "text"], dirs(dir)).stdout;
    assert_eq!(write(Dir::read_only(&granted, "/data")), "Err(PermissionDenied)\n");
    assert_eq!(write(Dir::new(&granted, "/data")), "Ok(())\n");
    assert_eq!(std::fs::read_to_string(granted.join("new")).expect("it was written"), "text");
}

/// Answers one connection.
fn server() -> (String, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).expect("a line");
        stream.write_all(format!("you said {line}").as_bytes()).expect("an answer");
    });
    (address, thread)
}

#[test]
fn connections_go_to_granted_addresses_alone() {
    let (address, thread) = server();
    let port = address.rsplit(':').next().expect("a port");
    let connect = |to: &str, grants| run(component_program(), &["connect", to], grants).stdout;
    for others in [&[][..], &["127.0.0.2:*"], &["127.0.0.1:1"], &["listen:127.0.0.1:*"], &["example.com:*"]] {
        assert_eq!(connect(&address, net(others)), "PermissionDenied\n", "{others:?}");
    }
    assert_eq!(connect(&address, net(&[&address])), "you said hello\n\n");
    thread.join().expect("the server ends");

    let (address, thread) = server();
    assert_eq!(connect(&address, net(&["localhost:*"])), "you said hello\n\n");
    thread.join().expect("the server ends");
    assert_ne!(port, "0");
}

#[test]
fn names_are_looked_up_if_they_are_granted() {
    let resolve = |name: &str, grants| run(component_program(), &["resolve", name], grants).stdout;
    assert_eq!(resolve("localhost:80", net(&["localhost:80"])), "Ok(true)\n");
    assert_eq!(resolve("localhost:80", net(&["*:80"])), "Ok(true)\n");
    assert_eq!(resolve("localhost:80", net(&["127.0.0.1:80"])), "Err(())\n");
    assert_eq!(resolve("localhost:80", nothing()), "Err(())\n");
}

#[test]
fn ports_are_listened_at_if_they_are_granted() {
    let listen = |at: &str, grants| run(component_program(), &["listen", at], grants).stdout;
    assert_eq!(listen("127.0.0.1:0", net(&["listen:127.0.0.1:*"])), "Ok(())\n");
    for others in [&[][..], &["127.0.0.1:*"], &["listen:127.0.0.2:*"], &["listen:127.0.0.1:1"]] {
        assert_eq!(listen("127.0.0.1:0", net(others)), "Err(PermissionDenied)\n", "{others:?}");
    }
}

#[test]
fn datagrams_go_to_granted_addresses_alone() {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let address = socket.local_addr().expect("an address").to_string();
    let send = |grants| run(component_program(), &["send", &address], grants).stdout;
    assert_eq!(send(net(&["127.0.0.1:1"])), "Err(PermissionDenied)\n");
    assert_eq!(send(nothing()), "Err(PermissionDenied)\n");
    assert_eq!(send(net(&[&address])), "Ok(5)\n");
    let mut buffer = [0; 16];
    assert_eq!(socket.recv(&mut buffer).expect("a datagram"), 5);
}

#[test]
fn wrong_addresses_are_refused() {
    use aingle_wasm_wasi::Address;
    for wrong in
        ["", "host", ":80", "host:", "host:65536", "[::1:80", "::1:80", "listen:host:80", "a b:80", "*"]
    {
        assert!(wrong.parse::<Address>().is_err(), "{wrong}");
    }
    for right in ["host:80", "10.0.0.1:*", "[::1]:80", "*:443", "listen:*:80", "listen:[::]:*"] {
        assert_eq!(right.parse::<Address>().expect("an address").to_string(), right);
    }
}
