//! A gateway for a thousand devices, in a process of its own: what is resident is the gateway's.

#[path = "support/mosquitto.rs"]
mod mosquitto;
mod support;

use aingle_wasm_fleet::Stage;
use aingle_wasm_fleet::mqtt::{Broker, Gateway, Operator, Relay, Tls};
use aingle_wasm_manifest::Key;
use aingle_wasm_update::{Outcome, Report};
use mosquitto::Mosquitto;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use support::{CHUNK, GROUP, MODULE, OPERATOR, PREFIX, blob};

const DEVICES: usize = 1_000;
/// What the process may have resident, in KiB.
const RESIDENT: u64 = 20 * 1024;

/// A device behind a line. Every hundredth gives the module up.
struct Line {
    number: usize,
    sent: Arc<AtomicUsize>,
}

impl Relay for Line {
    fn ask(&mut self) -> Option<Report> {
        Some(Report { outcome: Outcome::Confirmed, module_id: MODULE, sequence: 1, ..Report::default() })
    }

    fn send(&mut self, blob: &[u8]) -> Option<Report> {
        assert_eq!(blob, support::blob(2, 60_000), "the whole blob comes");
        self.sent.fetch_add(1, Ordering::Relaxed);
        let outcome = if self.number.is_multiple_of(100) { Outcome::TrialFailed } else { Outcome::Confirmed };
        Some(Report { outcome, code: 0, module_id: MODULE, sequence: 2 })
    }
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a figure");
    line.trim().trim_end_matches(" kB").trim().parse().expect("a number")
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_thousand_devices_behind_lines_take_little_memory() {
    let mosquitto = Mosquitto::start("");
    let broker = Broker::new(&mosquitto.url(), &Tls::default()).expect("an address").prefix(PREFIX);
    let mut operator = Operator::connect(&broker).await.expect("connects");
    let second = blob(2, 60_000);
    operator.publish(&second, CHUNK, GROUP, 1_000, &OPERATOR).await.expect("published");
    drop(second);
    let sent = Arc::new(AtomicUsize::new(0));
    let line = |number| Line { number, sent: Arc::clone(&sent) };
    let devices: Vec<_> = (0..DEVICES).map(|number| (format!("d{number}"), line(number))).collect();
    let operators = [Key::module(OPERATOR.verifying_key().to_bytes())];
    let gateway =
        Gateway { broker: &broker, group: GROUP, operators: &operators, parallel: 8, max_blob: 1 << 20 };
    let mut most = 0;
    let watching = async {
        let end = Instant::now() + Duration::from_secs(120);
        loop {
            tokio::time::sleep(Duration::from_millis(300)).await;
            most = most.max(resident());
            let statuses = operator.statuses(Some(GROUP)).await.expect("statuses");
            let count = |stage| statuses.iter().filter(|it| it.status.stage == stage).count();
            if count(Stage::Confirmed) == DEVICES - DEVICES / 100 && count(Stage::GivenUp) == DEVICES / 100 {
                return;
            }
            assert!(Instant::now() < end, "{} confirmed", count(Stage::Confirmed));
        }
    };
    tokio::select! {
        ended = gateway.run(devices, |error| panic!("{error}")) => panic!("{ended:?}"),
        () = watching => {}
    }
    assert_eq!(sent.load(Ordering::Relaxed), DEVICES, "nothing is sent twice");
    println!("{DEVICES} devices behind one gateway: at most {most} KiB resident");
    assert!(most <= RESIDENT, "{most} KiB resident, at most {RESIDENT} are allowed");
}
