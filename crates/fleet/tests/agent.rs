//! A device and a broker that loses, repeats, reorders and alters messages, with cuts of power and clocks that jump: many
//! random histories of the real updater on a modelled flash.

mod support;

use aingle_wasm_flash_model::Random;
use aingle_wasm_fleet::{Agent, Announcement, AnnouncementError, Next, Stage, Status, Timing, Topic};
use aingle_wasm_manifest::{Key, SigningKey};
use aingle_wasm_update::{Outcome, Updater};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use support::{CHUNK, GROUP, MAKER, OPERATOR, PREFIX, Storage, announced, blob, config, cut, id};

/// Steps in which everything goes wrong that can, and steps after them.
const STORM: usize = 300;
const CALM: usize = 2_000;
const DEVICE: &str = "d-1";

/// What a broker retains, and one client of it.
#[derive(Default)]
struct Broker {
    retained: BTreeMap<String, Vec<u8>>,
    subscribed: BTreeSet<String>,
    queue: VecDeque<(String, Vec<u8>)>,
}

impl Broker {
    fn announce(&mut self, blob: &[u8], number: u32, key: &SigningKey) {
        self.put(Topic::group(PREFIX, GROUP).as_str(), &announcement(blob, number, key));
        for (chunk, index) in blob.chunks(CHUNK.into()).zip(0..) {
            self.put(Topic::chunk(PREFIX, &id(blob), index).as_str(), chunk);
        }
    }

    fn put(&mut self, topic: &str, bytes: &[u8]) {
        self.retained.insert(topic.into(), bytes.into());
        if self.subscribed.contains(topic) {
            self.queue.push_back((topic.into(), bytes.into()));
        }
    }

    fn subscribe(&mut self, topic: &str) {
        self.subscribed.insert(topic.into());
        if let Some(bytes) = self.retained.get(topic) {
            self.queue.push_back((topic.into(), bytes.clone()));
        }
    }

    fn disconnect(&mut self) {
        self.subscribed.clear();
        self.queue.clear();
    }

    fn status(&self) -> Status {
        let bytes = self.retained.get(Topic::status(PREFIX, GROUP, DEVICE).as_str());
        bytes.and_then(|bytes| Status::decode(bytes)).unwrap_or_default()
    }
}

fn announcement(blob: &[u8], number: u32, key: &SigningKey) -> Vec<u8> {
    announced(blob, number).sign(key).expect("it fits")
}

/// A device, its broker and what goes wrong.
struct World {
    random: Random,
    storage: Storage,
    broker: Broker,
    now: u64,
    /// Whether everything goes wrong that can.
    storm: bool,
    /// Sequences that may run, from the oldest.
    known: Vec<u32>,
    /// A sequence that does not work.
    broken: Option<u32>,
    highest: u32,
    boots: u32,
}

impl World {
    fn new(seed: u64, first: &[u8]) -> Self {
        Self {
            random: Random::new(seed),
            storage: Storage::new(seed, first),
            broker: Broker::default(),
            now: 1_000_000,
            storm: false,
            known: vec![1],
            broken: None,
            highest: 1,
            boots: 0,
        }
    }

    /// Runs the device for so many steps, over its restarts.
    fn run(&mut self, steps: usize) {
        let mut left = steps;
        while left > 0 {
            left = self.life(left);
        }
    }

    /// Runs it until it restarts. Returns how many steps are left.
    fn life(&mut self, mut left: usize) -> usize {
        self.boots += 1;
        let power = (self.storm && self.random.below(3) > 0).then(|| cut(&mut self.random));
        self.storage.power(power);
        let Self { random, storage, broker, now, storm, known, broken, highest, .. } = self;
        broker.disconnect();
        let is_off = Arc::clone(&storage.is_off);
        let Some((mut updater, started)) = storage.boot() else { return left - 1 };
        assert!(known.contains(&started.sequence), "sequence {} runs", started.sequence);
        let water = updater.state().high_water(support::MODULE).unwrap_or_default();
        assert!(water >= *highest, "the highest sequence went from {highest} to {water}");
        *highest = water;
        let timing = Timing { attempts: 20, ..Timing::default() };
        let mut agent = Agent::new(config(DEVICE, timing), &mut updater, Some(&started)).expect("names");
        agent.connected();
        if started.boots_left.is_some() {
            let worked = if *broken == Some(started.sequence) { updater.fail(9) } else { updater.confirm() };
            if worked.is_err() || *broken == Some(started.sequence) {
                return left - 1;
            }
            *highest = started.sequence;
        }
        while left > 0 {
            left -= 1;
            if *storm {
                misfortune(random, broker, now, &mut agent);
            }
            match agent.poll(&mut updater, *now) {
                Next::Subscribe(topic) => broker.subscribe(topic.as_str()),
                Next::Unsubscribe(topic) => drop(broker.subscribed.remove(topic.as_str())),
                Next::Publish(topic, status) => broker.put(topic.as_str(), &status),
                Next::Restart => return left,
                Next::WaitUntil(time) => match broker.queue.pop_front() {
                    Some((topic, bytes)) => {
                        deliver(random, *storm, &mut agent, &mut updater, &topic, bytes, *now)
                    }
                    None => *now = time.max(*now + 1),
                },
            }
            if is_off.load(Ordering::Relaxed) {
                return left;
            }
        }
        left
    }
}

