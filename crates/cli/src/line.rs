//! Lines to a device: serial ports, ptys and sockets.

use crate::failure::{Failure, Kind, Outcome};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
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
    /// Opens a line: `tcp:HOST:PORT`, `unix:PATH`, or the path of a serial port or a pty. A connection and a write
    /// over a socket may take as long as the time-out.
    ///
    /// # Errors
    /// [`Kind::Line`].
    pub fn open(name: &str, baud: u32, timeout: Duration) -> Outcome<Self> {
        // Sockets refuse a time-out of 0.
        let timeout = timeout.max(Duration::from_millis(1));
        let stream = match name.split_once(':') {
            Some(("tcp", address)) => tcp(address, timeout),
            Some(("unix", path)) => unix(path, timeout),
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

fn tcp(address: &str, timeout: Duration) -> std::io::Result<Box<dyn Stream>> {
    let stream = connect(address, timeout)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(timeout))?;
    Ok(Box::new(stream))
}

/// Connects to one of the addresses of a host, each of which may take its share of the time-out.
fn connect(address: &str, timeout: Duration) -> std::io::Result<TcpStream> {
    let addresses: Vec<_> = address.to_socket_addrs()?.collect();
    let share = (timeout / addresses.len().max(1) as u32).max(Duration::from_millis(1));
    let mut failed = std::io::Error::new(ErrorKind::NotFound, "the host has no address");
    for address in addresses {
        match TcpStream::connect_timeout(&address, share) {
            Ok(stream) => return Ok(stream),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

#[cfg(unix)]
fn unix(path: &str, timeout: Duration) -> std::io::Result<Box<dyn Stream>> {
    let stream = std::os::unix::net::UnixStream::connect(path)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(timeout))?;
    Ok(Box::new(stream))
}

#[cfg(not(unix))]
fn unix(_: &str, _: Duration) -> std::io::Result<Box<dyn Stream>> {
    Err(std::io::Error::new(ErrorKind::Unsupported, "sockets of this kind are not there on this system"))
}

fn serial(path: &str, baud: u32) -> std::io::Result<Box<dyn Stream>> {
    Ok(Box::new(serialport::new(path, baud).timeout(PATIENCE).open()?))
}
