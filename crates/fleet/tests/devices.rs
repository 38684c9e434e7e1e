//! Devices and operators at a real broker: the real updater on a modelled flash, and mosquitto, which is killed and started again.

#[path = "support/mosquitto.rs"]
mod mosquitto;
mod support;

use aingle_wasm_flash_model::Random;
use aingle_wasm_fleet::mqtt::{
    self, Broker, DeviceStatus, Ended, Event, FleetError, Operator, Plan, Rollout, Tls,
};
use aingle_wasm_fleet::{Agent, Stage, Timing, Topic};
use aingle_wasm_update::Outcome;
use mosquitto::Mosquitto;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use support::{CHUNK, GROUP, MAKER, OPERATOR, PREFIX, Storage, blob, config, cut, id};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How long a test may take that ends by itself.
const LONG: Duration = Duration::from_secs(120);

fn broker(mosquitto: &Mosquitto) -> Broker {
    Broker::new(&mosquitto.url(), &Tls::default()).expect("an address").prefix(PREFIX)
}

fn timing() -> Timing {
    Timing { chunk: 1_000, retry: 300, attempts: 20, progress: 100 }
}

/// What a device does with the power, and with a module on trial.
#[derive(Clone, Copy)]
struct Habits {
    /// One of so many boots ends by a cut of power inside a flash operation; 0 is none.
    cuts: usize,
    /// A sequence that does not work here.
    broken: Option<u32>,
}

const STEADY: Habits = Habits { cuts: 0, broken: None };

/// A device, until it is dropped. `seen` has the highest sequence that it has confirmed.
async fn live(
    broker: Broker,
    name: String,
    seed: u64,
    first: Arc<Vec<u8>>,
    habits: Habits,
    seen: Arc<AtomicU32>,
) {
    let mut storage = Storage::new(seed, &first);
    let mut random = Random::new(seed);
    let began = Instant::now();
    seen.store(1, Ordering::Relaxed);
    loop {
        let is_cut = habits.cuts > 0 && random.below(habits.cuts) == 0;
        storage.power(is_cut.then(|| cut(&mut random)));
        let is_off = Arc::clone(&storage.is_off);
        let Some((mut updater, started)) = storage.boot() else { continue };
        let water = updater.state().high_water(support::MODULE).unwrap_or_default();
        let before = seen.fetch_max(water, Ordering::Relaxed);
        assert!(water >= before, "{name}: the highest sequence went from {before} to {water}");
        assert!([1, 2, 3].contains(&started.sequence), "{name} runs sequence {}", started.sequence);
        // Clocks of devices begin anywhere, and each at another value after a restart.
        let offset = random.number() % 1_000_000_000;
        let now = || offset + began.elapsed().as_millis() as u64;
        let mut agent = Agent::new(config(&name, timing()), &mut updater, Some(&started)).expect("names");
        let mut on_trial = started.boots_left.is_some();
        mqtt::run(&broker, &mut agent, &mut updater, now, |updater| {
            if on_trial && habits.broken == Some(started.sequence) {
                let _ = updater.fail(9);
                return true;
            }
            if std::mem::take(&mut on_trial) && updater.confirm().is_ok() {
                seen.fetch_max(started.sequence, Ordering::Relaxed);
            }
            is_off.load(Ordering::Relaxed)
        })
        .await;
    }
}

/// Devices that end with the test.
struct Group {
    devices: JoinSet<()>,
    seen: Vec<Arc<AtomicU32>>,
}

impl Group {
    fn start(broker: &Broker, count: usize, habits: impl Fn(usize) -> Habits) -> Self {
        let first = Arc::new(blob(1, 3_000));
        let (mut devices, mut seen) = (JoinSet::new(), Vec::new());
        for number in 0..count {
            let confirmed = Arc::new(AtomicU32::new(0));
            seen.push(Arc::clone(&confirmed));
            let name = format!("d{number}");
            devices.spawn(live(
                broker.clone(),
                name,
                number as u64,
                Arc::clone(&first),
                habits(number),
                confirmed,
            ));
        }
        Self { devices, seen }
    }

