//! Hosts and brokers that are killed.

use crate::broker::Broker;
use crate::calls::{caller, idempotent};
use crate::process::Process;
use crate::work::{module, until_begun};
use aingle_wasm_fleet::nats::{CallError, CallId, CallOptions, Client, Ran};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often each call ran, by the ledger.
fn runs(path: &Path) -> HashMap<String, usize> {
    let mut runs = HashMap::new();
    for line in std::fs::read_to_string(path).unwrap_or_default().lines() {
        let (id, _) = line.split_once(' ').expect("a line of the ledger");
        *runs.entry(id.to_owned()).or_default() += 1;
    }
    runs
}

#[tokio::test(flavor = "multi_thread")]
async fn f4_an_idempotent_call_goes_to_another_host_and_others_are_told_apart() {
    let broker = Broker::start().await;
    let ledger = broker.path("ledger");
    let mut first = Process::start(&broker.url(), &ledger);
    let nap = caller(broker.client().await).func::<(u32,), u32>(module(), "nap");
    let (safe, unsafe_one) = (nap.clone(), nap.clone());
    let probe = Duration::from_millis(100);
    let options = idempotent().probe(probe);
    let safe = tokio::spawn(async move { safe.call_with(&(5_000,), &options).await });
    let once = CallOptions::default().probe(probe);
    let other = tokio::spawn(async move { unsafe_one.call_with(&(5_001,), &once).await });
    until_begun(&ledger, 2).await;
    let _second = Process::start(&broker.url(), &ledger);
    first.kill();
    let replied = safe.await.expect("no panic").expect("a reply");
    assert!(replied.report.tries > 1, "{replied:?}");
    let error = other.await.expect("no panic").unwrap_err();
    assert!(matches!(&error, CallError::HostDied { host } if host.starts_with("process-")), "{error:?}");
    assert_eq!(error.ran(), Ran::Unknown);
    let mut runs: Vec<_> = runs(&ledger).into_values().collect();
    runs.sort_unstable();
    assert_eq!(runs, [1, 2], "the idempotent call ran twice, the other once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_hangs_runs_nothing_a_second_time_when_it_goes_on() {
    let broker = Broker::start().await;
    let ledger = broker.path("ledger");
    let (hangs, _works) = (Process::start(&broker.url(), &ledger), Process::start(&broker.url(), &ledger));
    let nap = caller(broker.client().await).func::<(u32,), u32>(module(), "nap");
    hangs.stop(true);
    let calls: Vec<_> = (0_u32..20)
        .map(|number| {
            let nap = nap.clone();
            let options = CallOptions::default().probe(Duration::from_millis(50)).tries(40);
            let options = options.id(CallId::new(&format!("n{number}")).expect("an id"));
            tokio::spawn(async move { nap.call_with(&(number,), &options).await })
        })
        .collect();
    for (call, number) in calls.into_iter().zip(0..) {
        assert_eq!(call.await.expect("no panic").expect("a reply").value, number);
    }
    hangs.stop(false);
    // It has messages of calls that others have run.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let runs = runs(&ledger);
    assert_eq!((runs.len(), runs.values().sum::<usize>()), (20, 20), "{runs:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hung_host_may_still_have_is_not_said_to_be_refused() {
    let broker = Broker::start().await;
    let ledger = broker.path("ledger");
    let hangs = Process::start(&broker.url(), &ledger);
    let nap = caller(broker.client().await).func::<(u32,), u32>(module(), "nap");
    hangs.stop(true);
    let options = CallOptions::default().probe(Duration::from_millis(50)).tries(3);
    let with_id = options.clone().id(CallId::new("given-up").expect("an id"));
    let given_up = nap.call_with(&(1,), &with_id).await.unwrap_err();
    assert_eq!(given_up, CallError::Lost { tries: 3, ran: Ran::No });
    let unknown = nap.call_with(&(2,), &options.idempotent()).await.unwrap_err();
    assert_eq!(unknown, CallError::Lost { tries: 3, ran: Ran::Unknown });
    hangs.stop(false);
    // Behind what the host had, on the same connection.
    assert_eq!(nap.call(&(3,)).await, Ok(3));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let runs = runs(&ledger);
    assert!(!runs.is_empty() && !runs.contains_key("given-up"), "{runs:?}");
}

/// What the callers of a campaign saw.
#[derive(Default)]
struct Seen {
    acknowledged: usize,
    did_not_run: usize,
    unknown: usize,
    twice: usize,
}

/// Calls for so long, while hosts are killed at random and the broker is killed and restarted. Then compares with the ledger.
async fn campaign(time: Duration, callers: u64, seed: u64) {
    let mut broker = Broker::start().await;
    let ledger = broker.path("ledger");
    let mut hosts: Vec<_> = (0..3).map(|_| Process::start(&broker.url(), &ledger)).collect();
    let over = Arc::new(AtomicBool::new(false));
    let mut tasks = Vec::new();
    for number in 0..callers {
        let (client, over) = (broker.client().await, Arc::clone(&over));
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
        let url = broker.url();
        let path = ledger.clone();
        hosts[at] = tokio::task::spawn_blocking(move || Process::start(&url, &path)).await.expect("a host");
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
    campaign(Duration::from_secs(8), 8, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "two minutes"]
async fn f4_no_acknowledged_call_is_lost_and_none_runs_twice_for_long() {
    campaign(Duration::from_secs(120), 16, 2).await;
}
