//! What strangers can write at a broker, and what a broker does not let an operator write.

#[path = "support/mosquitto.rs"]
mod mosquitto;
mod support;

use aingle_wasm_fleet::mqtt::{
    self, Broker, Event, FleetError, Gateway, Operator, Plan, Relay, Rollout, Tls,
};
use aingle_wasm_fleet::{Announcement, Stage, Status, Topic};
use aingle_wasm_manifest::Key;
use aingle_wasm_update::{Outcome, Report};
use mosquitto::Mosquitto;
use rumqttc::{AsyncClient, MqttOptions, QoS};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use support::{CHUNK, GROUP, MODULE, OPERATOR, PREFIX, announced, blob, id};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// A client of the broker that is none of the fleet's.
struct Stranger {
    client: AsyncClient,
    events: JoinHandle<()>,
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.events.abort();
    }
}

impl Stranger {
    fn connect(mosquitto: &Mosquitto) -> Self {
        let mut options = MqttOptions::new("stranger", "127.0.0.1", mosquitto.port);
        options.set_max_packet_size(1 << 20, 1 << 20);
        let (client, mut events) = AsyncClient::new(options, 16);
        let events = tokio::spawn(async move { while events.poll().await.is_ok() {} });
        Self { client, events }
    }

    async fn retain(&self, topic: &str, payload: impl Into<Vec<u8>>) {
        self.client.publish(topic, QoS::AtLeastOnce, true, payload.into()).await.expect("sent");
        sleep(Duration::from_millis(300)).await;
    }
}

fn broker(mosquitto: &Mosquitto) -> Broker {
    Broker::new(&mosquitto.url(), &Tls::default()).expect("an address").prefix(PREFIX)
}

#[tokio::test]
async fn a_message_of_any_length_does_not_keep_an_operator_out() {
    let mosquitto = Mosquitto::start("");
    let (broker, stranger) = (broker(&mosquitto), Stranger::connect(&mosquitto));
    let second = blob(2, 500);
    let long = vec![b'x'; 300_000];
    for topic in [
        Topic::group(PREFIX, GROUP),
        Topic::chunk(PREFIX, &id(&second), 0),
        Topic::status(PREFIX, GROUP, "d"),
    ] {
        stranger.retain(topic.as_str(), long.clone()).await;
    }
    let mut operator = Operator::connect(&broker).await.expect("connects");
    operator.publish(&second, CHUNK, GROUP, 1_000, &OPERATOR).await.expect("it takes their place");
    assert!(operator.announced(GROUP, &OPERATOR).await.expect("read").is_some());
    assert_eq!(operator.statuses(None).await.expect("read"), []);
    assert_eq!(operator.forget_devices(GROUP, &["d".into()]).await.expect("forgotten"), ["d"]);
}

#[tokio::test]
async fn what_no_device_can_be_called_is_no_device() {
    let mosquitto = Mosquitto::start("");
    let (broker, stranger) = (broker(&mosquitto), Stranger::connect(&mosquitto));
    for name in ["good", "a b", "ü", &"x".repeat(33), ""] {
        stranger.retain(&format!("{PREFIX}/status/{GROUP}/{name}"), Status::default().encode()).await;
    }
    let mut operator = Operator::connect(&broker).await.expect("connects");
    let statuses = operator.statuses(Some(GROUP)).await.expect("read");
    assert_eq!(statuses.iter().map(|it| it.device.as_str()).collect::<Vec<_>>(), ["good"]);
    for (prefix, group) in [(PREFIX, "#"), (PREFIX, "+"), (PREFIX, "a/b"), ("+", GROUP), ("#", GROUP)] {
        let broker = broker.clone().prefix(prefix);
        let watched = mqtt::watch(&broker, Some(group), |_| false);
        let watched = timeout(Duration::from_secs(20), watched).await.expect("in time");
        assert!(matches!(watched, Err(FleetError::Name { .. })), "{prefix} {group}: {watched:?}");
    }
}

