//! The JSON runtime beside Extism, and its service beside one without modules, in one process.
//!
//! `cargo xtask bench --runtime` builds the guests and runs it. Its arguments are the guest of the SDK and the plug-in.

mod calls;
mod requests;

use std::error::Error;
use std::future::Future;
use std::time::Duration;

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
        println!("| {tasks} tasks | calls a second | ratio |\n|---|---:|---:|");
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
        println!("| {connections} connections | requests a second | ratio |\n|---|---:|---:|");
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

/// Measures three things in rounds, and prints each with its ratio to the first.
async fn compare<A, B, C>(
    names: [&str; 3],
    mut first: impl FnMut() -> A,
    mut second: impl FnMut() -> B,
    mut third: impl FnMut() -> C,
) -> Result<(), Failure>
where
    A: Future<Output = Result<f64, Failure>>,
    B: Future<Output = Result<f64, Failure>>,
    C: Future<Output = Result<f64, Failure>>,
{
    let (mut rates, mut ratios) = ([const { Vec::new() }; 3], [const { Vec::new() }; 3]);
    for _ in 0..ROUNDS {
        let round = [first().await?, second().await?, third().await?];
        for (at, rate) in round.into_iter().enumerate() {
            rates[at].push(rate);
            ratios[at].push(rate / round[0]);
        }
    }
    for (at, name) in names.into_iter().enumerate() {
        println!("| {name} | {:.0} | {:.2} x |", median(&mut rates[at]), median(&mut ratios[at]));
    }
    println!();
    Ok(())
}

fn median(all: &mut [f64]) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}
