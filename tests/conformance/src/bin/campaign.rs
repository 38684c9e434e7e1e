//! Hostile trials, for as many minutes as are asked for: see `aingle_wasm_tests::campaign`.

use aingle_wasm_tests::campaign::{Counts, TRIALS, Trial, run};
use std::env;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const USAGE: &str = "usage: campaign MINUTES FIRST_SEED [TRIAL]: so many minutes for each trial, or for one";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (minutes, first, only) = match args[..] {
        [minutes, first] => (minutes, first, None),
        [minutes, first, only] => (minutes, first, Some(only)),
        _ => return refuse(USAGE),
    };
    let (Ok(minutes), Ok(first)) = (minutes.parse::<f64>(), first.parse()) else { return refuse(USAGE) };
    let Ok(time) = Duration::try_from_secs_f64(minutes * 60.0) else { return refuse(USAGE) };
    let trials: Vec<&Trial> =
        TRIALS.iter().filter(|trial| only.is_none_or(|only| only == trial.name)).collect();
    if trials.is_empty() {
        let names: Vec<&str> = TRIALS.iter().map(|trial| trial.name).collect();
        return refuse(&format!("no trial of this name; there are: {}", names.join(", ")));
    }
    let broken = trials.into_iter().filter(|trial| !passes(trial, first, time)).count();
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn refuse(reason: &str) -> ExitCode {
    eprintln!("{reason}");
    ExitCode::from(2)
}

fn passes(trial: &Trial, first: u64, time: Duration) -> bool {
    let (began, mut counts) = (Instant::now(), Counts::default());
    println!("{}: {}", trial.name, trial.about);
    let ran = run(trial, first, &mut counts, |_| began.elapsed() < time);
    let seconds = began.elapsed().as_secs();
    match &ran {
        Ok(ran) => println!("{}: {ran} cases in {seconds} s: {counts}", trial.name),
        Err(broken) => println!("BROKEN {broken}"),
    }
    ran.is_ok()
}