#[tokio::test]
async fn what_a_broker_keeps_is_not_said_to_be_forgotten() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let rules = folder.path().join("rules");
    let of_all =
        format!("topic read {PREFIX}/#\ntopic readwrite {PREFIX}/echo/#\ntopic readwrite {PREFIX}/group/#\n");
    std::fs::write(&rules, format!("{of_all}topic readwrite {PREFIX}/blob/#\n")).expect("written");
    let mosquitto = Mosquitto::start(&format!("acl_file {}", rules.display()));
    let broker = broker(&mosquitto);
    let second = blob(2, 500);
    let mut operator = Operator::connect(&broker).await.expect("connects");
    operator.publish_blob(&second, CHUNK).await.expect("published");
    std::fs::write(&rules, of_all).expect("written");
    mosquitto.reload();
    let mut operator = Operator::connect(&broker).await.expect("connects");
    let forgotten = operator.forget_blob(id(&second)).await;
    let Err(FleetError::StillKept { topic, messages }) = forgotten else { panic!("{forgotten:?}") };
    assert_eq!(
        (topic.as_str(), messages),
        (Topic::chunk(PREFIX, &id(&second), 0).as_str(), second.len().div_ceil(CHUNK.into()))
    );
}

/// A device behind a line, which never says anything of what it is sent.
struct Elsewhere(Arc<AtomicUsize>);

impl Relay for Elsewhere {
    fn ask(&mut self) -> Option<Report> {
        Some(Report { outcome: Outcome::Confirmed, module_id: MODULE, sequence: 1, ..Report::default() })
    }

    fn send(&mut self, _: &[u8]) -> Option<Report> {
        self.0.fetch_add(1, Ordering::Relaxed);
        self.ask()
    }
}

#[tokio::test]
async fn a_gateway_says_that_it_has_no_broker_and_is_not_driven_by_strangers() {
    let mosquitto = Mosquitto::start("");
    let (at_broker, stranger) = (broker(&mosquitto), Stranger::connect(&mosquitto));
    let mut operator = Operator::connect(&at_broker).await.expect("connects");
    operator.publish(&blob(2, 500), CHUNK, GROUP, 1_000, &OPERATOR).await.expect("published");
    let sent = Arc::new(AtomicUsize::new(0));
    let operators = [Key::module(OPERATOR.verifying_key().to_bytes())];
    let gateway =
        Gateway { broker: &at_broker, group: GROUP, operators: &operators, parallel: 1, max_blob: 1 << 20 };
    let statuses = Arc::new(AtomicUsize::new(0));
    let said = Arc::clone(&statuses);
    let watching = mqtt::watch(&at_broker, Some(GROUP), |_| said.fetch_add(1, Ordering::Relaxed) < 10_000);
    let storm = async {
        let end = Instant::now() + Duration::from_secs(20);
        while sent.load(Ordering::Relaxed) == 0 {
            assert!(Instant::now() < end, "it is sent");
            sleep(Duration::from_millis(50)).await;
        }
        let before = statuses.load(Ordering::Relaxed);
        let topic = Topic::group(PREFIX, GROUP);
        for _ in 0..300 {
            stranger
                .client
                .publish(topic.as_str(), QoS::AtLeastOnce, false, "no announcement")
                .await
                .expect("sent");
        }
        while operator.statuses(Some(GROUP)).await.expect("read").iter().all(|it| it.status.ignored < 300) {
            assert!(Instant::now() < end, "they are counted");
            sleep(Duration::from_millis(50)).await;
        }
        statuses.load(Ordering::Relaxed) - before
    };
    let line = || vec![("d".to_string(), Elsewhere(Arc::clone(&sent)))];
    let told = tokio::select! {
        ended = gateway.run(line(), |error| panic!("{error}")) => panic!("{ended:?}"),
        ended = watching => panic!("{ended:?}"),
        told = storm => told,
    };
    assert!(told < 50, "{told} statuses say that 300 messages were ignored");
    // A report of something else is no reason to send the blob again and again.
    assert!(sent.load(Ordering::Relaxed) <= 3, "sent {} times", sent.load(Ordering::Relaxed));

    // A broker that goes away is told of once.
    drop(mosquitto);
    let mut lost = Vec::new();
    let ended =
        timeout(Duration::from_secs(3), gateway.run(line(), |error| lost.push(error.to_string()))).await;
    assert!(ended.is_err(), "it goes on");
    assert_eq!(lost.len(), 1, "{lost:?}");
}

