//! A fleet, from its brokers to its devices: 50 simulated devices and one board in QEMU take a module over MQTT, and hosts answer calls over
//! NATS, while brokers and hosts are killed.
//!
//!     fleet_demo FIRMWARE FOLDER_OF_MODULES AINGLE_WASM
//!
//! `cargo xtask demo fleet` builds what it needs, and runs it. Nothing that is not in the crates is needed for a fleet of one's own: the
//! devices are `device.rs`, the operator `rollouts.rs`.
#![forbid(unsafe_code)]

mod blobs;
mod board;
mod calls;
mod device;
mod devices;
#[path = "../../ota/keys.rs"]
#[allow(dead_code, reason = "other programs use the rest")]
mod keys;
#[path = "../../ota/station/src/machine.rs"]
#[allow(dead_code, reason = "other programs use the rest")]
mod machine;
#[path = "../../firmware/qemu.rs"]
#[allow(dead_code, reason = "other programs use the rest")]
mod qemu;
mod rollouts;
mod server;
mod table;

use anyhow::{Context, Result, bail};
use blobs::Blobs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use table::Table;

/// Simulated devices.
const DEVICES: usize = 50;

/// What the demo is given.
struct Files {
    firmware: PathBuf,
    modules: PathBuf,
    command_line: PathBuf,
}

fn main() -> ExitCode {
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let run = tokio.map_err(anyhow::Error::from).and_then(|tokio| {
        let done = tokio.block_on(run());
        tokio.shutdown_background();
        done
    });
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [firmware, modules, command_line] = <[PathBuf; 3]>::try_from(arguments)
        .map_err(|_| anyhow::anyhow!("usage: fleet_demo FIRMWARE FOLDER_OF_MODULES AINGLE_WASM"))?;
    let files = Files { firmware, modules, command_line };
    let mut table = Table::default();
    let done = play(&files, &mut table).await;
    table.print();
    done?;
    match table.wrong() {
        0 => Ok(()),
        wrong => bail!("{wrong} rows are not as they should be"),
    }
}

async fn play(files: &Files, table: &mut Table) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let blobs = Blobs::read(&files.modules)?;
    rollouts::play(files, folder.path(), &blobs, table).await.context("modules to devices")?;
    calls::play(files, folder.path(), &blobs.module, &blobs.hosted, table).await.context("calls to hosts")
}

/// Writes a file that a program of the demo reads.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf> {
    let path = folder.join(name);
    std::fs::write(&path, bytes).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(path)
}
