//! A board in QEMU.

use crate::wire::Port;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// A record of epochs of a new device.
const PROVISIONED: &[u8; 16] = b"NKE\x01\0\0\0\0\0\0\0\0\x8d\xe4\x06\x38";
/// Where the last kilobyte of the flash is.
const KEYS: &str = "0x0801fc00";
/// An instruction takes 256 ns of the emulator's clock, which is 64 ns of the board's: one and a half cycles of 24 MHz.
const TIME: &str = "shift=8";
/// Far more than a board takes for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder of this run, which is removed at its end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("failsafe-station-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

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
    qemu: Child,
    lines: Receiver<String>,
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
        let mut qemu = Command::new("qemu-system-arm")
            .current_dir(&board.folder)
            .args(["-M", "stm32vldiscovery", "-icount", TIME, "-nographic", "-monitor", "none"])
            .args(["-serial", "unix:link,server=on,wait=off", "-serial", "unix:sticks,server=on,wait=off"])
            .args(["-semihosting-config", "enable=on,target=native"])
            .args(["-device", &format!("loader,file=keys,addr={KEYS},force-raw=on"), "-kernel"])
            .arg(&board.firmware)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("qemu-system-arm does not start")?;
        let (sender, lines) = channel();
        read_lines(qemu.stdout.take().context("no output")?, sender.clone());
        read_lines(qemu.stderr.take().context("no output")?, sender);
        let [link, sticks] = sockets.map(|socket| connect(&socket, &mut qemu));
        Ok(Self { link: link?, sticks: sticks?, qemu, lines })
    }

    /// Returns the lines that it has printed since it was asked last: their first words, and the numbers behind them.
    pub fn lines(&mut self) -> Result<Vec<(String, Vec<u32>)>> {
        let mut all = Vec::new();
        for line in self.lines.try_iter() {
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
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.cut();
    }
}

/// Sends the lines of a stream, in a thread that ends with the stream.
fn read_lines(stream: impl Read + Send + 'static, sender: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if std::env::var_os("NODE_VERBOSE").is_some() {
                eprintln!("    board: {line}");
            }
            if sender.send(line).is_err() {
                break;
            }
        }
    });
}

/// Connects to a USART as soon as QEMU has made the socket.
fn connect(socket: &Path, qemu: &mut Child) -> Result<Port> {
    let end = Instant::now() + PATIENCE;
    loop {
        match Port::connect(socket) {
            Ok(port) => return Ok(port),
            Err(error) if Instant::now() > end => return Err(error).context("no USART"),
            Err(_) => thread::sleep(Duration::from_millis(5)),
        }
        if let Some(status) = qemu.try_wait()? {
            bail!("QEMU ended: {status}");
        }
    }
}
