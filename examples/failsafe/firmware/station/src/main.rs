//! Stands between a node and its flight controller, which QEMU runs: passes frames on, cuts, attacks and restarts, and checks what becomes of it.
//!
//!     failsafe_station NODE CONTROLLER VARIABLES
//!
//! `VARIABLES` is what the node's variables take, in bytes. With `NODE_VERBOSE` in the environment it also prints what the boards say.
#![forbid(unsafe_code)]

mod attacks;
mod flight;
mod machine;
#[path = "../../../tests/pack/mod.rs"]
mod pack;
#[path = "../../../../firmware/qemu.rs"]
mod qemu;
mod script;
mod table;
mod wire;

use anyhow::{Context, Result, bail};
use flight::Flight;
use std::process::ExitCode;
use std::time::Duration;
use table::Table;

/// The boards' clocks go on while this machine does something else. If it did so for longer, what failed says nothing.
const STALL: Duration = Duration::from_millis(30);
const ATTEMPTS: u32 = 4;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [node, controller, variables] = &arguments[..] else {
        bail!("usage: failsafe_station NODE CONTROLLER VARIABLES")
    };
    let variables = variables.parse().context("VARIABLES is a number")?;
    for attempt in 1.. {
        let folder = qemu::Folder::new("failsafe-station")?;
        let mut flight = Flight::start(node.as_ref(), controller.as_ref(), folder.path())?;
        let mut table = Table::default();
        let ended = script::run(&mut flight, variables, &mut table);
        let wrong = table.wrong();
        if (wrong > 0 || ended.is_err()) && flight.stall > STALL && attempt < ATTEMPTS {
            println!("this machine stood still for {} ms, so all is flown again", flight.stall.as_millis());
            continue;
        }
        table.print();
        ended?;
        if wrong > 0 {
            bail!("{wrong} rows are not as they should be");
        }
        return Ok(());
    }
    Ok(())
}
