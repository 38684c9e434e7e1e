//! The JSON runtime beside Extism, and its service beside one without modules, in one process.
//!
//! `cargo xtask bench-runtime` builds the guests and runs it. Its arguments are the guest of the SDK and the plug-in.

mod calls;
mod requests;

use std::error::Error;
use std::future::Future;
use std::time::{Duration, Instant};

type Failure = Box<dyn Error + Send + Sync>;

/// How often each is measured, one after the other.
const ROUNDS: usize = 7;
/// How long each is measured in a round.
const TIME: Duration = Duration::from_secs(1);

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(guest), Some(plugin)) = (arguments.next(), arguments.next()) else {
        return Err("the paths of the guest and of the plug-in are missing".into());
    };
    let (guest, plugin) = (std::fs::read(guest)?, std::fs::read(plugin)?);
    println!("`sum(a: i32, b: i32) -> i32`, JSON in and out: medians of {ROUNDS} rounds of {TIME:?}\n");
    for tasks in [1, 8, 64] {
        println!(
            "| {tasks} tasks | calls a second | ratio | calls a second of a processor | ratio |\n|---|---:|---:|---:|---:|"
        );
        let (ours, kept) = calls::runtimes(&guest, tasks).await?;
        let theirs = calls::plugins(&plugin, tasks)?;
        compare(
            [
                "Extism, `spawn_blocking`, a plug-in for each task",
                "`execute`, `Reuse::Fresh`",
                "`execute`, `Reuse::Kept`",
            ],
            || calls::extism(&theirs),
            || calls::execute(&ours, tasks),
            || calls::execute(&kept, tasks),
        )
        .await?;
    }
    for connections in [1, 8, 64] {
        println!(
            "| {connections} connections | requests a second | ratio | requests a second of a processor | ratio |\n|---|---:|---:|---:|---:|"
        );
        let (plain, fresh, kept) = requests::services(&guest, connections).await?;
        compare(
            ["axum, a handler without modules", "the service, `Reuse::Fresh`", "the service, `Reuse::Kept`"],
            || requests::send(plain, connections),
            || requests::send(fresh, connections),
            || requests::send(kept, connections),
        )
        .await?;
    }
    Ok(())
}

/// Measures three things in rounds, and prints each with its ratios to the first: by time that passed, and by time of the
/// processors, which is the same however busy they are with other things.
async fn compare<A, B, C>(
    names: [&str; 3],
    mut first: impl FnMut() -> A,
    mut second: impl FnMut() -> B,
    mut third: impl FnMut() -> C,
) -> Result<(), Failure>
where
    A: Future<Output = Result<u64, Failure>>,
    B: Future<Output = Result<u64, Failure>>,
    C: Future<Output = Result<u64, Failure>>,
{
    let mut found = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        found[0].push(measured(first()).await?);
        found[1].push(measured(second()).await?);
        found[2].push(measured(third()).await?);
    }
    for (name, rounds) in names.into_iter().zip(&found) {
        let rate = |by: usize| median(rounds.iter().map(|rates| rates[by]).collect());
        let ratio = |by: usize| {
            let to_first = rounds.iter().zip(&found[0]).map(|(rates, first)| rates[by] / first[by]);
            median(to_first.collect())
        };
        println!("| {name} | {:.0} | {:.2} x | {:.0} | {:.2} x |", rate(0), ratio(0), rate(1), ratio(1));
    }
    println!();
    Ok(())
}

/// Returns how much is done in a second, and in a second of a processor's time.
async fn measured(work: impl Future<Output = Result<u64, Failure>>) -> Result<[f64; 2], Failure> {
    let (began, busy) = (Instant::now(), processor_time()?);
    let done = work.await? as f64;
    Ok([done / began.elapsed().as_secs_f64(), done / (processor_time()? - busy)])
}

/// Returns the time that processors have worked for this process, in seconds: in its code, and for it in the system's.
fn processor_time() -> Result<f64, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The name of the program, in parentheses, may have spaces.
    let fields = stat.rsplit_once(')').ok_or("no statistics")?.1;
    let ticks: Result<Vec<u64>, _> = fields.split_whitespace().skip(11).take(2).map(str::parse).collect();
    Ok(ticks?.iter().sum::<u64>() as f64 / 100.0)
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}
