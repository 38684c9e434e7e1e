//! The guests, and runs of them.

use aingle_wasm_wasi::{Capture, Error, Exit, Grants, Limits, Output, Program};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Compiles a guest of `tests/guests`. The targets come from `cargo xtask setup`.
fn build(name: &str, target: &str) -> Vec<u8> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests").join(name).with_extension("rs");
    let wasm = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{target}.wasm"));
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let status = Command::new(rustc)
        .args(["--edition", "2024", "-O", "-C", "strip=symbols", "--target", target, "-o"])
        .args([&wasm, &source])
        .status()
        .expect("rustc runs");
    assert!(
        status.success(),
        "{name} does not compile for {target}: `cargo xtask setup` installs the target"
    );
    std::fs::read(wasm).expect("the guest")
}

/// The guest that runs scripts, as bytes.
pub fn script_wasm() -> &'static [u8] {
    static WASM: OnceLock<Vec<u8>> = OnceLock::new();
    WASM.get_or_init(|| build("script", "wasm32-wasip1"))
}

/// The guest that is a component, as bytes.
pub fn component_wasm() -> &'static [u8] {
    static WASM: OnceLock<Vec<u8>> = OnceLock::new();
    WASM.get_or_init(|| build("component", "wasm32-wasip2"))
}

/// What a run printed, and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    pub result: Result<Exit, Error>,
}

impl Ran {
    /// Returns the exit status.
    pub fn status(&self) -> u32 {
        self.result.as_ref().unwrap_or_else(|error| panic!("{error}: {}", self.stderr)).status
    }
}

/// Runs a program with these arguments, and its outputs captured.
pub fn run(program: &Program, arguments: &[&str], grants: Grants) -> Ran {
    let (stdout, stderr) = (Capture::new(1 << 20), Capture::new(1 << 20));
    let arguments = ["guest"].iter().chain(arguments);
    let result = program.run(&Grants {
        args: arguments.map(|argument| (*argument).to_owned()).collect(),
        stdout: Output::Capture(stdout.clone()),
        stderr: Output::Capture(stderr.clone()),
        ..grants
    });
    let text = |capture: Capture| String::from_utf8(capture.contents()).expect("text");
    Ran { stdout: text(stdout), stderr: text(stderr), result }
}

/// Runs operations in the guest that runs scripts, and returns how each ended.
pub fn script(operations: &[&str], grants: Grants) -> Vec<String> {
    let ran = run(script_program(), operations, grants);
    assert_eq!(ran.status(), 0, "{}", ran.stderr);
    ran.stdout.lines().map(ToOwned::to_owned).collect()
}

/// Runs operations, and compares how each ended.
#[track_caller]
pub fn expect(grants: Grants, operations: &[(&str, &str)]) {
    let said = script(&operations.iter().map(|(operation, _)| *operation).collect::<Vec<_>>(), grants);
    let pairs = operations.iter().zip(&said);
    let wrong: Vec<_> = pairs.filter(|((_, expected), said)| said != expected).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(said.len(), operations.len());
}

/// The guest that runs scripts, compiled once.
pub fn script_program() -> &'static Program {
    static PROGRAM: OnceLock<Program> = OnceLock::new();
    PROGRAM.get_or_init(|| Program::compile(script_wasm(), &Limits::default()).expect("a program"))
}

/// The component, compiled once.
pub fn component_program() -> &'static Program {
    static PROGRAM: OnceLock<Program> = OnceLock::new();
    PROGRAM.get_or_init(|| Program::compile(component_wasm(), &Limits::default()).expect("a program"))
}

/// Compiles a module that is written as text.
pub fn text(text: &str, limits: &Limits) -> Program {
    let wasm = wat::parse_str(text).expect("a module");
    Program::compile(&wasm, limits).unwrap_or_else(|error| panic!("{error}"))
}

/// Runs a module that is written as text, with no grant, and returns why it was stopped.
pub fn stopped(module: &str, limits: &Limits) -> Error {
    text(module, limits).run(&Grants::default()).expect_err("it is stopped")
}
