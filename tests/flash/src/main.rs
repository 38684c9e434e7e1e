//! Runs campaigns of power cuts, and prints how many histories they had.
//!
//! ```text
//! cargo run --release -p aingle_wasm_flash_model --bin power-cuts -- [quick|full] [--threads N]
//! ```
//!
//! `quick`, the default, takes a few minutes; `full` hours. Both cut every byte of every write of the boot state; what
//! they leave out of the rest is in the table.

use aingle_wasm_flash_model::boot_state::{BootState, changes};
use aingle_wasm_flash_model::campaign::{self, Count, Extent, Life};
use aingle_wasm_flash_model::whole_life::{WholeLife, areas};
use aingle_wasm_flash_model::{Flash, Rules, random_cuts};
use aingle_wasm_update::Area;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// One line of the table.
struct Part {
    name: String,
    run: Box<dyn Fn() -> Result<Count, String> + Send>,
}

/// What a part is run with.
#[derive(Clone, Copy)]
struct Plan {
    rules: Rules,
    extent: Extent,
    random: u64,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let full = arguments.iter().any(|argument| argument == "full");
    let value = |name: &str| {
        arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1))
    };
    let threads = value("--threads").and_then(|threads| threads.parse().ok()).unwrap_or(1);
    let only = value("--only").map_or("", String::as_str);
    let parts = parts(full).into_iter().filter(|part| part.name.contains(only)).collect();
    let start = Instant::now();
    println!("| history | flash | operations | one cut | two cuts | many cuts | seconds |");
    println!("|---|---|---:|---:|---:|---:|---:|");
    let (total, failed) = run(parts, threads);
    println!("{} histories in {} s, {failed} failures", total.histories(), start.elapsed().as_secs());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs the parts on some threads. Returns the counts, and how many parts failed.
fn run(parts: Vec<Part>, threads: usize) -> (Count, u32) {
    let left = Mutex::new(parts.into_iter());
    let done = Mutex::new((Count::default(), 0));
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while let Some(part) = next(&left) {
                    let start = Instant::now();
                    let result = (part.run)();
                    let mut done = done.lock().expect("no thread panics while it holds the counts");
                    match print(&part.name, result, start.elapsed()) {
                        Some(count) => done.0 += count,
                        None => done.1 += 1,
                    }
                }
            });
        }
    });
    done.into_inner().expect("no thread panics while it holds the counts")
}

fn next(left: &Mutex<std::vec::IntoIter<Part>>) -> Option<Part> {
    left.lock().expect("no thread panics while it holds the parts").next()
}

fn print(name: &str, result: Result<Count, String>, took: Duration) -> Option<Count> {
    match result {
        Ok(count) => {
            let Count { operations, single, double, random } = count;
            println!("| {name} | {operations} | {single} | {double} | {random} | {} |", took.as_secs());
            Some(count)
        }
        Err(what) => {
            println!("| {name} | FAILED | | | | {} |\n{what}", took.as_secs());
            None
        }
    }
}

fn parts(full: bool) -> Vec<Part> {
    let second_every = if full { 1 } else { 101 };
    let mut parts = Vec::new();
    for (seed, rules) in Rules::ALL.into_iter().enumerate() {
        let seed = seed as u64 + 1;
        let log = Extent { second_step: 8, second_every, seed, ..Extent::FULL };
        let plan = Plan { rules, extent: log, random: if full { 100_000 } else { 20_000 } };
        parts.push(boot_state::<1, 2048>(&plan));
        parts.push(boot_state::<8, 2048>(&plan));
        parts.push(boot_state::<16, 4096>(&plan));
        let random = if full { 20_000 } else { 1_000 };
        let every = if full { 7 } else { 307 };
        let step = if full { 8 } else { 61 };
        let life = Extent { second_step: step, second_every: every, seed, ..Extent::FULL };
        parts.push(whole_life::<8, 512>(&Plan { rules, extent: life, random }, [8, 6], false));
        let coarse = Extent { first_step: if full { 1 } else { 7 }, ..life };
        parts.push(whole_life::<4, 2048>(&Plan { rules, extent: coarse, random }, [2, 2], false));
        let signed =
            Extent { first_step: if full { 3 } else { 61 }, second_step: 127, second_every: 211, ..life };
        parts.push(whole_life::<16, 4096>(
            &Plan { rules, extent: signed, random: random / 20 },
            [2, 2],
            true,
        ));
    }
    parts
}

/// Returns the part that runs the history of the boot state in two blocks.
fn boot_state<const W: usize, const E: usize>(plan: &Plan) -> Part {
    let life = BootState::new(Area { offset: 0, len: 2 * E as u32 }, changes(26));
    part::<_, W, E>("boot state", 2, life, *plan)
}

/// Returns the part that runs the history of a device whose state and slots have so many blocks.
fn whole_life<const W: usize, const E: usize>(plan: &Plan, blocks: [usize; 2], signed: bool) -> Part {
    let (areas, count) = areas::<E>(blocks[0], blocks[1]);
    let name = if signed { "whole life, signed" } else { "whole life" };
    part::<_, W, E>(name, count, WholeLife::new(areas, signed), *plan)
}

fn part<L: Life<W, E> + Send + 'static, const W: usize, const E: usize>(
    name: &str,
    blocks: usize,
    life: L,
    plan: Plan,
) -> Part {
    let Plan { rules, extent, random } = plan;
    let name = format!("{name} | {} of {E} B, words of {W}, {}", blocks, rules.name());
    let run = move || {
        let flash = Flash::<W, E>::new(blocks, rules, extent.seed);
        let mut count = campaign::run(&life, &flash, extent).map_err(|failure| failure.to_string())?;
        for seed in 0..random {
            random_cuts::run(&life, &flash, seed)?;
            count.random += 1;
        }
        Ok(count)
    };
    Part { name, run: Box::new(run) }
}
