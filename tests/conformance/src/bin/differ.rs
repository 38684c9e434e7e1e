//! Random modules on all engines, for as many minutes as are asked for; or one of them, kept in a file.

use aingle_wasm_tests::differ::{Random, Tally, compare, run};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use std::{env, fs};

const USAGE: &str = "usage: differ MINUTES [FIRST_SEED [STEP]] | keep SEED FILE | check SEED FILE";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args[..] {
        [minutes] => with_numbers(minutes, "0", |minutes, first| long(minutes, first, 1)),
        ["keep", seed, file] => with_numbers(seed, "0", |seed, _| keep(seed, file)),
        ["check", seed, file] => with_numbers(seed, "0", |seed, _| check(seed, file)),
        [minutes, first] => with_numbers(minutes, first, |minutes, first| long(minutes, first, 1)),
        // With 5 and 8 all modules are of floats.
        [minutes, first, step] => with_numbers(minutes, first, |minutes, first| {
            with_numbers(step, "0", |step, _| long(minutes, first, step))
        }),
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(text) => println!("{text}"),
        Err(text) => {
            eprintln!("{text}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

type Outcome = Result<String, String>;

fn with_numbers(one: &str, two: &str, run: impl Fn(u64, u64) -> Outcome) -> Outcome {
    match (one.parse(), two.parse()) {
        (Ok(one), Ok(two)) => run(one, two),
        _ => Err(USAGE.into()),
    }
}

fn long(minutes: u64, first: u64, step: u64) -> Outcome {
    let (began, mut tally, mut seed, mut differ) = (Instant::now(), Tally::default(), first, 0);
    while began.elapsed() < Duration::from_secs(60 * minutes) {
        if let Err(difference) = run(seed, &mut tally) {
            println!("{difference}");
            differ += 1;
        }
        seed += step;
    }
    let text = format!("seeds {first} to {seed}: {tally}; {differ} differ");
    if differ == 0 { Ok(text) } else { Err(text) }
}

fn keep(seed: u64, file: &str) -> Outcome {
    let random = Random::new(seed).ok_or("the generator has no module for this seed")?;
    fs::write(file, random.wasm).map_err(|error| error.to_string())?;
    Ok(format!("written; compared by: differ check {seed} {file}"))
}

fn check(seed: u64, file: &str) -> Outcome {
    let wasm = fs::read(file).map_err(|error| error.to_string())?;
    let mut tally = Tally::default();
    compare(&Random::kept(wasm, seed), seed, &mut tally).map(|()| tally.to_string())
}
