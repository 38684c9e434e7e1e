//! Callers and hosts: the same module, on three hosts of which one is killed while it has calls.

use crate::server::{Program, Server};
use crate::table::Table;
use crate::{Files, write};
use aingle_wasm_fleet::nats::{
    CallError, CallOptions, Caller, CallerName, ConnectOptions, ModuleHash, Ran, RemoteFunc, accounts,
};
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::sleep;

const HOSTS: usize = 3;
/// Tasks that call at the same time, and calls of each.
const TASKS: usize = 8;
const CALLS: usize = 100;
const PATIENCE: Duration = Duration::from_secs(60);

type Heat = RemoteFunc<(f32, bool), Option<bool>>;

/// What became of calls.
#[derive(Default)]
struct Ended {
    answered: usize,
    /// The caller was told that it is not known whether the function ran.
    unknown: usize,
    other: Vec<String>,
    fuel: BTreeSet<u64>,
}

pub async fn play(files: &Files, folder: &Path, module: &[u8], blob: &[u8], table: &mut Table) -> Result<()> {
    let nats = Server::nats(folder)?;
    let url = format!("nats://127.0.0.1:{}", nats.port);
    let blob = write(folder, "hosted.smny", blob)?;
    let signer = write(folder, "signer.pub", crate::board::hex(&crate::keys::MODULES).as_bytes())?;
    let host = || {
        let mut command = Command::new(&files.command_line);
        command.args(["fleet", "host", "--nats", &url, "--module"]).arg(&blob).arg("--signer").arg(&signer);
        Program::start(&mut command)
    };
    let mut hosts = (0..HOSTS).map(|_| host()).collect::<Result<Vec<_>>>()?;
    let client = ConnectOptions::new().connect(&url).await.context("the NATS server does not answer")?;
    let caller = Caller::new(client.clone(), CallerName::new("demo")?);
    let heat: Heat = caller.func(ModuleHash::of(module), "heat");
    ready(&heat).await?;

    let once = run(&heat, &CallOptions::default(), &mut hosts).await?;
    table.equal(
        "calls that run once: answered, or told that it is not known",
        TASKS * CALLS,
        once.answered + once.unknown,
    );
    table.add(
        "calls that run once: not known, with one of three hosts killed",
        "few",
        once.unknown,
        once.unknown <= TASKS,
    );
    table.equal("calls that run once: other ends", 0, once.other.len());
    let idempotent = run(&heat, &CallOptions::default().idempotent(), &mut hosts).await?;
    table.equal(
        "idempotent calls: answered, with one of two hosts killed",
        TASKS * CALLS,
        idempotent.answered,
    );
    let fuel: BTreeSet<_> = once.fuel.union(&idempotent.fuel).collect();
    table.equal("different amounts of fuel for the same call", 1, fuel.len());
    if let Some(words) = once.other.first().or(idempotent.other.first()) {
        println!("a call ended otherwise: {words}");
    }
    let accounts = accounts(&client, Duration::from_secs(1)).await?;
    let calls = accounts.values().map(|account| account.calls).sum::<u64>();
    table.add("calls in the accounts of the host that is left", "some", calls, calls > 0);
    Ok(())
}

/// Waits until the hosts answer.
async fn ready(heat: &Heat) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    loop {
        match heat.call_with(&(19.0, true), &CallOptions::default().idempotent()).await {
            Ok(_) => break,
            Err(CallError::NoResponder) if Instant::now() < end => sleep(Duration::from_millis(100)).await,
            Err(error) => bail!("no host answers: {error}"),
        }
    }
    // The others need about as long.
    sleep(Duration::from_secs(2)).await;
    Ok(())
}

/// Calls from many tasks, and kills a host meanwhile.
async fn run(heat: &Heat, options: &CallOptions, hosts: &mut Vec<Program>) -> Result<Ended> {
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let (heat, options) = (heat.clone(), options.clone());
        tasks.spawn(async move {
            let mut ended = Ended::default();
            for _ in 0..CALLS {
                match heat.call_with(&(19.0, true), &options).await {
                    Ok(replied) if replied.value == Some(true) => {
                        ended.answered += 1;
                        ended.fuel.insert(replied.report.fuel);
                    }
                    Ok(replied) => ended.other.push(format!("answered {:?}", replied.value)),
                    Err(error) if error.ran() == Ran::Unknown => ended.unknown += 1,
                    Err(error) => ended.other.push(error.to_string()),
                }
            }
            ended
        });
    }
    sleep(Duration::from_millis(100)).await;
    hosts.pop().context("no host is left")?.kill();
    let mut all = Ended::default();
    while let Some(ended) = tasks.join_next().await {
        let Ended { answered, unknown, other, fuel } = ended?;
        all.answered += answered;
        all.unknown += unknown;
        all.other.extend(other);
        all.fuel.extend(fuel);
    }
    Ok(all)
}
