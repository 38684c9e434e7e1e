//! Puts limits into a module ahead of time, at the default prices: `aingle-wasm-limits IN OUT`. Says what they ask of
//! an engine.
#![forbid(unsafe_code)]

use aingle_wasm_metering::{Meter, inspect};
use aingle_wasm_types::metering::{Carried, DEFAULT_DEPTH, DEPTH_BYTES};
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
    let limited = Meter::default().interruptible().instrument(&fs::read(input)?)?;
    fs::write(output, &limited)?;
    println!("{output}: {}", facts(&limited).ok_or("the pass left no record")?);
    Ok(())
}

/// What a device has to know.
fn facts(limited: &[u8]) -> Option<String> {
    let Carried { rules, price_hash, fixed_depth } = inspect(limited)?;
    let stack = (DEFAULT_DEPTH + fixed_depth) * DEPTH_BYTES;
    Some(format!(
        "rules {rules}, prices {price_hash:016x}; a depth limit of {DEFAULT_DEPTH} and {fixed_depth} beside it take {stack} \
         bytes of an engine's stack"
    ))
}