fn misfortune(random: &mut Random, broker: &mut Broker, now: &mut u64, agent: &mut Agent<'_>) {
    match random.below(60) {
        0 => {
            broker.disconnect();
            agent.connected();
        }
        1 => *now += 3_600_000,
        2 => *now = now.saturating_sub(3_600_000),
        3 if broker.queue.len() > 1 => broker.queue.swap(0, 1),
        4 => {
            // A replay of what was announced first, and what nobody has signed.
            let topic = Topic::group(PREFIX, GROUP);
            let stranger = SigningKey::from_bytes(&[9; 32]);
            broker.queue.push_back((topic.as_str().into(), announcement(&blob(9, 500), 9_999, &stranger)));
            broker.queue.push_back((topic.as_str().into(), announcement(&blob(1, 3_000), 1, &OPERATOR)));
        }
        _ => {}
    }
}

fn deliver(
    random: &mut Random,
    storm: bool,
    agent: &mut Agent<'_>,
    updater: &mut Updater<&mut Storage>,
    topic: &str,
    mut bytes: Vec<u8>,
    now: u64,
) {
    let chance = if storm { random.below(30) } else { usize::MAX };
    match chance {
        0 => return,
        1 => agent.receive(topic, &bytes, updater, now),
        2 => {
            let at = random.below(bytes.len());
            bytes[at] ^= 1 << random.below(8);
        }
        3 => bytes.truncate(random.below(bytes.len())),
        4 => bytes.push(0),
        _ => {}
    }
    agent.receive(topic, &bytes, updater, now);
}

#[test]
fn f2_a_group_takes_what_it_is_offered_through_every_misfortune() {
    let (first, second, third) = (blob(1, 3_000), blob(2, 3_500), blob(3, 2_000));
    for seed in 0..150 {
        let mut world = World::new(seed, &first);
        world.broker.announce(&second, 2, &OPERATOR);
        world.known.push(2);
        world.storm = true;
        world.run(STORM);
        world.storm = false;
        world.run(CALM);
        let status = world.broker.status();
        assert_eq!((status.stage, status.sequence), (Stage::Confirmed, 2), "seed {seed}: {status:?}");
        assert_eq!((world.highest, status.boots_left), (2, None), "seed {seed}");
        // The next one comes in the boot that has confirmed.
        world.broker.announce(&third, 3, &OPERATOR);
        world.known.push(3);
        world.run(CALM);
        assert_eq!((world.broker.status().stage, world.highest), (Stage::Confirmed, 3), "seed {seed}");
    }
}

#[test]
fn f2_a_module_that_fails_its_trial_is_given_up_and_fetched_no_more() {
    let (first, second, third) = (blob(1, 3_000), blob(2, 3_500), blob(3, 3_000));
    for seed in 0..60 {
        let mut world = World::new(seed, &first);
        world.broker.announce(&second, 2, &OPERATOR);
        (world.known, world.broken, world.storm) = (vec![1, 2], Some(2), true);
        world.run(STORM);
        world.storm = false;
        world.run(CALM);
        let status = world.broker.status();
        assert_eq!((status.stage, status.sequence), (Stage::GivenUp, 1), "seed {seed}: {status:?}");
        assert_eq!((status.report.outcome, status.report.code), (Outcome::TrialFailed, 9), "seed {seed}");
        let erased = world.storage.erased.load(Ordering::Relaxed);
        for _ in 0..5 {
            world.run(100);
            world.life(100);
        }
        assert_eq!(world.storage.erased.load(Ordering::Relaxed), erased, "seed {seed}: the flash is worn");
        // The old module again, under a newer sequence.
        world.broker.announce(&third, 3, &OPERATOR);
        world.known.push(3);
        world.run(CALM);
        assert_eq!(world.broker.status().stage, Stage::Confirmed, "seed {seed}");
        assert_eq!(world.broker.status().sequence, 3, "seed {seed}");
    }
}

