//! Calls that are answered, and calls that are refused.

use crate::broker::Broker;
use crate::work::{Work, host, module, until_begun};
use aingle_wasm_fleet::nats::{
    CallError, CallOptions, Caller, CallerName, Client, Failure, Host, HostConfig, ModuleHash, Ran, Refusal,
    StartError,
};
use std::time::Duration;

pub fn caller(client: Client) -> Caller {
    Caller::new(client, CallerName::new("tests").expect("a name"))
}

pub fn idempotent() -> CallOptions {
    CallOptions::default().idempotent()
}

pub fn only_repeatedly() -> HostConfig {
    let mut config = HostConfig::default();
    config.once = None;
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn f4_typed_bytes_and_json_calls_are_answered() {
    let broker = Broker::start().await;
    let host = host(broker.client().await, HostConfig::default(), Work::default()).await;
    let caller = caller(broker.client().await);

    let add = caller.func::<(u32, u32), u64>(module(), "add");
    assert_eq!(add.call(&(u32::MAX, 2)).await, Ok(u64::from(u32::MAX) + 2));
    let replied = add.call_with(&(1, 2), &idempotent()).await.expect("a reply");
    assert_eq!((replied.value, replied.report.fuel, replied.report.tries), (3, 102, 1));
    assert_eq!(replied.report.host, host.name());

    let half = caller.func::<(u32,), Result<u32, u8>>(module(), "half");
    assert_eq!(half.call(&(6,)).await, Ok(Ok(3)));
    assert_eq!(half.call(&(7,)).await, Ok(Err(1)));

    let echo = caller.bytes(module(), "echo").call(vec![0, 255, 13, 10], &idempotent()).await;
    assert_eq!(echo.expect("a reply").value, [0, 255, 13, 10]);
    let json = caller.json(module(), "add").call("[1, 2]", &idempotent()).await;
    assert_eq!(json.expect("a reply").value, "[1, 2]");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_have_their_facts() {
    let broker = Broker::start().await;
    let mut config = HostConfig::default();
    config.max_payload = Some(1000);
    let _host = host(broker.client().await, config, Work::default()).await;
    let caller = caller(broker.client().await);
    let refused = |error: CallError| match error {
        CallError::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    };

    let nobody = caller.bytes(ModuleHash([0; 32]), "echo").call(vec![], &CallOptions::default()).await;
    assert_eq!(nobody.unwrap_err(), CallError::NoResponder);

    let unknown = caller.bytes(module(), "no.such *").call(vec![], &idempotent()).await.unwrap_err();
    assert_eq!(unknown.ran(), Ran::No);
    assert_eq!(refused(unknown), Refusal::UnknownFunction { name: "no.such *".into() });

    let other = caller.func::<(u32,), u64>(module(), "add").call(&(1,)).await.unwrap_err();
    let Refusal::TypeMismatch { name, expected, found } = refused(other) else { panic!() };
    assert_eq!((name.as_str(), expected.len(), found.len()), ("add", 16, 16));
    assert_ne!(expected, found);
    let other = caller.bytes(module(), "add").call(vec![], &idempotent()).await.unwrap_err();
    assert!(matches!(refused(other), Refusal::TypeMismatch { found, .. } if found == "bytes"));

    let large = caller.bytes(module(), "echo").call(vec![0; 1001], &idempotent()).await.unwrap_err();
    assert_eq!(refused(large), Refusal::TooLarge { limit: 1000, found: 1001 });
    let long = CallOptions::default().deadline(Duration::from_secs(3600));
    let long = caller.bytes(module(), "echo").call(vec![], &long).await.unwrap_err();
    let Refusal::DeadlineTooLong { limit_ms, found_ms } = refused(long) else { panic!() };
    assert_eq!(limit_ms, 900_000);
    assert!((3_590_000..=3_600_000).contains(&found_ms), "{found_ms}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_broker_does_not_carry_is_refused_with_both_numbers() {
    let config = "max_payload: 4096\njetstream { store_dir: \"STORE\" }\n";
    let broker = Broker::start_with(config).await;
    let _host = host(broker.client().await, HostConfig::default(), Work::default()).await;
    let caller = caller(broker.client().await);
    let echo = caller.bytes(module(), "echo");
    let error = echo.call(vec![0; 4090], &idempotent()).await.unwrap_err();
    let CallError::Refused(Refusal::TooLarge { limit: 4096, found }) = error else { panic!("{error:?}") };
    assert!((4097..4300).contains(&found), "{found}");
    // The broker carries what has just the length of the limit, and not a byte more.
    let len = 8186 - usize::try_from(found).expect("a length");
    assert_eq!(echo.call(vec![7; len], &idempotent()).await.expect("a reply").value, vec![7; len]);
    let error = echo.call(vec![0; len + 1], &idempotent()).await.unwrap_err();
    assert_eq!(error, CallError::Refused(Refusal::TooLarge { limit: 4096, found: 4097 }));

    let zeros = caller.bytes(module(), "zeros");
    for options in [idempotent(), CallOptions::default()] {
        let error = zeros.call(4090_u16.to_le_bytes(), &options).await.unwrap_err();
        let CallError::Failed(Failure::ReplyTooLarge { limit: 4096, found }) = error else {
            panic!("{error:?}")
        };
        let len = 4090 - u16::try_from(found - 4096).expect("a length");
        // The header has times, whose digits differ.
        assert!(zeros.call((len - 10).to_le_bytes(), &options).await.is_ok());
        assert!(zeros.call((len + 10).to_le_bytes(), &options).await.is_err());
    }
    // What a function says when it fails can be too long, too: each quotation mark becomes two bytes.
    let cries = caller.bytes(module(), "cries");
    for options in [idempotent(), CallOptions::default()] {
        let options = options.deadline(Duration::from_secs(20));
        let error = cries.call(vec![b'"'; 2500], &options).await.unwrap_err();
        assert!(matches!(error, CallError::Failed(Failure::ReplyTooLarge { limit: 4096, .. })), "{error:?}");
        let error = cries.call(vec![b'"'; 1500], &options).await.unwrap_err();
        assert!(matches!(error, CallError::Failed(Failure::Other { .. })), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_jetstream_is_named_and_serves_idempotent_calls() {
    let broker = Broker::start_with("").await;
    let started = Host::start(broker.client().await, HostConfig::default(), Work::default());
    let error = started.await.unwrap_err();
    let StartError::NoJetStream { version } = &error else { panic!("{error:?}") };
    assert!(version.contains('.'), "{version}");
    assert_eq!(
        error.to_string(),
        format!("the server (version {version}) has no JetStream: start it with `-js`")
    );

    let _host = host(broker.client().await, only_repeatedly(), Work::default()).await;
    let caller = caller(broker.client().await);
    let add = caller.func::<(u32, u32), u64>(module(), "add");
    assert_eq!(add.call_with(&(1, 2), &idempotent()).await.expect("a reply").value, 3);
    assert_eq!(add.call(&(1, 2)).await, Err(CallError::Refused(Refusal::OnlyRepeatedly)));
}

#[tokio::test(flavor = "multi_thread")]
async fn f4_the_deadline_ends_the_call_on_both_sides() {
    let broker = Broker::start().await;
    let mut config = HostConfig::default();
    config.in_flight = 1;
    let _host = host(broker.client().await, config, Work::default()).await;
    let caller = caller(broker.client().await);
    let nap = caller.func::<(u32,), u32>(module(), "nap");
    for options in [idempotent(), CallOptions::default()] {
        let error =
            nap.call_with(&(60_000,), &options.deadline(Duration::from_millis(200))).await.unwrap_err();
        // Its host may be as quick to say so, and then it is known that it ran.
        assert!(matches!(&error, CallError::Deadline { ran: Ran::Unknown | Ran::Yes, .. }), "{error:?}");
        // The only place is free again, long before the nap would be over.
        assert_eq!(
            nap.call_with(&(0,), &idempotent().deadline(Duration::from_secs(20)))
                .await
                .expect("a reply")
                .value,
            0
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_dropped_is_given_up_by_its_host() {
    let broker = Broker::start().await;
    let mut config = HostConfig::default();
    config.in_flight = 1;
    let ledger = broker.path("ledger");
    let _host = host(broker.client().await, config, Work::with_ledger(&ledger)).await;
    let nap = caller(broker.client().await).func::<(u32,), u32>(module(), "nap");
    let long = idempotent().deadline(Duration::from_secs(60));
    let (args, dropped) = ((50_000,), nap.clone());
    let task = tokio::spawn(async move { dropped.call_with(&args, &long).await });
    until_begun(&ledger, 1).await;
    task.abort();
    let soon = idempotent().deadline(Duration::from_secs(20));
    assert_eq!(nap.call_with(&(0,), &soon).await.expect("a reply").value, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_is_told_the_callers_fuel_trace_and_name() {
    let broker = Broker::start().await;
    let told = async |limit, options| {
        let mut config = HostConfig::default();
        config.fuel = limit;
        let host = host(broker.client().await, config, Work::default()).await;
        let told = caller(broker.client().await).bytes(module(), "told");
        let told = told.call(vec![], &options).await.expect("a reply").value;
        host.drain(Duration::from_secs(5)).await;
        String::from_utf8(told).expect("text")
    };
    assert_eq!(told(None, idempotent()).await, "None None tests");
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    assert_eq!(told(None, idempotent().fuel(5).trace(trace)).await, format!("Some(5) Some({trace:?}) tests"));
    assert_eq!(told(Some(7), idempotent()).await, "Some(7) None tests");
    assert_eq!(told(Some(7), idempotent().fuel(5)).await, "Some(5) None tests");
    assert_eq!(told(Some(7), idempotent().fuel(9)).await, "Some(7) None tests");
}

#[tokio::test(flavor = "multi_thread")]
async fn times_without_an_end_are_times() {
    let broker = Broker::start().await;
    let _host = host(broker.client().await, HostConfig::default(), Work::default()).await;
    let add = caller(broker.client().await).func::<(u32, u32), u64>(module(), "add");
    for options in
        [idempotent(), idempotent().probe(Duration::MAX), idempotent().probe(Duration::from_millis(1))]
    {
        let options = options.deadline(Duration::MAX);
        assert_eq!(add.call_with(&(1, 2), &options).await.expect("a reply").value, 3);
    }
    // One that runs once is remembered for an hour.
    let error = add.call_with(&(1, 2), &CallOptions::default().deadline(Duration::MAX)).await.unwrap_err();
    assert!(
        matches!(error, CallError::Refused(Refusal::DeadlineTooLong { limit_ms: 900_000, .. })),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_of_what_runs_calls_is_answered() {
    let broker = Broker::start().await;
    let host = host(broker.client().await, HostConfig::default(), Work::default()).await;
    // It has to be called with two bytes.
    let zeros = caller(broker.client().await).bytes(module(), "zeros");
    for options in [idempotent(), CallOptions::default()] {
        let error = zeros.call(vec![0; 3], &options).await.unwrap_err();
        assert!(matches!(&error, CallError::Failed(Failure::Other { .. })), "{error:?}");
        assert_eq!(error.ran(), Ran::Yes);
    }
    assert_eq!(zeros.call(vec![1, 0], &idempotent()).await.expect("a reply").value, [0]);
    assert_eq!(host.drain(Duration::from_secs(5)).await.given_up, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_is_one_error_whichever_side_sees_it_first() {
    let broker = Broker::start().await;
    let _host = host(broker.client().await, only_repeatedly(), Work::default()).await;
    let nap = caller(broker.client().await).func::<(u32,), u32>(module(), "nap");
    let deadline = Duration::from_millis(100);
    for number in 0..30 {
        let error = nap.call_with(&(5_000,), &idempotent().deadline(deadline)).await.unwrap_err();
        assert!(
            matches!(error, CallError::Deadline { limit, .. } if limit == deadline),
            "{number}: {error:?}"
        );
    }
}
