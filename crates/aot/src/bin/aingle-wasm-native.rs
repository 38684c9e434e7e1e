//! Translates a module into a native image: `aingle-wasm-native CHIP MEMORY IN OUT`. `MEMORY` is in bytes; 0 for all that the module has.
//! A fifth argument `unlimited` leaves limits out.
#![forbid(unsafe_code)]

use aingle_wasm_aot::{AotError, Chip, Limits, Translator};
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (chip, memory, input, output, limits) =
        match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [chip, memory, input, output] => (*chip, *memory, *input, *output, Limits::Merged),
            [chip, memory, input, output, "unlimited"] => (*chip, *memory, *input, *output, Limits::AsIs),
            _ => {
                eprintln!("usage: aingle-wasm-native CHIP MEMORY IN OUT [unlimited]");
                return ExitCode::from(2);
            }
        };
    let (Some(chip), Ok(memory)) = (Chip::named(chip), memory.parse()) else {
        eprintln!("error: no such processor, or no such size: {chip} {memory}");
        return ExitCode::from(2);
    };
    match run(chip, memory, input, output, limits) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {input}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(chip: Chip, memory: u32, input: &str, output: &str, limits: Limits) -> Result<(), AotError> {
    let mut translator = Translator::new(chip)?.limits(limits);
    if memory > 0 {
        translator = translator.memory(memory);
    }
    if let Ok(level) = env::var("AINGLE_NATIVE_LEVEL") {
        translator = translator.level(match &level[..] {
            "z" => "z",
            "2" => "2",
            "3" => "3",
            _ => "s",
        });
    }
    let translation = translator.translate(&fs::read(input)?)?;
    fs::write(output, &translation.image)?;
    if let Ok(path) = env::var("AINGLE_NATIVE_SOURCE") {
        fs::write(path, &translation.source)?;
    }
    println!("{output}: {} bytes, stack {:?}", translation.image.len(), translation.stack);
    Ok(())
}
