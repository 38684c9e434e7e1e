//! An HTTP server on loopback that does what a test tells it, also what no server should.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A connection, and the head of the request that came by it.
pub struct Asked {
    pub stream: TcpStream,
    pub head: String,
    /// The first line, without the version.
    pub line: String,
    /// The body, as far as it was announced.
    pub body: Vec<u8>,
}

/// A server that runs until it is dropped.
pub struct Server {
    pub address: SocketAddr,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    /// The heads of all requests.
    pub heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers each connection on a thread of its own.
    pub fn start(answer: impl Fn(&mut Asked) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (stopped, heads) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (stop, kept, answer) = (Arc::clone(&stopped), Arc::clone(&heads), Arc::new(answer));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(SeqCst) {
                    return;
                }
                let (answer, kept) = (Arc::clone(&answer), Arc::clone(&kept));
                let serve = move |stream: TcpStream| {
                    let mut asked = read(stream)?;
                    kept.lock().unwrap().push(asked.head.clone());
                    answer(&mut asked);
                    Some(())
                };
                if let Ok(stream) = stream {
                    std::thread::spawn(move || serve(stream));
                }
            }
        });
        Self { address, stopped, thread: Some(thread), heads }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn requests(&self) -> usize {
        self.heads.lock().unwrap().len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, SeqCst);
        // It looks after the next connection.
        let _ = TcpStream::connect(self.address);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn read(mut stream: TcpStream) -> Option<Asked> {
    // Longer than any test: no thread is left.
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    stream.set_write_timeout(Some(Duration::from_secs(60))).ok()?;
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        more(&mut stream, &mut bytes)?;
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let length =
        head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse().ok());
    while bytes.len() < end + length.unwrap_or(0) {
        more(&mut stream, &mut bytes)?;
    }
    let line = head.split(" http/1.1").next().unwrap_or_default().into();
    Some(Asked { stream, line, head, body: bytes.split_off(end) })
}

fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    let mut part = [0; 4096];
    let read = stream.read(&mut part).ok().filter(|read| *read > 0)?;
    bytes.extend_from_slice(&part[..read]);
    // TLS, which it does not speak.
    (bytes[0] != 0x16).then_some(())
}

impl Asked {
    /// Writes something; whether the other side still listens.
    pub fn write(&mut self, text: &str) -> bool {
        self.stream.write_all(text.as_bytes()).is_ok()
    }

    /// Writes the last of an answer.
    pub fn end(&mut self, text: &str) {
        self.write(text);
    }

    /// A whole answer.
    pub fn answer(&mut self, status: &str, headers: &str, body: &str) {
        self.write(&format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()));
    }

    /// Waits until the other side closes the connection. `false` if it does not.
    pub fn closed(&mut self) -> bool {
        let mut part = [0; 64];
        loop {
            match self.stream.read(&mut part) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => return error.kind() != std::io::ErrorKind::WouldBlock,
            }
        }
    }
}
