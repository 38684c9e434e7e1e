//! Calls that run once at most.

use crate::broker::Broker;
use crate::calls::caller;
use crate::work::{Work, host, module, until_begun};
use aingle_wasm_fleet::nats::{
    CallError, CallId, CallOptions, Host, HostConfig, Ran, Refusal, StartError, Taken,
};
use std::time::Duration;

fn with_id(id: &str) -> CallOptions {
    CallOptions::default().id(CallId::new(id).expect("an id"))
}

fn lines(path: &std::path::Path) -> usize {
    std::fs::read_to_string(path).unwrap_or_default().lines().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_with_the_id_of_another_has_its_reply_and_does_not_run() {
    let broker = Broker::start().await;
    let ledger = broker.path("ledger");
    let work = Work::with_ledger(&ledger);
    let _first = host(broker.client().await, HostConfig::default(), work.clone()).await;
    let _second = host(broker.client().await, HostConfig::default(), work).await;
    let caller = caller(broker.client().await);
    let add = caller.func::<(u32, u32), u64>(module(), "add");
    let first = add.call_with(&(1, 2), &with_id("a")).await.expect("a reply");
    assert!(!first.report.kept);
    for _ in 0..10 {
        let again = add.call_with(&(1, 2), &with_id("a")).await.expect("a reply");
        assert!(again.report.kept);
        assert_eq!((again.value, again.report.fuel), (first.value, first.report.fuel));
        assert_eq!(again.report.host, first.report.host);
    }
    assert_eq!(lines(&ledger), 1);

    let other = add.call_with(&(1, 3), &with_id("a")).await;
    assert_eq!(other.unwrap_err(), CallError::Duplicate(Taken::OtherCall));
    let other = caller.bytes(module(), "echo").call(vec![1, 2], &with_id("a")).await;
    assert_eq!(other.unwrap_err(), CallError::Duplicate(Taken::OtherCall));
    assert_eq!(lines(&ledger), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn f4_duplicates_at_the_same_time_run_once() {
    let broker = Broker::start().await;
    let ledger = broker.path("ledger");
    let work = Work::with_ledger(&ledger);
    let _first = host(broker.client().await, HostConfig::default(), work.clone()).await;
    let _second = host(broker.client().await, HostConfig::default(), work).await;
    let nap = caller(broker.client().await).func::<(u32,), u32>(module(), "nap");
    for round in 1..=10 {
        let calls: Vec<_> = (0..8)
            .map(|_| {
                let nap = nap.clone();
                tokio::spawn(async move { nap.call_with(&(30,), &with_id(&format!("r{round}"))).await })
            })
            .collect();
        for call in calls {
            assert_eq!(call.await.expect("no panic").expect("a reply").value, 30);
        }
        assert_eq!(lines(&ledger), round);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_was_given_up_in_time_never_runs() {
    let broker = Broker::start().await;
    let ledger = broker.path("ledger");
    let mut config = HostConfig::default();
    config.in_flight = 1;
    let _host = host(broker.client().await, config, Work::with_ledger(&ledger)).await;
    let nap = caller(broker.client().await).func::<(u32,), u32>(module(), "nap");
    let busy = nap.clone();
    let busy = tokio::spawn(async move { busy.call(&(60_000,)).await });
    until_begun(&ledger, 1).await;
    let limit = Duration::from_millis(300);
    let late = nap.call_with(&(1,), &with_id("late").deadline(limit)).await.unwrap_err();
    assert_eq!(late.ran(), Ran::No, "{late}");
    // The only place is free again, and the call that was given up is not in its way.
    busy.abort();
    assert_eq!(nap.call(&(2,)).await, Ok(2));
    assert_eq!(lines(&ledger), 2);
    let again = nap.call_with(&(1,), &with_id("late")).await;
    match late {
        CallError::Deadline { .. } => {
            assert_eq!(again.unwrap_err(), CallError::Refused(Refusal::GivenUp));
        }
        // The host was as quick to refuse it, and its id is free.
        late => {
            assert!(matches!(late, CallError::Refused(Refusal::Deadline { .. })), "{late:?}");
            assert_eq!(again.expect("a reply").value, 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_51_a_bucket_with_other_settings_is_refused() {
    let broker = Broker::start().await;
    let _host = host(broker.client().await, HostConfig::default(), Work::default()).await;
    let mut config = HostConfig::default();
    if let Some(once) = config.once.as_mut() {
        once.age = Duration::from_secs(60);
    }
    let error = Host::start(broker.client().await, config, Work::default()).await.unwrap_err();
    let StartError::Setting { bucket, setting, expected, found } = error else { panic!("{error:?}") };
    assert_eq!((bucket.as_str(), setting), ("aingle_calls", "max_age"));
    assert_eq!((expected.as_str(), found.as_str()), ("60s", "3600s"));
}
