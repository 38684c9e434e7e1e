//! `serve` as a process.

use super::Bench;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// A server that was started. It ends when this is dropped.
pub struct Server {
    child: Child,
    pub address: String,
}

impl Server {
    /// Serves the file `module`.
    pub fn new(bench: &Bench, options: &[&str]) -> Self {
        Self::of(bench, &[&["serve", "module"], options].concat())
    }

    /// Serves what a command line says.
    pub fn of(bench: &Bench, words: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_aingle-wasm"))
            .args(words)
            .args(["--addr", "127.0.0.1:0", "--json"])
            .current_dir(bench.path(""))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address =
            line.trim().strip_prefix("serves on http://").unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { child, address }
    }

    /// Sends a request; returns the status and the body.
    pub fn send(&self, method: &str, path: &str, body: &[u8]) -> (u16, String) {
        let mut stream = self.begin(method, path, body);
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let chunked = head.to_lowercase().contains("transfer-encoding: chunked");
        (status, if chunked { whole(body) } else { body.to_owned() })
    }

    /// Tells the server to end; returns its exit code and what it printed.
    pub fn end(mut self) -> (i32, String) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
        let mut stdout = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        (self.child.wait().unwrap().code().unwrap(), stdout)
    }

    /// Sends a request, and waits for nothing.
    pub fn begin(&self, method: &str, path: &str, body: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        stream
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Joins the chunks of a body that has its end.
fn whole(mut chunks: &str) -> String {
    let mut body = String::new();
    loop {
        let (len, rest) = chunks.split_once("\r\n").expect("a chunk");
        let len = usize::from_str_radix(len, 16).expect("a length");
        if len == 0 {
            return body;
        }
        body.push_str(&rest[..len]);
        chunks = &rest[len + 2..];
    }
}
