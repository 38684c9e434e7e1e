//! `fleet` at a real MQTT broker, with devices of the test's own: the agent of `aingle_wasm_fleet` and the real updater.
#![cfg(feature = "fleet")]

mod board;
mod common;
#[path = "../../fleet/tests/support/mosquitto.rs"]
mod mosquitto;

use aingle_wasm_fleet::mqtt::{self, Broker, Tls};
use aingle_wasm_fleet::{Agent, Config};
use aingle_wasm_update::{UpdateError, Updater};
use common::Bench;
use mosquitto::Mosquitto;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Devices that run until this is dropped.
struct Devices(Arc<AtomicBool>);

impl Drop for Devices {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Devices {
    /// Starts devices. Those whose number `fails` names cannot run an even sequence.
    fn start(mosquitto: &Mosquitto, count: usize, fails: fn(usize) -> bool) -> Self {
        let end = Arc::new(AtomicBool::new(false));
        for number in 0..count {
            let (url, end) = (mosquitto.url(), Arc::clone(&end));
            thread::spawn(move || {
                let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                tokio.block_on(live(&url, &format!("d{number}"), fails(number), &end));
            });
        }
        Self(end)
    }
}

async fn live(url: &str, name: &str, fails: bool, end: &AtomicBool) {
    let broker = Broker::new(url, &Tls::default()).unwrap();
    let (mut flash, began) = (board::new_flash(), Instant::now());
    let operators = [board::public_key()];
    let layout = board::layout(&flash);
    while !end.load(Ordering::Relaxed) {
        let mut updater = Updater::open(&mut *flash, layout, board::device()).unwrap();
        let started = match updater.start() {
            Ok(started) => Some(started),
            Err(UpdateError::NoModule) => None,
            Err(error) => panic!("{error}"),
        };
        let config = Config::new("aingle", "greenhouse", name, &operators);
        let mut agent = Agent::new(config, &mut updater, started.as_ref()).unwrap();
        let mut trial = started.filter(|started| started.boots_left.is_some());
        let now = || began.elapsed().as_millis() as u64;
        mqtt::run(&broker, &mut agent, &mut updater, now, |updater| {
            if let Some(started) = trial.take() {
                if fails && started.sequence.is_multiple_of(2) {
                    updater.fail(9).unwrap();
                    return true;
                }
                updater.confirm().unwrap();
            }
            end.load(Ordering::Relaxed)
        })
        .await;
    }
}

/// A bench with modules of some sequences, and the words that each command line ends with.
fn bench(mosquitto: &Mosquitto) -> (Bench, String) {
    let bench = Bench::new();
    for sequence in [1, 2, 3] {
        let name = format!("module{sequence}.smny");
        bench.succeed(&format!(
            "pack module.wasm -o {name} --module-id 1 --entry echo --sequence {sequence} --key key"
        ));
    }
    bench.succeed("pack module.wasm -o unsigned.smny --module-id 1 --entry echo --sequence 4");
    (bench, format!("--broker {}", mosquitto.url()))
}

/// Waits until it is so of what all devices say.
fn until(bench: &Bench, broker: &str, what: &str, is_so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let facts = bench.succeed(&format!("fleet status {broker}"));
        let devices = facts["device"].as_array().cloned().unwrap_or_default();
        if is_so(&devices) {
            return devices;
        }
        assert!(Instant::now() < end, "{what}: {devices:#?}");
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn f1_f3_a_rollout_is_done_pauses_at_its_threshold_and_is_aborted() {
    let mosquitto = Mosquitto::start("");
    let (bench, broker) = bench(&mosquitto);
    let group = format!("--group greenhouse --key key {broker}");
    let _devices = Devices::start(&mosquitto, 4, |number| number == 2);
    until(&bench, &broker, "four devices", |all| all.len() == 4);

    let run = bench.run(&format!("fleet rollout module1.smny --steps 50%,100% {group}"));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("offered to 50 % of the group"), "{}", run.stderr);
    let lines = String::from_utf8(run.stdout).unwrap();
    assert!(lines.contains("confirmed  4"), "{lines}");

    let run = bench.run(&format!("fleet rollout module2.smny --steps 100% {group}"));
    assert_eq!(run.code, 7, "{}", run.stderr);
    assert!(run.stderr.contains("d2"), "{}", run.stderr);
    assert!(run.stderr.contains("failed its trial with code 9: reverted"), "{}", run.stderr);

    let older = bench.fail(&format!("fleet abort module1.smny {group}"), 5);
    assert!(older.contains("Pack it with sequence 3 or more"), "{older}");
    let done = bench.succeed(&format!("fleet abort module3.smny {group}"));
    assert_eq!(done["sequence"], 3);
    let all = until(&bench, &broker, "sequence 3 everywhere", |all| {
        all.iter().all(|it| it["sequence"] == 3 && it["stage"] == "confirmed")
    });
    let names: Vec<_> = all.iter().map(|it| it["device"].clone()).collect();
    assert_eq!(names, ["d0", "d1", "d2", "d3"]);
}

#[test]
fn a_pause_holds_devices_and_a_resume_lets_them_go_on() {
    let mosquitto = Mosquitto::start("");
    let (bench, broker) = bench(&mosquitto);
    let group = format!("--group greenhouse --key key {broker}");
    let nothing = bench.fail(&format!("fleet pause {group}"), 2);
    assert!(nothing.contains("nothing that this operator's key has signed is announced"), "{nothing}");
    // Nobody may take it yet.
    let published = bench.succeed(&format!("fleet publish module1.smny --share 0% {group}"));
    let paused = bench.succeed(&format!("fleet pause {group}"));
    assert!(paused["number"].as_u64() > published["number"].as_u64());
    assert_eq!(paused["paused"], true);
    let _devices = Devices::start(&mosquitto, 1, |_| false);
    until(&bench, &broker, "it waits", |all| all.iter().any(|it| it["stage"] == "waiting"));
    bench.succeed(&format!("fleet publish module1.smny {group}"));
    bench.succeed(&format!("fleet resume {group}"));
    until(&bench, &broker, "it runs", |all| all[0]["stage"] == "confirmed" && all[0]["sequence"] == 1);
    let again = bench.succeed(&format!("fleet publish module1.smny {group}"));
    assert_eq!(again["sent"], 0, "{again}");
}

#[test]
fn what_devices_would_refuse_is_not_published() {
    let mosquitto = Mosquitto::start("");
    let (bench, broker) = bench(&mosquitto);
    let run = bench.run(&format!("fleet publish unsigned.smny --group g --key key {broker} --json"));
    assert_eq!((run.code, &run.json()["error"]["refusals"]), (5, &json!([3])), "{}", run.stderr);
    bench.succeed(&format!("fleet publish module2.smny --group g --key key {broker}"));
    let error = bench.fail(&format!("fleet rollout module1.smny --group g --key key {broker}"), 5);
    assert!(error.contains("sequence 2 of module 1 is announced to group `g`"), "{error}");
    for (line, code, words) in [
        ("fleet publish module1.smny --group a/b --key key", 2, "`a/b`"),
        ("fleet publish module1.smny --group g --key key --chunk 100", 2, "expected a multiple of 32"),
        ("fleet publish module1.smny --group g", 2, "no key"),
        ("fleet publish module.wasm --group g --key key", 4, "module.wasm"),
        ("fleet rollout module3.smny --group g --key key --steps 10%,10%", 2, "more than the one before"),
        ("fleet rollout module3.smny --group g --key key --steps 10", 2, "expected 0% to 100%"),
        ("fleet status --ca nothing.pem", 2, "mqtts:// is TLS"),
    ] {
        let error = bench.fail(&format!("{line} {broker}"), code);
        assert!(error.contains(words), "{line}: {error}");
    }
    assert!(bench.fail("fleet status --broker http://localhost", 2).contains("mqtt://"));
    assert!(bench.fail("fleet status", 2).contains("--broker"));
    drop(mosquitto);
    assert!(bench.fail(&format!("fleet status {broker}"), 8).contains("mqtt://127.0.0.1"));
}

#[test]
fn a_rollout_that_nobody_follows_any_more_stays_as_it_is() {
    let mosquitto = Mosquitto::start("");
    let (bench, broker) = bench(&mosquitto);
    let line =
        format!("fleet rollout module1.smny --timeout 500ms --group greenhouse --key key {broker} --json");
    let run = bench.run(&line);
    assert_eq!(run.code, 14, "{}", run.stderr);
    assert_eq!(run.json()["error"]["limit_ms"], 500);
    let said = bench.fail(&line.replace("500ms", "2s").replace(" --json", ""), 14);
    assert!(said.contains("no device of the group has said anything yet"), "{said}");
    let _devices = Devices::start(&mosquitto, 1, |_| false);
    until(&bench, &broker, "it is offered", |all| !all.is_empty() && all[0]["stage"] != "idle");
}

#[test]
fn a_gateway_brings_modules_to_devices_behind_lines() {
    let mosquitto = Mosquitto::start("");
    let (bench, broker) = bench(&mosquitto);
    let group = format!("--group greenhouse --key key {broker}");
    let (good, _good) = board::lasting_board(board::GOOD);
    let (bad, _bad) = board::lasting_board(board::Habits { confirms: false, ..board::GOOD });
    let line = format!(
        "fleet gateway --group greenhouse --operator key.pub --device good={good} --device bad={bad} --wait 20s {broker}"
    );
    let gateway = bench.start(&line);
    until(&bench, &broker, "two devices", |all| all.len() == 2);
    let run = bench.run(&format!("fleet rollout module1.smny --steps 100% --error-threshold 50% {group}"));
    assert_eq!(run.code, 0, "{}", run.stderr);
    let all = until(&bench, &broker, "both have ended", |all| all.len() == 2);
    assert_eq!((&all[0]["device"], &all[0]["stage"]), (&json!("bad"), &json!("given-up")), "{all:#?}");
    assert_eq!((&all[1]["device"], &all[1]["stage"]), (&json!("good"), &json!("confirmed")), "{all:#?}");
    assert_eq!(all[1]["sequence"], 1);
    // One that starts again asks first, and sends nothing twice.
    drop(gateway);
    let _gateway = bench.start(&line);
    thread::sleep(Duration::from_secs(2));
    let all = until(&bench, &broker, "still", |all| all.iter().all(|it| it["number"] != 0));
    assert_eq!((&all[0]["stage"], &all[1]["stage"]), (&json!("given-up"), &json!("confirmed")), "{all:#?}");
}

#[test]
fn what_is_of_no_use_is_forgotten() {
    let mosquitto = Mosquitto::start("");
    let (bench, broker) = bench(&mosquitto);
    let group = format!("--group greenhouse --key key {broker}");
    let devices = Devices::start(&mosquitto, 2, |_| false);
    let published = bench.succeed(&format!("fleet publish module1.smny {group}"));
    until(&bench, &broker, "both run", |all| all.len() == 2 && all.iter().all(|it| it["sequence"] == 1));
    let error = bench.fail(&format!("fleet forget module1.smny {broker}"), 5);
    assert!(error.contains("announced to group `greenhouse`"), "{error}");
    bench.succeed(&format!("fleet publish module2.smny {group}"));
    until(&bench, &broker, "both run", |all| all.iter().all(|it| it["sequence"] == 2));
    let forgotten = bench.succeed(&format!("fleet forget module1.smny {broker}"));
    assert_eq!(forgotten["chunks"], published["chunks"]);
    assert_eq!(bench.succeed(&format!("fleet forget module1.smny {broker}"))["chunks"], 0);
    // Devices that are gone hold a rollout up, until they are forgotten.
    drop(devices);
    thread::sleep(Duration::from_secs(1));
    bench.fail(&format!("fleet rollout module3.smny --steps 100% --timeout 1s {group}"), 14);
    let names = "--device d0 --device d1 --device d9";
    let forgotten = bench.succeed(&format!("fleet forget --group greenhouse {names} {broker}"));
    assert_eq!(forgotten["device"], json!(["d0", "d1"]));
    assert!(until(&bench, &broker, "none", |all| all.is_empty()).is_empty());
    assert!(bench.fail(&format!("fleet forget {broker}"), 2).contains("BLOB"));
}
