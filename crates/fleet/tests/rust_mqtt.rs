//! The agent over an MQTT client for firmware, rust-mqtt, at a real broker that is killed and started again. What is here of the client is
//! what firmware writes, with another transport.

#[path = "support/mosquitto.rs"]
mod mosquitto;
mod support;

use aingle_wasm_fleet::mqtt::{Broker, Operator, Tls};
use aingle_wasm_fleet::{Agent, Next, Stage, Timing, Topic};
use aingle_wasm_update::Updater;
use embedded_io_adapters::tokio_1::FromTokio;
use embedded_storage::nor_flash::NorFlash;
use mosquitto::Mosquitto;
use rust_mqtt::buffer::AllocBuffer;
use rust_mqtt::client::event::Event;
use rust_mqtt::client::options::{
    ConnectOptions, PublicationOptions, SubscriptionOptions, TopicReference, UnsubscriptionOptions,
};
use rust_mqtt::types::{MqttString, TopicFilter, TopicName};
use std::time::{Duration, Instant};
use support::{CHUNK, GROUP, OPERATOR, PREFIX, Storage, blob, config};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

type Transport = FromTokio<TcpStream>;

/// One request under way, one message at a time.
type Client<'c> = rust_mqtt::client::Client<'c, 'c, Transport, AllocBuffer, 1, 1, 1, 1, 0, 0, 0>;

/// The connection is lost.
#[derive(Debug)]
struct Lost;

fn filter(topic: &Topic) -> TopicFilter<'_> {
    let text = MqttString::from_str(topic.as_str()).expect("a topic is text");
    TopicFilter::new(text).expect("a topic is a filter")
}

/// Reads one packet, and gives the agent what it is for it. Returns whether it acknowledges something.
async fn read<F: NorFlash>(
    client: &mut Client<'_>,
    agent: &mut Agent<'_>,
    updater: &mut Updater<F>,
    now: u64,
) -> Result<bool, Lost> {
    match client.poll().await.map_err(|_| Lost)? {
        Event::Publish(message) => {
            if let TopicReference::Name(topic) = &message.topic {
                agent.receive(topic.as_ref().as_str(), &message.message, updater, now);
            }
            Ok(false)
        }
        Event::Suback(_) | Event::Unsuback(_) | Event::PublishAcknowledged(_) => Ok(true),
        _ => Ok(false),
    }
}

/// Runs an agent over one connection, until the device has to restart or the connection is lost.
async fn run<F: NorFlash>(
    transport: Transport,
    agent: &mut Agent<'_>,
    updater: &mut Updater<F>,
    now: impl Fn() -> u64,
) -> Result<(), Lost> {
    let mut buffer = AllocBuffer;
    let mut client = Client::new(&mut buffer);
    let options = ConnectOptions::new().clean_start();
    let name = MqttString::from_str("valve").expect("text");
    client.connect(transport, &options, Some(name)).await.map_err(|_| Lost)?;
    agent.connected();
    loop {
        let asked = match agent.poll(updater, now()) {
            Next::Subscribe(topic) => {
                let options = SubscriptionOptions::new().at_least_once();
                client.subscribe(filter(&topic), &options).await.map(drop)
            }
            Next::Unsubscribe(topic) => {
                client.unsubscribe(filter(&topic), &UnsubscriptionOptions::new()).await.map(drop)
            }
            Next::Publish(topic, status) => {
                let name = MqttString::from_str(topic.as_str()).expect("a topic is text");
                let name = TopicReference::Name(TopicName::new(name).expect("a topic has no wildcard"));
                let options = PublicationOptions::new(name).retain().at_least_once();
                client.publish(&options, status.as_slice().into()).await.map(drop)
            }
            Next::Restart => return Ok(()),
            Next::WaitUntil(time) => {
                let wait = Duration::from_millis(time.saturating_sub(now()));
                // Only the first byte of a packet may be waited for with a limit: the rest is not read twice.
                if let Ok(header) = timeout(wait, client.poll_header()).await {
                    let event = client.poll_body(header.map_err(|_| Lost)?).await.map_err(|_| Lost)?;
                    if let Event::Publish(message) = event
                        && let TopicReference::Name(topic) = &message.topic
                    {
                        agent.receive(topic.as_ref().as_str(), &message.message, updater, now());
                    }
                }
                continue;
            }
        };
        asked.map_err(|_| Lost)?;
        while !read(&mut client, agent, updater, now()).await? {}
    }
}

async fn publish(broker: &Broker, blob: &[u8]) {
    let mut operator = Operator::connect(broker).await.expect("connects");
    operator.publish(blob, CHUNK, GROUP, 1_000, &OPERATOR).await.expect("published");
    operator.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f1_a_device_updates_itself_over_a_client_for_firmware() {
    let mut mosquitto = Mosquitto::start("");
    let broker = Broker::new(&mosquitto.url(), &Tls::default()).expect("an address").prefix(PREFIX);
    let second = blob(2, 6_000);
    publish(&broker, &second).await;
    let mut storage = Storage::new(1, &blob(1, 3_000));
    let timing = Timing { chunk: 1_000, retry: 300, attempts: 20, progress: 0 };
    let began = Instant::now();
    let now = || began.elapsed().as_millis() as u64;
    let mut is_killed = false;
    let mut sequence = 1;
    while sequence == 1 {
        let (mut updater, started) = storage.boot().expect("it starts");
        sequence = started.sequence;
        if sequence == 2 {
            updater.confirm().expect("confirmed");
        }
        let mut agent = Agent::new(config("valve", timing), &mut updater, Some(&started)).expect("names");
        loop {
            assert!(began.elapsed() < Duration::from_secs(60), "it does not end");
            let Ok(stream) = TcpStream::connect(("127.0.0.1", mosquitto.port)).await else {
                sleep(Duration::from_millis(50)).await;
                continue;
            };
            // It is cut off in the middle of its fetching, and goes on when it has confirmed.
            let within = Duration::from_millis(if is_killed { 2_000 } else { 30 });
            let running = run(FromTokio::new(stream), &mut agent, &mut updater, now);
            let ran = timeout(within, running).await;
            if !is_killed {
                assert!(ran.is_err(), "it was quicker than the cut: {ran:?}");
                is_killed = true;
                mosquitto.kill_and_restart();
                // A broker that is killed loses what it has not saved. Whoever follows a rollout puts it back.
                publish(&broker, &second).await;
            } else if matches!(ran, Ok(Ok(()))) || sequence == 2 {
                break;
            }
        }
    }
    let mut operator = Operator::connect(&broker).await.expect("connects");
    let statuses = operator.statuses(Some(GROUP)).await.expect("statuses");
    operator.close().await;
    let stages: Vec<(Stage, u32)> = statuses.iter().map(|it| (it.status.stage, it.status.sequence)).collect();
    assert_eq!(stages, [(Stage::Confirmed, 2)]);
}