#[test]
fn bytes_that_nobody_signed_wear_the_flash_a_few_times_only() {
    let (first, second) = (blob(1, 3_000), blob(2, 3_500));
    let mut world = World::new(0, &first);
    world.broker.announce(&second, 2, &OPERATOR);
    world.broker.put(Topic::chunk(PREFIX, &id(&second), 3).as_str(), &[0; CHUNK as usize]);
    let erased = world.storage.erased.load(Ordering::Relaxed);
    world.run(20_000);
    let worn = world.storage.erased.load(Ordering::Relaxed) - erased;
    assert_eq!(world.broker.status().stage, Stage::Refused);
    assert_eq!(world.broker.status().report.outcome, Outcome::Refused);
    // 20 attempts, each of the whole slot of 4 blocks that the blob needs.
    assert!(worn <= 20 * 5, "{worn} blocks erased");
    assert_eq!(world.boots, 1);
}

#[test]
fn a_pause_stops_a_fetch_and_a_resume_goes_on_where_it_was() {
    let (first, second) = (blob(1, 3_000), blob(2, 3_500));
    let mut world = World::new(0, &first);
    world.broker.announce(&second, 2, &OPERATOR);
    world.known.push(2);
    world.run(25);
    let (topic, pause) =
        (Topic::group(PREFIX, GROUP), Announcement { paused: true, ..announced(&second, 3) });
    world.broker.put(topic.as_str(), &pause.sign(&OPERATOR).expect("it fits"));
    world.run(200);
    assert_eq!(world.broker.status().stage, Stage::Waiting);
    world.broker.put(topic.as_str(), &announcement(&second, 4, &OPERATOR));
    world.run(400);
    assert_eq!(world.broker.status().stage, Stage::Confirmed);
}

#[test]
fn a_device_outside_the_share_waits() {
    let (first, second) = (blob(1, 3_000), blob(2, 3_500));
    let share = aingle_wasm_fleet::share_of(DEVICE, &id(&second));
    let mut world = World::new(0, &first);
    world.broker.announce(&second, 2, &OPERATOR);
    world.known.push(2);
    let topic = Topic::group(PREFIX, GROUP);
    for (permille, number, wanted) in [(share, 3, Stage::Waiting), (share + 1, 4, Stage::Confirmed)] {
        let part = Announcement { permille, ..announced(&second, number) };
        world.broker.put(topic.as_str(), &part.sign(&OPERATOR).expect("it fits"));
        world.run(400);
        assert_eq!(world.broker.status().stage, wanted, "{permille} of 1000, at {share}");
    }
}

#[test]
fn an_announcement_with_any_bit_changed_is_refused() {
    let second = blob(2, 3_500);
    let keys = [Key::module(OPERATOR.verifying_key().to_bytes())];
    let bytes = announcement(&second, 2, &OPERATOR);
    assert_eq!(Announcement::verify(&bytes, GROUP, &keys), Ok(announced(&second, 2)));
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(Announcement::verify(&changed, GROUP, &keys).is_err(), "bit {bit}");
    }
    for len in 0..bytes.len() {
        assert!(Announcement::verify(&bytes[..len], GROUP, &keys).is_err(), "{len} bytes");
    }
    let refused = |bytes: &[u8], group| Announcement::verify(bytes, group, &keys).expect_err("refused");
    assert_eq!(refused(&bytes, "other"), AnnouncementError::OtherGroup);
    assert_eq!(refused(&announcement(&second, 2, &MAKER), GROUP), AnnouncementError::Signature);
    let mut later = bytes.clone();
    later[4] = 2;
    assert_eq!(refused(&later, GROUP), AnnouncementError::Version { found: 2 });
}

#[test]
fn statuses_survive_their_encoding() {
    for (number, stage) in Stage::ALL.into_iter().enumerate() {
        let report = aingle_wasm_update::Report { module_id: 1, sequence: 2, ..Default::default() };
        let status = Status {
            stage,
            boots_left: (number % 2 == 0).then_some(number as u8),
            ignored: 3,
            number: 4,
            blob: id(&blob(2, 100)),
            have: 5,
            blob_len: 6,
            module_id: 7,
            sequence: 8,
            report,
        };
        assert_eq!(Status::decode(&status.encode()), Some(status));
    }
    assert_eq!(Status::decode(&[0; Status::LEN]), None);
    let mut long = Status::default().encode().to_vec();
    long.push(0);
    assert_eq!(Status::decode(&long), None);
}

/// A device that was announced something and waits for its first chunk, with its clock at `now`.
struct Waiting<'s> {
    agent: Agent<'static>,
    updater: Updater<&'s mut Storage>,
    now: u64,
    chunk: Topic,
}

