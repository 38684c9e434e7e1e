//! Lines to a device: serial ports, ptys and sockets.

use crate::failure::{Failure, Kind, Outcome};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long a read waits for the first byte.
const PATIENCE: Duration = Duration::from_millis(50);

/// What can be read and written.
trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

/// A line to a device.
pub struct Line {
    stream: Box<dyn Stream>,
    name: String,
}

impl Line {
    /// Opens a line: `tcp:HOST:PORT`, `unix:PATH`, or the path of a serial port or a pty.
    ///
    /// # Errors
    /// [`Kind::Line`].
    pub fn open(name: &str, baud: u32) -> Outcome<Self> {
        let stream = match name.split_once(':') {
            Some(("tcp", address)) => tcp(address),
            Some(("unix", path)) => unix(path),
            _ => serial(name, baud),
        };
        let stream =
            stream.map_err(|error| Failure::new(Kind::Line, format!("cannot open `{name}`: {error}")))?;
        Ok(Self { stream, name: name.into() })
    }

    /// Writes bytes.
    ///
    /// # Errors
    /// [`Kind::Line`].
    pub fn write(&mut self, bytes: &[u8]) -> Outcome<()> {
        let written = self.stream.write_all(bytes).and_then(|()| self.stream.flush());
        written.map_err(|error| self.broken(&error))
    }

    /// Reads what has come, after a short wait if nothing has. Returns how many bytes there are.
    ///
    /// # Errors
    /// [`Kind::Line`], also when the other side has closed the line.
    pub fn read(&mut self, bytes: &mut [u8]) -> Outcome<usize> {
        match self.stream.read(bytes) {
            Ok(0) => Err(self.broken(&"the other side has closed it")),
            Ok(len) => Ok(len),
            Err(error) => match error.kind() {
                ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted => Ok(0),
                _ => Err(self.broken(&error)),
            },
        }
    }

    fn broken(&self, error: &dyn std::fmt::Display) -> Failure {
        Failure::new(Kind::Line, format!("the line `{}` broke: {error}", self.name))
    }
}

fn tcp(address: &str) -> std::io::Result<Box<dyn Stream>> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(Box::new(stream))
}

#[cfg(unix)]
fn unix(path: &str) -> std::io::Result<Box<dyn Stream>> {
    let stream = std::os::unix::net::UnixStream::connect(path)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(Box::new(stream))
}

#[cfg(not(unix))]
fn unix(_: &str) -> std::io::Result<Box<dyn Stream>> {
    Err(std::io::Error::new(ErrorKind::Unsupported, "sockets of this kind are not there on this system"))
}

fn serial(path: &str, baud: u32) -> std::io::Result<Box<dyn Stream>> {
    Ok(Box::new(serialport::new(path, baud).timeout(PATIENCE).open()?))
}
