//! The board, in QEMU.

use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// The board's third memory, which is used as flash: so much the board has.
const FLASH: u64 = 16 << 20;
/// Far more than the board takes for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder of this run, which is removed at its end.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("ota-station-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

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
    qemu: Child,
    socket: PathBuf,
    lines: Receiver<String>,
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
        let mut qemu = Command::new("qemu-system-arm")
            // Its clock counts instructions: a busy host does not make the watchdog bite.
            .args(["-M", "mps2-an385,memory-backend=flash", "-icount", "shift=0", "-object", &memory])
            .args(["-nographic", "-monitor", "none", "-chardev", &uart, "-serial", "chardev:uart"])
            .args(["-semihosting-config", "enable=on,target=native", "-kernel"])
            .arg(image)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("qemu-system-arm does not start")?;
        let (sender, lines) = channel();
        read_lines(qemu.stdout.take().context("no output")?, sender.clone());
        read_lines(qemu.stderr.take().context("no output")?, sender);
        let uart = connect(socket, &mut qemu)?;
        Ok(Self { qemu, socket: socket.clone(), lines, uart })
    }

    /// Has another program use the UART, by the path of its socket.
    pub fn lend_uart<T>(&mut self, work: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
        self.uart.shutdown(Shutdown::Both)?;
        let done = work(&self.socket);
        self.uart = connect(&self.socket, &mut self.qemu)?;
        done
    }

    /// Waits for a line that begins so, and returns the rest of it.
    pub fn wait_for(&mut self, beginning: &str) -> Result<String> {
        let end = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => match line.strip_prefix(beginning) {
                    Some(rest) => return Ok(rest.trim().to_owned()),
                    None => seen.push(line),
                },
                Err(_) => bail!("the board never said `{beginning}`, only:\n{}", seen.join("\n")),
            }
        }
    }
}

impl Machine {
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
            if std::env::var_os("OTA_VERBOSE").is_some() {
                eprintln!("    board: {line}");
            }
            if sender.send(line).is_err() {
                break;
            }
        }
    });
}

/// Connects to the UART as soon as QEMU has made the socket.
fn connect(socket: &Path, qemu: &mut Child) -> Result<UnixStream> {
    let end = Instant::now() + PATIENCE;
    loop {
        match UnixStream::connect(socket) {
            Ok(uart) => return Ok(uart),
            Err(error) if Instant::now() > end => return Err(error).context("no UART"),
            Err(_) => thread::sleep(Duration::from_millis(5)),
        }
        if let Some(status) = qemu.try_wait()? {
            bail!("QEMU ended: {status}");
        }
    }
}