impl<'s> Waiting<'s> {
    fn start(storage: &'s mut Storage, blob: &[u8]) -> Self {
        storage.power(None);
        let (mut updater, started) = storage.boot().expect("it boots");
        let mut agent =
            Agent::new(config(DEVICE, Timing::default()), &mut updater, Some(&started)).expect("names");
        let now = 10_000_000;
        agent.connected();
        let Next::Subscribe(group) = agent.poll(&mut updater, now) else { panic!("not subscribed") };
        agent.receive(group.as_str(), &announcement(blob, 5, &OPERATOR), &mut updater, now);
        let mut waiting = Self { agent, updater, now, chunk: Topic::chunk(PREFIX, &id(blob), 0) };
        assert_eq!(waiting.next(), Next::Subscribe(waiting.chunk));
        waiting
    }

    /// The next thing to do but statuses.
    fn next(&mut self) -> Next {
        loop {
            match self.agent.poll(&mut self.updater, self.now) {
                Next::Publish(..) => {}
                Next::WaitUntil(time) if time <= self.now => {}
                other => return other,
            }
        }
    }

    fn status(&mut self) -> Status {
        self.agent.connected();
        for _ in 0..10 {
            if let Next::Publish(_, status) = self.agent.poll(&mut self.updater, self.now) {
                return Status::decode(&status).expect("a status");
            }
        }
        panic!("it does not say how it is");
    }
}

#[test]
fn a_clock_that_goes_back_does_not_make_a_device_wait_longer() {
    let (first, second) = (blob(1, 3_000), blob(2, 3_500));
    let mut storage = Storage::new(0, &first);
    let mut device = Waiting::start(&mut storage, &second);
    let Timing { chunk, retry, .. } = Timing::default();
    device.now -= 3_600_000;
    let Next::WaitUntil(time) = device.next() else { panic!("it waits for its chunk") };
    assert!(time <= device.now + u64::from(chunk), "{time} at {}", device.now);
    device.now = time;
    assert_eq!(device.next(), Next::Unsubscribe(device.chunk));
    assert_eq!(device.next(), Next::Subscribe(device.chunk));
    // The same after a blob that failed.
    for index in 0..second.len().div_ceil(CHUNK.into()) as u32 {
        let topic = Topic::chunk(PREFIX, &id(&second), index);
        let len = (second.len() - index as usize * usize::from(CHUNK)).min(CHUNK.into());
        device.agent.receive(topic.as_str(), &[0; CHUNK as usize][..len], &mut device.updater, device.now);
        device.next();
        device.next();
    }
    assert_eq!(device.status().stage, Stage::Retrying);
    device.now -= 3_600_000;
    device.next();
    let Next::WaitUntil(time) = device.next() else { panic!("it waits") };
    assert!(time <= device.now + u64::from(retry), "{time} at {}", device.now);
}

#[test]
fn a_chunk_of_another_length_is_counted_and_not_written() {
    let (first, second) = (blob(1, 3_000), blob(2, 3_500));
    let mut storage = Storage::new(0, &first);
    let mut device = Waiting::start(&mut storage, &second);
    let chunk = device.chunk;
    for len in [0, 8, usize::from(CHUNK) - 8, usize::from(CHUNK) + 8] {
        device.agent.receive(chunk.as_str(), &second[..len], &mut device.updater, device.now);
    }
    let status = device.status();
    assert_eq!((status.ignored, status.have, status.stage), (4, 0, Stage::Fetching));
    device.next();
    device.agent.receive(chunk.as_str(), &second[..CHUNK.into()], &mut device.updater, device.now);
    assert_eq!(device.status().have, u32::from(CHUNK));
}

#[test]
fn an_older_announcement_is_counted_and_changes_nothing() {
    let (first, second, third) = (blob(1, 3_000), blob(2, 3_500), blob(3, 3_000));
    let mut storage = Storage::new(0, &first);
    let mut device = Waiting::start(&mut storage, &second);
    let group = Topic::group(PREFIX, GROUP);
    let mut hear = |number, blob: &[u8]| {
        let bytes = announcement(blob, number, &OPERATOR);
        device.agent.receive(group.as_str(), &bytes, &mut device.updater, device.now);
        let status = device.status();
        (status.number, status.blob, status.ignored)
    };
    assert_eq!(hear(4, &third), (5, id(&second), 1));
    // The same again is what a broker sends at each subscription.
    assert_eq!(hear(5, &second), (5, id(&second), 1));
    assert_eq!(hear(6, &third), (6, id(&third), 1));
}

#[test]
fn a_new_connection_hears_the_status_again() {
    let (first, second) = (blob(1, 3_000), blob(2, 3_500));
    let mut storage = Storage::new(0, &first);
    let mut device = Waiting::start(&mut storage, &second);
    assert!(matches!(device.next(), Next::WaitUntil(_)), "all is said");
    let before = device.status();
    assert_eq!(device.status(), before, "said to a broker that may have lost it");
}
