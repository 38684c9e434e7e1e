//! The board, in QEMU.

use crate::qemu::{Qemu, TIMEOUT};
use anyhow::{Result, bail};
use std::fs::File;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// The board's third memory, which is used as flash: so much the board has.
const FLASH: u64 = 16 << 20;
/// Where the machine's files are.
pub struct Files {
    image: PathBuf,
    flash: PathBuf,
    socket: PathBuf,
}

impl Files {
    /// Makes a flash that was never written to. It is all zeros, which is not what an erased flash is.
    pub fn new(image: &Path, folder: &Path) -> Result<Self> {
        let [flash, socket] = ["flash.bin", "uart"].map(|name| folder.join(name));
        File::create(&flash)?.set_len(FLASH)?;
        Ok(Self { image: image.to_owned(), flash, socket })
    }
}

/// A board that runs. Its power is cut when it is dropped; its flash stays.
pub struct Machine {
    qemu: Qemu,
    socket: PathBuf,
    /// The other end of its UART.
    pub uart: UnixStream,
}

impl Machine {
    /// Turns the power on.
    pub fn start(files: &Files) -> Result<Self> {
        let Files { image, flash, socket } = files;
        let _ = std::fs::remove_file(socket);
        let memory =
            format!("memory-backend-file,id=flash,size={FLASH},mem-path={},share=on", flash.display());
        let uart = format!("socket,id=uart,path={},server=on,wait=off", socket.display());
        let mut command = Command::new("qemu-system-arm");
        command
            // Its clock counts instructions: a busy host does not make the watchdog bite.
            .args(["-M", "mps2-an385,memory-backend=flash", "-icount", "shift=0", "-object", &memory])
            .args(["-nographic", "-monitor", "none", "-chardev", &uart, "-serial", "chardev:uart"])
            .args(["-semihosting-config", "enable=on,target=native", "-kernel"])
            .arg(image);
        let mut qemu = Qemu::start(&mut command, "OTA_VERBOSE")?;
        let uart = qemu.connect(socket)?;
        Ok(Self { qemu, socket: socket.clone(), uart })
    }

    /// Has another program use the UART, by the path of its socket.
    pub fn lend_uart<T>(&mut self, work: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
        self.uart.shutdown(Shutdown::Both)?;
        let done = work(&self.socket);
        self.uart = self.qemu.connect(&self.socket)?;
        done
    }

    /// Waits for a line that begins so, and returns the rest of it.
    pub fn wait_for(&mut self, beginning: &str) -> Result<String> {
        let end = Instant::now() + TIMEOUT;
        let mut seen = Vec::new();
        loop {
            match self.qemu.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => match line.strip_prefix(beginning) {
                    Some(rest) => return Ok(rest.trim().to_owned()),
                    None => seen.push(line),
                },
                Err(_) => bail!("the board never said `{beginning}`, only:\n{}", seen.join("\n")),
            }
        }
    }

    /// Cuts the power, at whatever it is doing.
    pub fn cut(&mut self) {
        self.qemu.cut();
    }
}
