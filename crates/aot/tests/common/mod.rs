//! A test program of emitted modules, compiled once for many modules, and run in a process of its own.

use aingle_wasm_aot::program::{Unit, beginning};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running test program.
pub struct Program {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    instances: usize,
}

/// What a call gave: the bits of its results, or the number of a trap.
pub type Outcome = Result<Vec<u64>, u32>;

/// Compiles units into one program, optimised as images are.
pub fn compile(units: &[Unit], folder: &Path, name: &str, level: &str) -> std::path::PathBuf {
    let mut text = beginning("");
    text.push_str(&include_str!("../program/raw.rs").replace("//! ", "// ").replace("//!", "//"));
    for unit in units {
        text.push_str(&unit.source);
    }
    let all: String = (0..units.len()).map(|at| format!("&m{at}::UNIT,")).collect();
    text.push_str(&format!("static UNITS: &[&Unit] = &[{all}];\n"));
    let (source, program) = (folder.join(format!("{name}.rs")), folder.join(name));
    std::fs::write(&source, text).unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or("rustc".into());
    let output = Command::new(rustc)
        .args(["--edition", "2024", "-C", "panic=abort", "-C", "debug-assertions=off", "-C"])
        .arg(format!("opt-level={level}"))
        .args(["-C", "codegen-units=4", "-A", "warnings", "-o"])
        .args([&program, &source])
        .output()
        .expect("rustc runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    program
}

impl Program {
    pub fn start(path: &Path) -> Self {
        let mut child =
            Command::new(path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output, instances: 0 }
    }

    fn ask(&mut self, line: &str) -> Outcome {
        self.input.write_all(line.as_bytes()).and_then(|()| self.input.write_all(b"\n")).expect("it lives");
        let mut answer = String::new();
        self.output.read_line(&mut answer).expect("it answers");
        let answer = answer.trim();
        match answer.split_once(' ') {
            Some(("t", trap)) => Err(trap.parse().unwrap()),
            Some(("o", words)) => {
                Ok(words.split(' ').map(|word| u64::from_str_radix(word, 16).unwrap()).collect())
            }
            _ => {
                assert!(answer == "o", "the program ended at `{line}`: `{answer}` {:?}", self.child.wait());
                Ok(Vec::new())
            }
        }
    }

    /// Makes an instance, runs its start function, and returns its number.
    pub fn instantiate(&mut self, unit: usize) -> Result<usize, u32> {
        self.instances += 1;
        self.ask(&format!("n {unit}")).map(|_| self.instances - 1)
    }

    pub fn choose(&mut self, instance: usize) {
        self.ask(&format!("u {instance}")).unwrap();
    }

    pub fn call(&mut self, ordinal: u32, results: usize, words: &[u64]) -> Outcome {
        let words: String = words.iter().map(|word| format!(" {word:x}")).collect();
        self.ask(&format!("c {ordinal} {results}{words}"))
    }

    pub fn memory_hash(&mut self) -> u64 {
        self.ask("h").unwrap()[0]
    }

    pub fn global(&mut self, place: usize) -> u64 {
        self.ask(&format!("g {place}")).unwrap()[0]
    }

    pub fn set_global(&mut self, place: usize, word: u64) {
        self.ask(&format!("s {place} {word:x}")).unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
