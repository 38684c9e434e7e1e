//! The board in QEMU, and the gateway that acts for it.

use crate::devices::{BOARD, GROUP, PREFIX};
use crate::keys::OPERATOR;
use crate::machine::{self, Machine};
use crate::server::Program;
use crate::{Files, write};
use anyhow::Result;
use std::net::Shutdown;
use std::path::Path;
use std::process::Command;

pub struct Board {
    _gateway: Program,
    _machine: Machine,
}

impl Board {
    pub fn start(files: &Files, folder: &Path, broker: &str) -> Result<Self> {
        let machine_files = machine::Files::new(&files.firmware, folder)?;
        let mut machine = Machine::start(&machine_files)?;
        machine.wait_for("ready")?;
        // The gateway has the UART from here on.
        machine.uart.shutdown(Shutdown::Both)?;
        let operator = write(folder, "operator.pub", hex(&OPERATOR).as_bytes())?;
        let line = format!("{BOARD}=unix:{}", folder.join("uart").display());
        let mut command = Command::new(&files.command_line);
        command.args(["fleet", "gateway", "--group", GROUP, "--prefix", PREFIX, "--broker", broker]);
        command.args(["--device", &line, "--operator"]).arg(operator);
        Ok(Self { _gateway: Program::start(&mut command)?, _machine: machine })
    }
}

/// A public key as the command line reads it.
pub fn hex(key: &[u8; 32]) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}
