//! `fleet host` and `fleet call` at a real NATS server, with hosts that are processes.
#![cfg(all(feature = "fleet", unix))]

#[path = "../../fleet/tests/hosts/broker.rs"]
mod broker;
mod common;

use aingle_wasm_fleet::nats::{CallOptions, Caller, CallerName, ModuleHash};
use broker::Broker;
use common::Bench;
use common::server::Server;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Lines, Read};
use std::process::{Child, ChildStderr, Command, Stdio};

/// A `fleet host` that goes on, until this is dropped.
struct Hosting {
    child: Child,
    name: String,
    said: Lines<BufReader<ChildStderr>>,
}

impl Drop for Hosting {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Hosting {
    fn start(bench: &Bench, line: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aingle-wasm"));
        command.args(line.split_whitespace()).current_dir(bench.path(""));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("a process");
        let said = BufReader::new(child.stderr.take().expect("its errors")).lines();
        let mut host = Self { child, name: String::new(), said };
        host.name = host.until("serves as ").trim_start_matches("serves as ").into();
        host
    }

    /// Waits until it says a line that begins so.
    fn until(&mut self, words: &str) -> String {
        let mut said = Vec::new();
        for line in self.said.by_ref().map_while(Result::ok) {
            if line.starts_with(words) {
                return line;
            }
            said.push(line);
        }
        panic!("{words}: {said:?}")
    }

