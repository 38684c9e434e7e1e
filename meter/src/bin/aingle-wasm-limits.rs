//! Puts limits into a module ahead of time, at the default prices: `aingle-wasm-limits IN OUT`.
#![forbid(unsafe_code)]

use aingle_wasm_meter::Meter;
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    let paths: Vec<String> = env::args().skip(1).collect();
    let [input, output] = &paths[..] else {
        eprintln!("usage: aingle-wasm-limits IN OUT");
        return ExitCode::from(2);
    };
    match run(input, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {input}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(input: &str, output: &str) -> Result<(), Box<dyn std::error::Error>> {
    let limited = Meter::default().instrument(&fs::read(input)?)?;
    Ok(fs::write(output, limited)?)
}
