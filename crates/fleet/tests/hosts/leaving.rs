//! Hosts that leave, and hosts that have too much to do.

use crate::broker::Broker;
use crate::calls::{caller, idempotent};
use crate::work::{Work, host, module, until_begun};
use aingle_wasm_fleet::nats::{CallError, HostConfig, Refusal};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn overload_is_answered_at_once() {
    let broker = Broker::start().await;
    let mut config = HostConfig::default();
    (config.in_flight, config.queue) = (1, 1);
    let ledger = broker.path("ledger");
    let _host = host(broker.client().await, config, Work::with_ledger(&ledger)).await;
    let nap = caller(broker.client().await).func::<(u32,), u32>(module(), "nap");
    let long = || {
        let nap = nap.clone();
        tokio::spawn(async move { nap.call(&(60_000,)).await })
    };
    let runs = long();
    until_begun(&ledger, 1).await;
    let waits = long();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let began = Instant::now();
    let error = nap.call_with(&(0,), &idempotent().tries(2)).await.unwrap_err();
    assert_eq!(error, CallError::Refused(Refusal::Overload { limit: 2 }));
    assert!(error.retryable());
    assert!(began.elapsed() < Duration::from_secs(10), "it waited {:?}", began.elapsed());
    runs.abort();
    waits.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_drains_loses_no_call() {
    let broker = Broker::start().await;
    let client = broker.client().await;
    let nap = caller(broker.client().await).func::<(u32,), u32>(module(), "nap");
    let stays = host(broker.client().await, HostConfig::default(), Work::default()).await;
    for (round, within) in [(0, Duration::from_secs(20)), (1, Duration::from_secs(20)), (2, Duration::MAX)] {
        let leaves = host(client.clone(), HostConfig::default(), Work::default()).await;
        let calls: Vec<_> = (0..200)
            .map(|number: u32| {
                let nap = nap.clone();
                let options = idempotent();
                let options = if number.is_multiple_of(2) { options } else { Default::default() };
                tokio::spawn(async move { nap.call_with(&(number % 20,), &options).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(5 * round)).await;
        let drained = leaves.drain(within).await;
        assert_eq!(drained.given_up, 0);
        for (call, number) in calls.into_iter().zip(0..) {
            let replied = call.await.expect("no panic").expect("a reply");
            assert_eq!(replied.value, number % 20);
        }
    }
    drop(stays);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_drains_gives_up_what_takes_too_long() {
    let broker = Broker::start().await;
    let ledger = broker.path("ledger");
    let work = Work::with_ledger(&ledger);
    let leaves = host(broker.client().await, HostConfig::default(), work).await;
    let nap = caller(broker.client().await).func::<(u32,), u32>(module(), "nap");
    let task = tokio::spawn(async move { nap.call(&(60_000,)).await });
    until_begun(&ledger, 1).await;
    assert_eq!(leaves.drain(Duration::from_millis(100)).await.given_up, 1);
    task.abort();
}
