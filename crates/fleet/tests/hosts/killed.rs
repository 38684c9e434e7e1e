//! Hosts and brokers that are killed.

use crate::broker::Broker;
use crate::calls::{caller, idempotent};
use crate::campaign::runs;
use crate::process::Process;
use crate::work::{module, until_begun};
use aingle_wasm_fleet::nats::{CallError, CallId, CallOptions, Ran};
use std::time::Duration;

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
