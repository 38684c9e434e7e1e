//! Runs the program in a directory of its own.
#![allow(dead_code)]

pub mod components;
#[cfg(unix)]
pub mod server;

use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A directory, and what was printed last.
pub struct Bench {
    directory: TempDir,
}

/// What a run has left.
pub struct Run {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

/// A program that goes on, until this is dropped.
pub struct Started(std::process::Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Run {
    /// What was printed, as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.stdout)))
    }
}

/// The example guest in text, with the entry points `echo`, `sum` and `greet`.
pub fn guest() -> Vec<u8> {
    wat::parse_str(include_str!("../../../../examples/guest-wat/guest.wat")).unwrap()
}

/// The example guest with further functions in text, without imports and without descriptions.
pub fn guest_with(more: &str) -> Vec<u8> {
    let text = include_str!("../../../../examples/guest-wat/guest.wat");
    let import = r#"(import "env" "lookup" (func $lookup (param i32 i32) (result i64)))"#;
    assert!(text.contains(import));
    let lookup = "(func $lookup (param i32 i32) (result i64) (i64.const 0))";
    let end = text.find(r#"(@custom "aingle.abi""#).unwrap();
    wat::parse_str(format!("{} {lookup} {more})", text[..end].replace(import, ""))).unwrap()
}

/// A file of the test keys.
pub fn key(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keys").join(name)
}

impl Bench {
    /// A directory with `module.wasm`, and the two keys of a signer.
    pub fn new() -> Self {
        let bench = Self { directory: TempDir::new().unwrap() };
        bench.write("module.wasm", &guest());
        bench.write("key", &std::fs::read(key("ed25519.pem")).unwrap());
        bench.write("key.pub", &std::fs::read(key("ed25519.pub.pem")).unwrap());
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// The names of the files.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.directory.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Runs a command line whose words are separated by spaces.
    pub fn run(&self, line: &str) -> Run {
        self.run_with(line, b"")
    }

    /// Gives the directory to an ordinary user, if this is the superuser, who can write to what has no right to write. Returns that user.
    #[cfg(unix)]
    pub fn ordinary_user(&self) -> Option<u32> {
        const NOBODY: u32 = 65_534;
        use std::os::unix::fs::{MetadataExt, chown};
        let is_root = std::fs::metadata(self.directory.path()).unwrap().uid() == 0;
        is_root.then(|| chown(self.directory.path(), Some(NOBODY), Some(NOBODY)).unwrap()).map(|()| NOBODY)
    }

    /// Runs a command line with bytes on standard input.
    pub fn run_with(&self, line: &str, input: &[u8]) -> Run {
        self.run_command(&mut self.command(line), line, input)
    }

    /// A command line whose words are separated by spaces.
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aingle-wasm"));
        command.args(line.split_whitespace()).current_dir(self.directory.path());
        command
    }

    /// Runs a command with bytes on standard input.
    pub fn run_command(&self, command: &mut Command, line: &str, input: &[u8]) -> Run {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // The program may end before it has read everything.
        let _ = stdin.write_all(input);
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!stderr.contains("panicked"), "{line}: {stderr}");
        Run { code: output.status.code().unwrap(), stdout: output.stdout, stderr }
    }

    /// Starts a command line that goes on. Nobody hears what it says.
    pub fn start(&self, line: &str) -> Started {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aingle-wasm"));
        command.args(line.split_whitespace()).current_dir(self.directory.path());
        Started(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Returns the first line that a program prints which does not end by itself. It runs when the line is there.
    pub fn first_line(&self, line: &str) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aingle-wasm"));
        command.args(line.split_whitespace()).current_dir(self.directory.path());
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut started = Started(child.unwrap());
        let mut printed = String::new();
        BufReader::new(started.0.stdout.take().unwrap()).read_line(&mut printed).unwrap();
        assert!(started.0.try_wait().unwrap().is_none(), "{line}: it has ended, and printed {printed:?}");
        printed
    }

    /// Runs a command line that succeeds, and returns its JSON.
    pub fn succeed(&self, line: &str) -> Value {
        let run = self.run(&format!("{line} --json"));
        assert_eq!(run.code, 0, "{line}: {}", run.stderr);
        let json = run.json();
        assert_eq!(json["ok"], true, "{line}");
        json
    }

    /// Runs a command line that fails with a code, and returns what it says.
    pub fn fail(&self, line: &str, code: i32) -> String {
        let run = self.run(line);
        assert_eq!(run.code, code, "{line}: {}", run.stderr);
        run.stderr
    }
}
