//! A board in QEMU: its power, what it prints, and the sockets of its UARTs. Stations take this file in with `#[path]`.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Far more than a board takes for anything.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// A folder of this run, which is removed at its end.
pub struct Folder(PathBuf);

impl Folder {
    /// Makes one, whose name begins so.
    pub fn new(name: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
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

/// A board with power. Its power is cut when it is dropped.
pub struct Qemu {
    child: Child,
    /// What it prints.
    pub lines: Receiver<String>,
}

impl Qemu {
    /// Turns the power on. If the environment has `verbose`, what the board prints is printed here too.
    pub fn start(command: &mut Command, verbose: &str) -> Result<Self> {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("qemu-system-arm does not start")?;
        let (sender, lines) = channel();
        let verbose = std::env::var_os(verbose).is_some();
        read_lines(child.stdout.take().context("no output")?, sender.clone(), verbose);
        read_lines(child.stderr.take().context("no output")?, sender, verbose);
        Ok(Self { child, lines })
    }

    /// Connects to a UART as soon as QEMU has made its socket.
    pub fn connect(&mut self, socket: &Path) -> Result<UnixStream> {
        let end = Instant::now() + TIMEOUT;
        loop {
            match UnixStream::connect(socket) {
                Ok(uart) => return Ok(uart),
                Err(error) if Instant::now() > end => return Err(error).context("no UART"),
                Err(_) => thread::sleep(Duration::from_millis(5)),
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("QEMU ended: {status}");
            }
        }
    }

    /// Cuts the power, at whatever the board is doing.
    pub fn cut(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Qemu {
    fn drop(&mut self) {
        self.cut();
    }
}

/// Sends the lines of a stream, in a thread that ends with the stream.
fn read_lines(stream: impl Read + Send + 'static, sender: Sender<String>, verbose: bool) {
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if verbose {
                eprintln!("    board: {line}");
            }
            if sender.send(line).is_err() {
                break;
            }
        }
    });
}