#[tokio::test]
async fn a_gateway_refuses_what_is_too_long_for_those_alone_that_are_offered_it() {
    let mosquitto = Mosquitto::start("");
    let broker = broker(&mosquitto);
    let mut operator = Operator::connect(&broker).await.expect("connects");
    let second = blob(2, 5_000);
    operator.publish(&second, CHUNK, GROUP, 500, &OPERATOR).await.expect("published");
    let operators = [Key::module(OPERATOR.verifying_key().to_bytes())];
    let gateway =
        Gateway { broker: &broker, group: GROUP, operators: &operators, parallel: 8, max_blob: 1_000 };
    let sent = Arc::new(AtomicUsize::new(0));
    let devices = (0..40).map(|number| (format!("d{number}"), Elsewhere(Arc::clone(&sent)))).collect();
    let offered = (0..40)
        .filter(|number| aingle_wasm_fleet::share_of(&format!("d{number}"), &id(&second)) < 500)
        .count();
    let settled = async {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let statuses = operator.statuses(Some(GROUP)).await.expect("read");
            let count = |stage| statuses.iter().filter(|it| it.status.stage == stage).count();
            if count(Stage::Refused) >= offered && statuses.iter().all(|it| it.status.sequence == 1) {
                return (count(Stage::Refused), count(Stage::Waiting));
            }
            assert!(Instant::now() < end, "{statuses:?}");
            sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::select! {
        ended = gateway.run(devices, |error| panic!("{error}")) => panic!("{ended:?}"),
        counts = settled => assert_eq!(counts, (offered, 40 - offered)),
    }
}

/// A broker that answers everything but messages to be retained, which it never acknowledges.
async fn silent_broker(listener: TcpListener) {
    loop {
        let (stream, _) = listener.accept().await.expect("a client");
        tokio::spawn(answer(stream));
    }
}

async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    loop {
        let (kind, mut len, mut shift) = (stream.read_u8().await?, 0_usize, 0);
        loop {
            let byte = stream.read_u8().await?;
            len |= usize::from(byte & 127) << shift;
            shift += 7;
            if byte < 128 {
                break;
            }
        }
        let mut packet = vec![0; len];
        stream.read_exact(&mut packet).await?;
        let id = |at: usize| [packet[at], packet[at + 1]];
        match kind >> 4 {
            1 => stream.write_all(&[0x20, 2, 0, 0]).await?,
            8 => stream.write_all(&[0x90, 3, packet[0], packet[1], 1]).await?,
            10 => stream.write_all(&[0xB0, 2, packet[0], packet[1]]).await?,
            12 => stream.write_all(&[0xD0, 0]).await?,
            3 => {
                let topic = 2 + usize::from(u16::from_be_bytes(id(0)));
                if packet[..topic].windows(6).any(|part| part == b"/echo/") {
                    let payload = &packet[topic + 2..];
                    stream.write_all(&[0x30, (topic + payload.len()) as u8]).await?;
                    stream.write_all(&packet[..topic]).await?;
                    stream.write_all(payload).await?;
                    stream.write_all(&[&[0x40, 2][..], &id(topic)].concat()).await?;
                }
            }
            _ => return Ok(()),
        }
    }
}

#[tokio::test]
async fn a_broker_that_acknowledges_nothing_is_not_waited_for_without_an_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("mqtt://{}", listener.local_addr().expect("an address"));
    let brokers = tokio::spawn(silent_broker(listener));
    let broker = Broker::new(&url, &Tls::default()).expect("an address").prefix(PREFIX);
    let mut operator = Operator::connect(&broker).await.expect("connects");
    // More chunks than the client keeps for a broker.
    let second = blob(2, 8_000);
    let published = operator.publish_blob(&second, 32);
    let published = timeout(Duration::from_secs(60), published).await.expect("it ends");
    assert!(matches!(published, Err(FleetError::NoAnswer { .. })), "{published:?}");
    timeout(Duration::from_secs(10), operator.close()).await.expect("it ends");
    brokers.abort();
}