    /// Ends it as a service manager does. Returns what it printed.
    fn terminate(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill runs").success());
        let mut printed = String::new();
        let mut output = self.child.stdout.take().expect("its output");
        output.read_to_string(&mut printed).expect("text");
        assert!(self.child.wait().expect("it ends").success(), "{printed}");
        printed
    }
}

/// The example guest, without its import.
fn guest() -> Vec<u8> {
    let text = include_str!("../../../examples/guest-wat/guest.wat");
    let import = r#"(import "env" "lookup" (func $lookup (param i32 i32) (result i64)))"#;
    let own = "(func $lookup (param i32 i32) (result i64) (i64.const 0)) (@custom \"aingle.abi\"";
    assert!(text.contains(import));
    wat::parse_str(text.replace(import, "").replace(r#"(@custom "aingle.abi""#, own)).expect("a module")
}

const NUMBERS: &str = r#"(module
    (func (export "add") (param $left i32) (param $right i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "spin") (loop $l (br $l))) (func (export "trap") (unreachable)))"#;

#[tokio::test(flavor = "multi_thread")]
async fn f4_functions_of_stored_modules_are_called_with_the_same_fuel_on_every_host() {
    let broker = Broker::start().await;
    let (bench, nats) = (Bench::new(), format!("--nats {}", broker.url()));
    bench.write("guest.wasm", &guest());
    bench.write("numbers.wasm", &wat::parse_str(NUMBERS).expect("a module"));
    bench.succeed("pack guest.wasm -o guest.smny --module-id 1 --entry sum --sequence 3 --key key");
    bench.succeed("pack guest.wasm -o unsigned.smny --module-id 1 --entry sum --sequence 3");
    let stored = bench.succeed(&format!("fleet store guest.smny --name guest {nats}"));
    assert_eq!(stored["hash"], ModuleHash::of(&guest()).to_string());
    assert_eq!(stored["place"], "bucket");

    // What no host runs is not stored.
    bench.succeed("key-list --sequence 2 --root-key key.pub --key key -o keys.smny");
    let said = bench.fail(&format!("fleet store keys.smny --name keys {nats}"), 4);
    assert!(said.contains("no module but a"), "{said}");

    // What nobody vouches for is not served.
    bench.succeed(&format!("fleet store unsigned.smny --name unsigned {nats}"));
    for module in ["unsigned", "unsigned.smny", "numbers.wasm"] {
        let said = bench.fail(&format!("fleet host --module {module} --signer key.pub {nats}"), 5);
        assert!(said.contains("--allow-unsigned"), "{said}");
    }
    let said = bench.fail(&format!("fleet host --module guest {nats}"), 5);
    assert!(said.contains("--signer"), "{said}");
    let old = bench.fail(&format!("fleet host --module guest --signer key.pub --least-sequence 4 {nats}"), 5);
    assert!(old.contains("sequence"), "{old}");
    let said = bench.fail(&format!("fleet host --module nothing --signer key.pub {nats}"), 4);
    assert!(said.contains("no module `nothing`"), "{said}");

    let line = format!("fleet host --module guest --signer key.pub {nats}");
    let hosts = [Hosting::start(&bench, &line), Hosting::start(&bench, &line)];
    let hash = stored["hash"].as_str().expect("text");
    let (mut seen, mut fuel, mut calls) = (BTreeSet::new(), BTreeSet::new(), 0);
    while seen.len() < 2 {
        let called = bench.succeed(&format!("fleet call --module {hash} --function sum --args [5,3] {nats}"));
        assert_eq!(called["result"], 8);
        seen.insert(called["host"].as_str().expect("text").to_owned());
        fuel.insert(called["fuel"].as_u64().expect("a number"));
        calls += 1;
        assert!(calls < 100, "one host has all calls: {seen:?}");
    }
    assert_eq!(seen, hosts.iter().map(|host| host.name.clone()).collect());
    assert_eq!(fuel.len(), 1, "fuel differs: {fuel:?}");
    let fuel = fuel.first().copied().unwrap_or_default();
    assert!(fuel > 0);
    let accounts = bench.succeed(&format!("fleet accounts --wait 3s {nats}"));
    assert_eq!(
        (&accounts["cli"]["calls"], &accounts["cli"]["fuel"]),
        (&calls.into(), &(calls * fuel).into())
    );

    // From any program, with types.
    let caller = Caller::new(broker.client().await, CallerName::new("program").expect("a name"));
    let sum = caller.func::<(i32, i32), i32>(ModuleHash::of(&guest()), "sum");
    assert_eq!(sum.call(&(-5, 3)).await, Ok(-2));
    let echo = caller.bytes(ModuleHash::of(&guest()), "echo").call(*b"bytes", &CallOptions::default()).await;
    assert_eq!(echo.expect("a reply").value, b"bytes");
    for host in hosts {
        let printed = host.terminate();
        assert!(printed.starts_with("calls"), "{printed}");
    }
    let accounts = bench.succeed(&format!("fleet accounts --wait 3s {nats}"));
    assert_eq!((&accounts["cli"]["calls"], &accounts["program"]["calls"]), (&calls.into(), &2.into()));
    let gone = bench.fail(&format!("fleet call --module {hash} --function sum --args [5,3] {nats}"), 8);
    assert!(gone.contains("no host serves the module"), "{gone}");
}

#[tokio::test(flavor = "multi_thread")]
async fn f4_failures_have_their_exit_codes() {
    let mut broker = Broker::start_with("").await;
    let (bench, nats) = (Bench::new(), format!("--nats {}", broker.url()));
    bench.write("numbers.wasm", &wat::parse_str(NUMBERS).expect("a module"));
    let said = bench.fail(&format!("fleet host --module numbers.wasm --allow-unsigned {nats}"), 8);
    assert!(said.contains("has no JetStream"), "{said}");
    let nobody = bench.run(&format!("fleet accounts {nats}"));
    assert_eq!((nobody.code, nobody.stderr.trim()), (0, "no host has accounted a call"));
    let line = format!("fleet host --module numbers.wasm --allow-unsigned --only-idempotent {nats}");
    let mut host = Hosting::start(&bench, &line);
    let call = |rest: &str| format!("fleet call --module numbers.wasm {nats} {rest}");
    let sum = bench.run(&call("--function add --args {\"left\":5,\"right\":3} --idempotent"));
    assert_eq!((sum.code, &sum.stdout[..]), (0, &b"8\n"[..]), "{}", sum.stderr);
    for (rest, code, words) in [
        ("--function add --args [5,3]", 5, "idempotent calls only"),
        ("--function sub --idempotent", 2, "no function `sub`"),
        ("--function add --args [5] --idempotent", 9, "arguments do not fit"),
        ("--function add --args [5 --idempotent", 9, "expected JSON"),
        ("--function spin --fuel 1000 --idempotent", 11, "out of fuel (limit 1000"),
        ("--function spin --deadline 300ms --idempotent", 14, "300"),
        ("--function trap --idempotent", 10, "unreachable"),
        ("--function add --id a.b", 2, "--id"),
        ("--function add --caller a.b", 2, "--caller"),
    ] {
        let said = bench.fail(&call(rest), code);
        assert!(said.contains(words), "{rest}: {said}");
    }
    let json = bench.run(&format!("{} --json", call("--function spin --fuel 1000 --idempotent"))).json();
    assert_eq!((&json["error"]["ran"], &json["error"]["limit"]), (&"yes".into(), &1000.into()), "{json}");
    let said = bench.fail("fleet call --module numbers.wasm --function add --nats nats://127.0.0.1:1", 8);
    assert!(said.contains("no NATS server"), "{said}");

    // A server that goes away is told of.
    broker.restart().await;
    host.until("the connection to the NATS server ended");
    host.until("connected again");
    assert_eq!(bench.run(&call("--function add --args [5,3] --idempotent")).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn f4_functions_of_hosts_are_served_over_http() {
    let broker = Broker::start().await;
    let (bench, nats) = (Bench::new(), format!("--nats {}", broker.url()));
    bench.write("numbers.wasm", &wat::parse_str(NUMBERS).expect("a module"));
    let host = Hosting::start(&bench, &format!("fleet host --module numbers.wasm --allow-unsigned {nats}"));
    let line = format!("fleet serve --module numbers.wasm --max-body 1K {nats}");
    let server = Server::of(&bench, &line.split_whitespace().collect::<Vec<_>>());
    let mut answer = String::new();
    let mut stream = server.begin("POST", "/add", b"{\"right\": 3, \"left\": 5}");
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\n8"), "{answer}");
    assert!(answer.contains(&format!("aingle-host: {}", host.name)), "{answer}");
    for (path, body, wanted, words) in [
        ("/add", "[5]", 400, "argument 2"),
        ("/sub", "[]", 404, "no function `sub`"),
        ("/trap", "[]", 422, r#""kind":"trap""#),
        ("/add", &" ".repeat(1025), 413, ""),
    ] {
        let (status, answer) = server.send("POST", path, body.as_bytes());
        assert!(status == wanted && answer.contains(words), "{status}: {answer}");
    }
    let (code, said) = server.end();
    assert_eq!(code, 0, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_drain_is_over_gives_its_calls_up() {
    let broker = Broker::start().await;
    let (bench, nats) = (Bench::new(), format!("--nats {}", broker.url()));
    bench.write("numbers.wasm", &wat::parse_str(NUMBERS).expect("a module"));
    let line = format!(
        "fleet host --module numbers.wasm --allow-unsigned --concurrency 1 --fuel 1000000000000 {nats}"
    );
    let _host = Hosting::start(&bench, &line);
    let line = format!("fleet serve --module numbers.wasm --drain 100ms {nats}");
    let server = Server::of(&bench, &line.split_whitespace().collect::<Vec<_>>());
    let _stream = server.begin("POST", "/spin", b"");
    // It takes the only place of the host.
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(server.end().0, 14);
    let call = format!("fleet call --module numbers.wasm --function add --args [5,3] --deadline 5s {nats}");
    assert_eq!(bench.succeed(&call)["result"], 8);
}
