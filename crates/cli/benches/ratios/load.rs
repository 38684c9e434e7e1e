//! Servers under load.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Connections at a time. Each waits for its answer before it sends the next request.
const CONNECTIONS: usize = 4;

/// Server in a process of its own. It ends when this is dropped.
pub struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts one that says where it listens in its first line on standard error.
    pub fn new(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        let stderr = child.stderr.as_mut().expect("standard error");
        BufReader::new(stderr).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("serves on http://").unwrap_or_else(|| panic!("{line}"));
        Self { address: address.to_owned(), child }
    }

    /// Sends requests for a while, and returns how many were answered in a second.
    pub fn load(&self, time: Duration, method: &str, path: &str, body: &[u8]) -> f64 {
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {}\r\n\r\n", body.len());
        let request = [head.as_bytes(), body].concat();
        let began = Instant::now();
        let answered: usize = std::thread::scope(|scope| {
            let clients: Vec<_> =
                (0..CONNECTIONS).map(|_| scope.spawn(|| self.client(began + time, &request))).collect();
            clients.into_iter().map(|client| client.join().expect("a client")).sum()
        });
        answered as f64 / began.elapsed().as_secs_f64()
    }

    fn client(&self, end: Instant, request: &[u8]) -> usize {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        stream.set_nodelay(true).expect("an option");
        let mut answers = 0;
        let mut buffer = vec![0; 4096];
        while Instant::now() < end {
            stream.write_all(request).expect("a request");
            read_answer(&mut stream, &mut buffer);
            answers += 1;
        }
        answers
    }
}

/// Reads a response to its end: as long as its head says, or to the chunk that is empty.
fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) {
    let mut len = 0;
    loop {
        len += stream.read(&mut buffer[len..]).expect("a response");
        let text = String::from_utf8_lossy(&buffer[..len]).to_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        assert!(head.starts_with("http/1.1 200"), "{text}");
        let said = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let whole = match said {
            Some(said) => body.len() >= said.parse::<usize>().expect("a length"),
            None => body.ends_with("0\r\n\r\n"),
        };
        if whole {
            return;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
