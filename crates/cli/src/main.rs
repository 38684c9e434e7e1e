//! The command line `aingle-wasm`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(aingle_wasm_cli::run(std::env::args_os()))
}