    /// Waits until it is so of what all devices say.
    async fn until(
        &mut self,
        broker: &Broker,
        what: &str,
        is_so: impl Fn(&[DeviceStatus]) -> bool,
    ) -> Vec<DeviceStatus> {
        let until = Instant::now() + LONG;
        let mut last = Vec::new();
        while Instant::now() < until {
            if let Some(Err(error)) = self.devices.try_join_next() {
                std::panic::resume_unwind(error.into_panic());
            }
            if let Ok(statuses) = statuses(broker).await {
                if statuses.len() == self.seen.len() && is_so(&statuses) {
                    return statuses;
                }
                last = statuses;
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("not so after {LONG:?}: {what}: {last:#?}");
    }
}

async fn statuses(broker: &Broker) -> Result<Vec<DeviceStatus>, FleetError> {
    let mut operator = Operator::connect(broker).await?;
    let statuses = operator.statuses(Some(GROUP)).await?;
    operator.close().await;
    Ok(statuses)
}

async fn in_time<T>(future: impl Future<Output = T>) -> T {
    timeout(LONG, future).await.expect("it ends in time")
}

fn rollout<'r>(broker: &'r Broker, blob: &'r [u8], plan: Plan) -> Rollout<'r> {
    Rollout { broker, key: &OPERATOR, blob, group: GROUP, chunk_len: CHUNK, plan }
}

fn at_once(error_threshold: u16) -> Plan {
    Plan { steps: vec![1_000], success_threshold: 1_000, error_threshold }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f1_a_module_goes_to_a_group_and_is_confirmed() {
    let mosquitto = Mosquitto::start("");
    let broker = broker(&mosquitto);
    let mut group = Group::start(&broker, 3, |_| STEADY);
    group.until(&broker, "idle", |all| all.iter().all(|it| it.status.stage == Stage::Idle)).await;
    let second = blob(2, 3_500);
    let mut operator = Operator::connect(&broker).await.expect("connects");
    let published = operator.publish(&second, CHUNK, GROUP, 1_000, &OPERATOR).await.expect("published");
    assert_eq!(
        (published.chunks as usize, published.sent),
        (second.len().div_ceil(CHUNK.into()), published.sent)
    );
    assert_eq!(published.sent, published.chunks as usize);
    let again = operator.publish(&second, CHUNK, GROUP, 1_000, &OPERATOR).await.expect("published");
    assert_eq!(again.sent, 0, "what the broker has is not sent again");
    assert!(again.number > published.number);
    let all = group
        .until(&broker, "confirmed", |all| {
            all.iter().all(|it| it.status.stage == Stage::Confirmed && it.status.boots_left.is_none())
        })
        .await;
    for DeviceStatus { status, .. } in all {
        assert_eq!((status.sequence, status.report.outcome), (2, Outcome::Confirmed));
        assert_eq!((status.blob, status.have), (id(&second), second.len() as u32));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f3_a_rollout_goes_by_steps_and_pauses_at_its_threshold() {
    let mosquitto = Mosquitto::start("");
    let broker = broker(&mosquitto);
    // A third of the devices cannot run sequence 2.
    let broken = |number| Habits { broken: (number % 3 == 0).then_some(2), ..STEADY };
    let mut group = Group::start(&broker, 12, broken);
    group.until(&broker, "idle", |all| all.iter().all(|it| it.status.stage == Stage::Idle)).await;
    let bad = blob(2, 3_500);
    let plan = Plan { steps: vec![500, 1_000], success_threshold: 1_000, error_threshold: 100 };
    let mut events = Vec::new();
    let ended = in_time(rollout(&broker, &bad, plan).run(|event| events.push(event))).await.expect("it runs");
    let Ended::Paused(tally) = ended else { panic!("{ended:?}") };
    assert!(!tally.failed.is_empty() && tally.targets < tally.devices, "{tally:?}");
    assert!(matches!(events[0], Event::Step { permille: 500, .. }), "{events:?}");
    // Those outside the share have not begun, and do not begin.
    let waiting = |all: &[DeviceStatus]| {
        all.iter().filter(|it| it.status.stage == Stage::Waiting).count() == tally.devices - tally.targets
    };
    group.until(&broker, "the others wait", waiting).await;
    // Abort: the old module again, under a newer sequence.
    let old = blob(3, 3_000);
    let ended = in_time(rollout(&broker, &old, at_once(0)).run(|_| {})).await.expect("it runs");
    assert!(matches!(&ended, Ended::Done(tally) if tally.confirmed == 12), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_from_elsewhere_holds_a_rollout_and_another_blob_ends_it() {
    let mosquitto = Mosquitto::start("");
    let broker = broker(&mosquitto);
    let second = blob(2, 3_500);
    let mut operator = Operator::connect(&broker).await.expect("connects");
    let nothing = operator.change(GROUP, &OPERATOR, |it| it.paused = true).await;
    assert!(matches!(nothing, Err(FleetError::NothingAnnounced { .. })), "{nothing:?}");
    // Without devices the rollout does not end by itself.
    let running = {
        let (broker, second) = (broker.clone(), second.clone());
        tokio::spawn(async move {
            let mut events = Vec::new();
            let ended = rollout(&broker, &second, at_once(0)).run(|event| events.push(event)).await;
            (ended, events)
        })
    };
    while operator.announced(GROUP, &OPERATOR).await.expect("read").is_none() {
        sleep(Duration::from_millis(20)).await;
    }
    let _ = operator.change(GROUP, &OPERATOR, |it| it.paused = true).await.expect("paused");
    sleep(Duration::from_millis(500)).await;
    let mut group = Group::start(&broker, 4, |_| STEADY);
    group.until(&broker, "they wait", |all| all.iter().all(|it| it.status.stage == Stage::Waiting)).await;
    let third = blob(3, 3_000);
    operator.publish(&third, CHUNK, GROUP, 1_000, &OPERATOR).await.expect("published");
    let (ended, events) = in_time(running).await.expect("no panic");
    assert_eq!(ended.expect("it runs"), Ended::Superseded);
    assert!(events.contains(&Event::Paused(true)), "{events:?}");
    group.until(&broker, "the third runs", |all| all.iter().all(|it| it.status.sequence == 3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_loses_everything_gets_it_again() {
    let mut mosquitto = Mosquitto::start("");
    let broker = broker(&mosquitto);
    let mut group = Group::start(&broker, 3, |_| STEADY);
    group.until(&broker, "idle", |all| all.iter().all(|it| it.status.stage == Stage::Idle)).await;
    let second = blob(2, 7_500);
    let running = {
        let (broker, second) = (broker.clone(), second.clone());
        tokio::spawn(async move { rollout(&broker, &second, at_once(0)).run(|_| {}).await })
    };
    sleep(Duration::from_millis(300)).await;
    mosquitto.restart_empty();
    let ended = in_time(running).await.expect("no panic").expect("it runs");
    assert!(matches!(&ended, Ended::Done(tally) if tally.confirmed == 3), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lesson_50_a_broker_that_acknowledges_and_drops_is_found_out() {
    // It takes chunks of 256 bytes, and drops those of 2048.
    let mosquitto = Mosquitto::start("message_size_limit 1024");
    let broker = broker(&mosquitto);
    let mut operator = Operator::connect(&broker).await.expect("connects");
    let second = blob(2, 4_500);
    operator.publish_blob(&second, 256).await.expect("kept");
    let lost = operator.publish_blob(&second, 2_048).await;
    let Err(FleetError::NotKept { topic, len, messages, times }) = lost else { panic!("{lost:?}") };
    assert_eq!((topic.as_str(), len), (Topic::chunk(PREFIX, &id(&second), 0).as_str(), 2_048));
    assert_eq!((messages, times), (2, 3), "the last chunk is short");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_done_is_said_with_its_facts() {
    let mosquitto = Mosquitto::start("");
    let broker = broker(&mosquitto);
    let mut operator = Operator::connect(&broker).await.expect("connects");
    let second = blob(2, 500);
    let chunk = operator.publish_blob(&second, 100).await;
    assert!(matches!(chunk, Err(FleetError::Chunk { found: 100 })), "{chunk:?}");
    let no_blob = operator.publish_blob(b"\0asm\x01\0\0\0", CHUNK).await;
    assert!(matches!(no_blob, Err(FleetError::Blob(_))), "{no_blob:?}");
    let name = operator.publish(&second, CHUNK, "a/b", 1_000, &OPERATOR).await;
    assert!(matches!(name, Err(FleetError::Name { .. })), "{name:?}");
    let port = mosquitto.port;
    drop(mosquitto);
    let nowhere = Broker::new(&format!("mqtt://127.0.0.1:{port}"), &Tls::default()).expect("an address");
    let nobody = Operator::connect(&nowhere).await;
    let Err(FleetError::Connect { broker, .. }) = nobody else { panic!("connected") };
    assert_eq!(broker, format!("mqtt://127.0.0.1:{port}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_without_the_operators_key_installs_nothing() {
    let mosquitto = Mosquitto::start("");
    let broker = broker(&mosquitto);
    let mut group = Group::start(&broker, 2, |_| STEADY);
    group.until(&broker, "idle", |all| all.iter().all(|it| it.status.stage == Stage::Idle)).await;
    let second = blob(2, 3_500);
    let mut stranger = Operator::connect(&broker).await.expect("connects");
    // Who signs modules may not announce.
    stranger.publish(&second, CHUNK, GROUP, 1_000, &MAKER).await.expect("the broker takes it");
    let ignored = |all: &[DeviceStatus]| all.iter().all(|it| it.status.ignored > 0);
    let all = group.until(&broker, "they ignore it", ignored).await;
    assert!(all.iter().all(|it| it.status.stage == Stage::Idle && it.status.sequence == 1), "{all:?}");
    // And what an operator announces has to be signed by who signs modules.
    let unsigned = aingle_wasm_manifest::Builder::module(support::MODULE, 2, "main")
        .build(&[7; 500], Some(&OPERATOR))
        .expect("a blob");
    stranger.publish(&unsigned, CHUNK, GROUP, 1_000, &OPERATOR).await.expect("the broker takes it");
    let refused = |all: &[DeviceStatus]| all.iter().all(|it| it.status.stage == Stage::Refused);
    let all = group.until(&broker, "they refuse it", refused).await;
    assert!(all.iter().all(|it| it.status.report.outcome == Outcome::Refused && it.status.sequence == 1));
}

/// Devices whose power is cut, at a broker that is killed: each ends on the new module, or on the old one where the new one does
/// not work.
async fn storm(count: usize, kills: usize, every: Duration) {
    let mut mosquitto = Mosquitto::start("");
    let broker = broker(&mosquitto);
    let is_broken = |number: usize| number % 10 == 3;
    let habits = |number| Habits { cuts: 3, broken: is_broken(number).then_some(2) };
    let mut group = Group::start(&broker, count, habits);
    group.until(&broker, "all are there", |_| true).await;
    let second = blob(2, 6_000);
    let running = {
        let (broker, second) = (broker.clone(), second.clone());
        let plan = Plan { steps: vec![100, 500, 1_000], success_threshold: 700, error_threshold: 300 };
        tokio::spawn(async move { rollout(&broker, &second, plan).run(|_| {}).await })
    };
    let mut random = Random::new(7);
    for _ in 0..kills {
        sleep(every).await;
        if random.below(3) == 0 { mosquitto.restart_empty() } else { mosquitto.kill_and_restart() }
    }
    let ended = timeout(LONG * 10, running).await.expect("in time").expect("no panic").expect("it runs");
    let Ended::Done(tally) = ended else { panic!("{ended:?}") };
    let broken = (0..count).filter(|number| is_broken(*number)).count();
    println!(
        "{count} devices, {kills} kills of the broker: {} confirmed, {} gave up",
        tally.confirmed,
        tally.failed.len()
    );
    assert_eq!((tally.confirmed, tally.failed.len()), (count - broken, broken));
    for (number, seen) in group.seen.iter().enumerate() {
        assert_eq!(seen.load(Ordering::Relaxed), if is_broken(number) { 1 } else { 2 }, "device {number}");
    }
    if let Some(Err(error)) = group.devices.try_join_next() {
        std::panic::resume_unwind(error.into_panic());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f2_every_device_ends_on_one_of_two_modules() {
    storm(30, 3, Duration::from_millis(1_500)).await;
}

/// `cargo test --release -p aingle_wasm_fleet --features mqtt --test devices -- --ignored --nocapture`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a campaign of some minutes"]
async fn a_thousand_devices_end_on_one_of_two_modules() {
    storm(1_000, 12, Duration::from_secs(5)).await;
}

/// Certificates of a broker at 127.0.0.1, in the folder of the test.
fn certificates(folder: &std::path::Path) -> std::path::PathBuf {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut ca = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let issuer = rcgen::CertifiedIssuer::self_signed(ca, key).expect("a certificate");
    let broker_key = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
    let certificate = params.signed_by(&broker_key, &issuer).expect("a certificate");
    let write = |name: &str, text: String| std::fs::write(folder.join(name), text).expect("written");
    write("ca.pem", issuer.pem());
    write("broker.pem", certificate.pem());
    write("broker.key", broker_key.serialize_pem());
    folder.join("ca.pem")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_users_and_access_lists_of_the_broker_are_what_counts() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let ca = certificates(folder.path());
    let file = |name: &str| folder.path().join(name).display().to_string();
    for (user, password) in [("operator", "right"), ("d0", "right")] {
        let mut command = std::process::Command::new("mosquitto_passwd");
        let create = if user == "operator" { vec!["-c"] } else { Vec::new() };
        let run = command.args(create).args(["-b", &file("users"), user, password]).output();
        assert!(run.is_ok_and(|output| output.status.success()), "mosquitto_passwd is part of mosquitto");
    }
    let rules = "user operator\ntopic readwrite test/#\nuser d0\ntopic read test/group/#\ntopic read test/blob/#\ntopic write test/status/greenhouse/d0\n";
    std::fs::write(file("rules"), rules).expect("written");
    let settings = format!(
        "cafile {}\ncertfile {}\nkeyfile {}\nallow_anonymous false\npassword_file {}\nacl_file {}",
        ca.display(),
        file("broker.pem"),
        file("broker.key"),
        file("users"),
        file("rules")
    );
    let mosquitto = Mosquitto::start(&settings);
    let at = |who: &str, tls: &Tls| {
        let url = format!("mqtts://{who}127.0.0.1:{}", mosquitto.port);
        Broker::new(&url, tls).expect("an address").prefix(PREFIX)
    };
    let tls = Tls { ca: Some(ca), client: None };
    // A certificate that nobody vouches for, a wrong password, nobody, and no TLS.
    for (who, tls) in [("operator:right@", &Tls::default()), ("operator:wrong@", &tls), ("", &tls)] {
        let refused = Operator::connect(&at(who, tls)).await.err();
        assert!(matches!(refused, Some(FleetError::Connect { .. })), "{who}: {refused:?}");
    }
    let plain = Broker::new(&mosquitto.url(), &Tls::default()).expect("an address");
    assert!(matches!(Operator::connect(&plain).await.err(), Some(FleetError::Connect { .. })));

    let operator_side = at("operator:right@", &tls);
    let device_side = at("d0:right@", &tls);
    let mut operator = Operator::connect(&operator_side).await.expect("connects");
    let mut group = Group::start(&device_side, 1, |_| STEADY);
    let second = blob(2, 3_500);
    operator.publish(&second, CHUNK, GROUP, 1_000, &OPERATOR).await.expect("published");
    group.until(&operator_side, "confirmed", |all| all[0].status.stage == Stage::Confirmed).await;
    // What a device may not write is acknowledged, and not there.
    let mut intruder = Operator::connect(&device_side).await.expect("connects");
    let written = timeout(LONG, intruder.publish_blob(&blob(3, 500), CHUNK)).await.expect("in time");
    assert!(written.is_err(), "{written:?}");
    let third = blob(3, 500);
    let sent = operator.publish_blob(&third, CHUNK).await.expect("published");
    assert_eq!(sent, third.len().div_ceil(CHUNK.into()), "nothing of it was there");
}
