//! Random modules on all engines, for as many minutes as are asked for.

use aingle_wasm_tests::differ::{Tally, run};
use std::process::ExitCode;
use std::time::{Duration, Instant};

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1).map(|arg| arg.parse::<u64>());
    let (Some(Ok(minutes)), Ok(first)) = (args.next(), args.next().unwrap_or(Ok(0))) else {
        eprintln!("usage: differ MINUTES [FIRST_SEED]");
        return ExitCode::from(2);
    };
    let (began, mut tally, mut seed, mut differ) = (Instant::now(), Tally::default(), first, 0);
    while began.elapsed() < Duration::from_secs(60 * minutes) {
        if let Err(difference) = run(seed, &mut tally) {
            println!("{difference}");
            differ += 1;
        }
        seed += 1;
    }
    println!("seeds {first} to {seed}: {tally}; {differ} differ");
    if differ == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
