//! `cargo bench -p aingle_wasm_fleet --features nats -- calls`: what a call of a host costs, beside a request and a reply of
//! the same bytes over async-nats. Ratios are of one run: measurements take turns.

#[path = "../../tests/hosts/broker.rs"]
mod broker;
mod guest;
#[path = "../../tests/hosts/work.rs"]
mod work;

use aingle_wasm_codec::value;
use aingle_wasm_fleet::nats::{CallOptions, Caller, CallerName, Client, Host, HostConfig, RemoteFunc};
use broker::Broker;
use futures_util::StreamExt;
use std::future::Future;
use std::time::{Duration, Instant};
use work::{Work, host, module};

/// Calls of one turn.
const CALLS: u32 = 2_000;

/// Turns of each measurement.
const TURNS: usize = 9;

/// Tasks that call at the same time.
const TASKS: u32 = 64;

type Add = RemoteFunc<(u32, u32), u64>;
type Sum = RemoteFunc<(i32, i32), i32>;

fn main() {
    let asked = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    // As tests, benchmarks are only built.
    if asked.is_some_and(|name| !"calls".contains(name.as_str()))
        || std::env::args().any(|arg| arg == "--test")
    {
        return;
    }
    tokio::runtime::Runtime::new().expect("a runtime").block_on(calls());
}

async fn calls() {
    let broker = Broker::start().await;
    let mut config = HostConfig::default();
    config.in_flight = 64;
    let _host = host(broker.client().await, config, Work::default()).await;
    let responder = tokio::spawn(respond(broker.client().await));
    let client = broker.client().await;
    let caller = Caller::new(broker.client().await, CallerName::new("bench").expect("a name"));
    let add: Add = caller.func(module(), "add");
    tokio::time::sleep(Duration::from_millis(200)).await;

    println!("| call of `add`, in Rust | p50 | times the request | calls a second | times the responder |");
    println!("|---|---:|---:|---:|---:|");
    let (once, idempotent) = (CallOptions::default(), CallOptions::default().idempotent());
    let mut times: [Vec<Duration>; 3] = Default::default();
    let mut rates: [Vec<f64>; 3] = Default::default();
    for _ in 0..TURNS {
        times[0].extend(one_by_one(|| bare(&client, "bench.add"), CALLS).await);
        times[1].extend(one_by_one(|| remote(&add, &idempotent), CALLS).await);
        times[2].extend(one_by_one(|| remote(&add, &once), CALLS / 10).await);
        rates[0].push(bare_at_once(&client, "bench.add").await);
        rates[1].push(remote_at_once(&add, &idempotent).await);
        rates[2].push(remote_at_once(&add, &once).await);
    }
    let names = ["request and reply of async-nats", "idempotent", "once"];
    let medians: Vec<_> = times.iter_mut().map(|times| median(times)).collect();
    let rates: Vec<_> = rates.iter_mut().map(|rates| middle(rates)).collect();
    for (name, (time, rate)) in names.iter().zip(medians.iter().zip(&rates)) {
        let ratio = time.as_secs_f64() / medians[0].as_secs_f64();
        println!(
            "| {name} | {:.1} us | {ratio:.2} x | {rate:.0} | {:.2} x |",
            time.as_secs_f64() * 1e6,
            rate / rates[0]
        );
    }
    responder.abort();
    guests(&broker, &client, &caller).await;
}

/// The same function in a guest, of one runtime, behind a host and behind a responder that is written by hand.
async fn guests(broker: &Broker, client: &Client, caller: &Caller) {
    let guest = guest::Guest::load().await;
    let mut config = HostConfig::default();
    config.in_flight = 64;
    let mut host = Host::start(broker.client().await, config, guest.clone()).await.expect("a host");
    host.serve_module(guest.hash(), guest.exports()).await.expect("served");
    let responder = tokio::spawn(guest::respond(broker.client().await, guest.clone()));
    let sum: Sum = caller.func(guest.hash(), "sum");
    tokio::time::sleep(Duration::from_millis(200)).await;
    let idempotent = CallOptions::default().idempotent();
    let mut rates: [Vec<f64>; 2] = Default::default();
    for _ in 0..TURNS {
        rates[0].push(at_once(client, |client| async move { guest::bare(&client).await }).await);
        rates[1].push(
            at_once(&(sum.clone(), idempotent.clone()), |(sum, options)| async move {
                assert_eq!(sum.call_with(&(5, -3), &options).await.expect("a reply").value, 2);
            })
            .await,
        );
    }
    let [by_hand, hosted] = rates.each_mut().map(|rates| middle(rates));
    println!();
    println!("| call of `sum`, in a guest of the JSON runtime | calls a second | times the responder |");
    println!("|---|---:|---:|");
    println!("| a responder by hand, a task for each request | {by_hand:.0} | 1.00 x |");
    println!("| a host, idempotent calls | {hosted:.0} | {:.2} x |", hosted / by_hand);
    responder.abort();
}

/// What one writes by hand: decode, add, encode, answer.
async fn respond(client: Client) {
    let mut requests = client.queue_subscribe("bench.add", "hosts".into()).await.expect("a subscription");
    while let Some(request) = requests.next().await {
        let (a, b): (u32, u32) = value::decode(&request.payload).expect("arguments");
        let mut bytes = [0; 10];
        let len = value::encode_into(&(u64::from(a) + u64::from(b)), &mut bytes).expect("a value");
        let reply = request.reply.expect("a request");
        client.publish(reply, bytes[..len].to_vec().into()).await.expect("sent");
    }
}

async fn bare_at_once(client: &Client, subject: &'static str) -> f64 {
    at_once(&(client.clone(), subject), |(client, subject)| async move { bare(&client, subject).await }).await
}

async fn remote_at_once(add: &Add, options: &CallOptions) -> f64 {
    at_once(&(add.clone(), options.clone()), |(add, options)| async move { remote(&add, &options).await })
        .await
}

async fn bare(client: &Client, subject: &'static str) {
    let mut bytes = vec![0; 10];
    let len = value::encode_into(&(100_000_u32, 2_u32), &mut bytes).expect("a value");
    bytes.truncate(len);
    let reply = client.request(subject, bytes.into()).await.expect("a reply");
    let sum: u64 = value::decode(&reply.payload).expect("a value");
    assert_eq!(sum, 100_002);
}

async fn remote(add: &Add, options: &CallOptions) {
    assert_eq!(add.call_with(&(100_000, 2), options).await.expect("a reply").value, 100_002);
}

async fn one_by_one<F: Future>(call: impl Fn() -> F, calls: u32) -> Vec<Duration> {
    let mut times = Vec::new();
    for _ in 0..calls {
        let began = Instant::now();
        call().await;
        times.push(began.elapsed());
    }
    times
}

/// Returns calls a second of many tasks.
async fn at_once<T, F>(with: &T, call: fn(T) -> F) -> f64
where
    T: Clone + Send + 'static,
    F: Future + Send + 'static,
{
    let began = Instant::now();
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let with = with.clone();
            tokio::spawn(async move {
                for _ in 0..CALLS * 4 / TASKS {
                    call(with.clone()).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    f64::from(CALLS * 4 / TASKS * TASKS) / began.elapsed().as_secs_f64()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn middle(rates: &mut [f64]) -> f64 {
    rates.sort_unstable_by(f64::total_cmp);
    rates[rates.len() / 2]
}
