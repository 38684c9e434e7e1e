//! Calls of many callers while hosts and the broker are killed, or over a network that is slow and lossy. Afterwards every call is compared with the
//! hosts' ledger.

use crate::broker::{Broker, connect};
use crate::calls::caller;
use crate::link::{Link, Weather};
use crate::process::Process;
use crate::work::module;
use aingle_wasm_fleet::nats::{CallId, CallOptions, Client, Ran};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often each call ran, by the ledger.
pub fn runs(path: &Path) -> HashMap<String, usize> {
    let mut runs = HashMap::new();
    for line in std::fs::read_to_string(path).unwrap_or_default().lines() {
        let (id, _) = line.split_once(' ').expect("a line of the ledger");
        *runs.entry(id.to_owned()).or_default() += 1;
    }
    runs
}

/// What the callers of a campaign saw.
#[derive(Default)]
struct Seen {
    acknowledged: usize,
    did_not_run: usize,
    unknown: usize,
    twice: usize,
}

/// Calls for so long, while hosts are killed at random and the broker is killed and restarted, over a network if there is one. Then compares
/// with the ledger.
async fn campaign(time: Duration, callers: u64, seed: u64, weather: Option<Weather>) {
    let mut broker = Broker::start().await;
    let link = match weather {
        Some(weather) => Some(Link::to(&broker.url(), weather, seed).await),
        None => None,
    };
    let url = link.as_ref().map_or_else(|| broker.url(), Link::url);
    let ledger = broker.path("ledger");
    let start = || {
        let (url, path) = (url.clone(), ledger.clone());
        async move { tokio::task::spawn_blocking(move || Process::start(&url, &path)).await.expect("a host") }
    };
    let mut hosts = vec![start().await, start().await, start().await];
    let over = Arc::new(AtomicBool::new(false));
    let mut tasks = Vec::new();
    for number in 0..callers {
        let (client, over) = (connect(&url).await, Arc::clone(&over));
        tasks.push(tokio::spawn(async move { one_caller(client, number, &over).await }));
    }
    let (mut random, end, mut killed, mut restarts) = (seed | 1, Instant::now() + time, 0, 0);
    while Instant::now() < end {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_millis(100 + (random >> 33) % 300)).await;
        let at = (random >> 40) as usize % hosts.len();
        hosts[at].kill();
        killed += 1;
        if killed % 5 == 0 {
            broker.kill();
            tokio::time::sleep(Duration::from_millis((random >> 35) % 200)).await;
            broker.restart().await;
            restarts += 1;
        }
        hosts[at] = start().await;
    }
    over.store(true, Ordering::SeqCst);
    let mut seen = Seen::default();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(
            tokio::time::timeout(Duration::from_secs(60), task).await.expect("it ends").expect("no panic"),
        );
    }
    drop(hosts);
    let runs = runs(&ledger);
    for (id, runs_once, outcome) in &all {
        let found = runs.get(id).copied().unwrap_or(0);
        if *runs_once && found > 1 {
            println!("call {id} ran {found} times");
            seen.twice += 1;
        }
        match outcome {
            None => {
                seen.acknowledged += 1;
                assert!(found >= 1, "call {id} was acknowledged, and did not run");
            }
            Some(Ran::No) => {
                seen.did_not_run += 1;
                assert_eq!(found, 0, "call {id} ran, and its caller was told that it did not");
            }
            Some(_) => seen.unknown += 1,
        }
    }
    println!(
        "{} calls: {} acknowledged, {} told that they did not run, {} of unknown outcome; {killed} hosts killed, \
         {restarts} brokers restarted; the ledger has {} runs, and {} calls that run once are in it more often",
        all.len(),
        seen.acknowledged,
        seen.did_not_run,
        seen.unknown,
        runs.values().sum::<usize>(),
        seen.twice,
    );
    if let Some((lost, broken)) = link.map(|link| link.counts()) {
        println!("{lost} pieces lost on the network, {broken} connections ended");
        assert!(lost > 0, "the network lost something");
    }
    assert_eq!(seen.twice, 0, "calls that run once ran twice");
    assert!(seen.acknowledged > all.len() / 2, "most calls are answered");
    assert!(killed >= 3, "hosts were killed");
}

type Outcome = (String, bool, Option<Ran>);

/// Makes calls one after the other, every other one idempotent, until it is told to end.
async fn one_caller(client: Client, number: u64, over: &AtomicBool) -> Vec<Outcome> {
    let nap = caller(client).func::<(u32,), u32>(module(), "nap");
    let mut outcomes = Vec::new();
    for call in 0_u32.. {
        if over.load(Ordering::SeqCst) {
            break;
        }
        let (id, once) = (format!("c{number}-{call}"), call.is_multiple_of(2));
        let options = CallOptions::default().probe(Duration::from_millis(100)).tries(20);
        let options = options.deadline(Duration::from_secs(10)).id(CallId::new(&id).expect("an id"));
        let options = if once { options } else { options.idempotent() };
        let (args, twin) = ((call % 12,), call.is_multiple_of(4));
        let outcome = if twin {
            // The same call from two sides at the same time.
            let (first, second) =
                tokio::join!(nap.call_with(&args, &options), nap.call_with(&args, &options));
            first.or(second)
        } else {
            nap.call_with(&args, &options).await
        };
        let outcome = outcome.map(|replied| assert_eq!(replied.value, call % 12)).err();
        // Of twins, one can be refused before the other one runs.
        let ran = outcome.map(|error| if twin { Ran::Unknown } else { error.ran() });
        outcomes.push((id, once, ran));
    }
    outcomes
}

#[tokio::test(flavor = "multi_thread")]
async fn f4_no_acknowledged_call_is_lost_and_none_runs_twice() {
    campaign(Duration::from_secs(8), 8, 1, None).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "two minutes"]
async fn f4_no_acknowledged_call_is_lost_and_none_runs_twice_for_long() {
    campaign(Duration::from_secs(120), 16, 2, None).await;
}

const FAR: Weather = Weather { delay: Duration::from_millis(20), lost: 50, breaks: 400 };

#[tokio::test(flavor = "multi_thread")]
async fn f4_it_is_so_over_a_slow_and_lossy_network() {
    campaign(Duration::from_secs(8), 8, 3, Some(FAR)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "two minutes"]
async fn f4_it_is_so_over_a_slow_and_lossy_network_for_long() {
    campaign(Duration::from_secs(120), 16, 4, Some(FAR)).await;
}
