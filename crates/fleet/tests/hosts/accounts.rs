//! Fuel and calls of each caller.

use crate::broker::Broker;
use crate::calls::{idempotent, only_repeatedly};
use crate::work::{Work, host, module};
use aingle_wasm_fleet::nats::{Account, Caller, CallerName, Client, HostConfig, accounts};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(3);

/// Makes calls under two names, until each of so many hosts has answered. Returns what they have to be accounted.
async fn called(client: &Client, hosts: usize) -> BTreeMap<CallerName, Account> {
    let (mut expected, mut seen) = (BTreeMap::<CallerName, Account>::new(), BTreeSet::new());
    for number in 0_u64.. {
        let name = CallerName::new(["a", "b"][number as usize % 2]).expect("a name");
        let echo = Caller::new(client.clone(), name.clone()).bytes(module(), "echo");
        let options = if number % 3 == 0 { idempotent() } else { Default::default() };
        let options = if hosts == 1 { idempotent() } else { options };
        let report = echo.call(vec![0; number as usize % 10], &options).await.expect("a reply").report;
        // The same, whichever host it was.
        assert_eq!(report.fuel, 100 + number % 10);
        *expected.entry(name).or_default() += Account { calls: 1, failed: 0, fuel: report.fuel };
        seen.insert(report.host);
        if seen.len() == hosts && number > 20 {
            break;
        }
    }
    expected
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_summed_over_hosts_and_outlive_them() {
    let broker = Broker::start().await;
    let (client, config) = (broker.client().await, HostConfig::default());
    let first = host(broker.client().await, config.clone(), Work::default()).await;
    let second = host(broker.client().await, config.clone(), Work::default()).await;
    let expected = called(&client, 2).await;
    assert_eq!(accounts(&client, WAIT).await.expect("accounts"), expected);

    first.drain(Duration::from_secs(5)).await;
    assert_eq!(accounts(&client, WAIT).await.expect("accounts"), expected);
    second.drain(Duration::from_secs(5)).await;
    assert_eq!(accounts(&client, WAIT).await.expect("accounts"), expected);

    let _third = host(broker.client().await, config, Work::default()).await;
    let mut more = called(&client, 1).await;
    for (caller, account) in expected {
        *more.entry(caller).or_default() += account;
    }
    assert_eq!(accounts(&client, WAIT).await.expect("accounts"), more);
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_need_no_jetstream_while_their_hosts_are_there() {
    let broker = Broker::start_with("").await;
    let client = broker.client().await;
    assert_eq!(accounts(&client, WAIT).await.expect("accounts"), BTreeMap::new());
    let _host = host(broker.client().await, only_repeatedly(), Work::default()).await;
    let expected = called(&client, 1).await;
    assert_eq!(accounts(&client, WAIT).await.expect("accounts"), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_of_more_callers_than_one_message_carries_are_told() {
    let broker = Broker::start_with("max_payload: 65536\n").await;
    let client = broker.client().await;
    let _host = host(broker.client().await, only_repeatedly(), Work::default()).await;
    let names = (0..1_000).map(|number| CallerName::new(&format!("{number:064}")).expect("a name"));
    let mut expected = BTreeMap::new();
    for name in names {
        let echo = Caller::new(client.clone(), name.clone()).bytes(module(), "echo");
        echo.call(vec![], &idempotent()).await.expect("a reply");
        expected.insert(name, Account { calls: 1, failed: 0, fuel: 100 });
    }
    assert_eq!(accounts(&client, WAIT).await.expect("accounts"), expected);
}