#[tokio::test]
async fn a_share_that_somebody_makes_smaller_does_not_end_a_rollout() {
    let mosquitto = Mosquitto::start("");
    let (broker, stranger) = (broker(&mosquitto), Stranger::connect(&mosquitto));
    for device in ["a", "b", "c"] {
        stranger.retain(Topic::status(PREFIX, GROUP, device).as_str(), Status::default().encode()).await;
    }
    let second = blob(2, 500);
    let plan = Plan { steps: vec![1_000], ..Plan::default() };
    let rollout =
        Rollout { broker: &broker, key: &OPERATOR, blob: &second, group: GROUP, chunk_len: CHUNK, plan };
    let mut operator = Operator::connect(&broker).await.expect("connects");
    let steps = AtomicUsize::new(0);
    let running = rollout.run(|event| match event {
        Event::Step { permille, .. } => {
            assert_eq!(permille, 1_000);
            steps.fetch_add(1, Ordering::Relaxed);
        }
        Event::Tally(tally) => assert_eq!(tally.confirmed, 0),
        _ => {}
    });
    let until = async |count| {
        while steps.load(Ordering::Relaxed) < count {
            sleep(Duration::from_millis(50)).await;
        }
    };
    let other = async {
        until(1).await;
        // Nobody is in this share, so everybody in it has confirmed.
        operator.publish(&second, CHUNK, GROUP, 0, &OPERATOR).await.expect("published");
        until(2).await;
        operator.announced(GROUP, &OPERATOR).await.expect("read").expect("announced")
    };
    let announced = tokio::select! {
        ended = running => panic!("{ended:?}"),
        announced = timeout(Duration::from_secs(30), other) => announced.expect("in time"),
    };
    let keys = [Key::module(OPERATOR.verifying_key().to_bytes())];
    assert_eq!(Announcement::verify(&announced, GROUP, &keys).map(|it| it.permille), Ok(1_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_hears_what_is_announced_while_it_fetches() {
    let mosquitto = Mosquitto::start("");
    let broker = broker(&mosquitto);
    let mut operator = Operator::connect(&broker).await.expect("connects");
    // Each takes some hundred messages.
    let blobs: Vec<_> = (2..12).map(|sequence| blob(sequence, 60_000)).collect();
    for blob in &blobs {
        operator.publish_blob(blob, CHUNK).await.expect("kept");
    }
    let operators = [Key::module(OPERATOR.verifying_key().to_bytes())];
    let gateway =
        Gateway { broker: &broker, group: GROUP, operators: &operators, parallel: 1, max_blob: 1 << 20 };
    let line = vec![("d".to_string(), Elsewhere(Arc::default()))];
    let stranger = Stranger::connect(&mosquitto);
    let topic = Topic::group(PREFIX, GROUP);
    let announcing = async {
        for (blob, number) in blobs.iter().zip((2..).step_by(2)) {
            for (paused, number) in [(false, number), (true, number + 1)] {
                let announcement = Announcement { paused, ..announced(blob, number) };
                let bytes = announcement.sign(&OPERATOR).expect("it fits");
                stranger.client.publish(topic.as_str(), QoS::AtLeastOnce, true, bytes).await.expect("sent");
                sleep(Duration::from_millis(u64::from(10 * number))).await;
            }
            let end = Instant::now() + Duration::from_secs(20);
            while operator
                .statuses(Some(GROUP))
                .await
                .expect("read")
                .iter()
                .all(|it| it.status.number <= number)
            {
                assert!(Instant::now() < end, "announcement {} is not heard", number + 1);
                sleep(Duration::from_millis(20)).await;
            }
        }
    };
    tokio::select! {
        ended = gateway.run(line, |error| panic!("{error}")) => panic!("{ended:?}"),
        () = announcing => {}
    }
}
