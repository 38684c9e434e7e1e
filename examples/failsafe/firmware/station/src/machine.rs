//! A board in QEMU.

use crate::qemu::Qemu;
use crate::wire::Port;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A record of epochs of a new device.
const PROVISIONED: &[u8; 16] = b"NKE\x01\0\0\0\0\0\0\0\0\x8d\xe4\x06\x38";
/// Where the last kilobyte of the flash is.
const KEYS: &str = "0x0801fc00";
/// An instruction takes 256 ns of the emulator's clock, which is 64 ns of the board's: one and a half cycles of 24 MHz.
const TIME: &str = "shift=8";

/// What of a board outlives the power: its firmware, its keys, and its epochs.
pub struct Board {
    firmware: PathBuf,
    folder: PathBuf,
}

impl Board {
    /// Makes a device: writes its keys and its first epochs.
    pub fn provision(firmware: &Path, folder: &Path, send: [u8; 16], receive: [u8; 16]) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let spi = [1, 0].into_iter().chain([0; 14]);
        std::fs::write(folder.join("keys"), spi.chain(send).chain(receive).collect::<Vec<u8>>())?;
        for file in ["epochs0", "epochs1"] {
            std::fs::write(folder.join(file), PROVISIONED)?;
        }
        Ok(Self { firmware: firmware.canonicalize()?, folder: folder.to_owned() })
    }

    /// Returns the epochs that are stored: sent and accepted.
    pub fn epochs(&self) -> Result<(u32, u32)> {
        let record = std::fs::read(self.folder.join("epochs0"))?;
        let word =
            |at| record.get(at..at + 4).and_then(|bytes| Some(u32::from_le_bytes(bytes.try_into().ok()?)));
        word(4).zip(word(8)).context("no record of epochs")
    }
}

/// A board with power. Its power is cut when it is dropped.
pub struct Machine {
    qemu: Qemu,
    /// The other ends of its USARTs.
    pub link: Port,
    pub sticks: Port,
}

impl Machine {
    /// Turns the power on.
    pub fn start(board: &Board) -> Result<Self> {
        let sockets = ["link", "sticks"].map(|name| board.folder.join(name));
        for socket in &sockets {
            let _ = std::fs::remove_file(socket);
        }
        let mut command = Command::new("qemu-system-arm");
        command
            .current_dir(&board.folder)
            .args(["-M", "stm32vldiscovery", "-icount", TIME, "-nographic", "-monitor", "none"])
            .args(["-serial", "unix:link,server=on,wait=off", "-serial", "unix:sticks,server=on,wait=off"])
            .args(["-semihosting-config", "enable=on,target=native"])
            .args(["-device", &format!("loader,file=keys,addr={KEYS},force-raw=on"), "-kernel"])
            .arg(&board.firmware);
        let mut qemu = Qemu::start(&mut command, "NODE_VERBOSE")?;
        let [link, sticks] = sockets.map(|socket| qemu.connect(&socket).and_then(Port::new));
        Ok(Self { link: link?, sticks: sticks?, qemu })
    }

    /// Returns the lines that it has printed since it was asked last: their first words, and the numbers behind them.
    pub fn lines(&mut self) -> Result<Vec<(String, Vec<u32>)>> {
        let mut all = Vec::new();
        for line in self.qemu.lines.try_iter() {
            let mut words = line.split(' ');
            let word = words.next().unwrap_or_default().to_owned();
            if matches!(word.as_str(), "ended" | "fault" | "qemu-system-arm:") {
                bail!("the board says `{line}`");
            }
            all.push((word, words.map(str::parse).collect::<Result<_, _>>().with_context(|| line.clone())?));
        }
        Ok(all)
    }

    /// Cuts the power, at whatever it is doing.
    pub fn cut(&mut self) {
        self.qemu.cut();
    }
}
