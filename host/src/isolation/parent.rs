//! The parent: starts a child, waits for its answer as long as it may take, and leaves nothing of it behind.

use super::error::CompileProcessError;
use super::process::{CompileProcess, MARK};
use super::protocol::{Answer, Settings, write_settings};
use crate::compile::{thread_count, toolchain};
use crate::config::EngineConfig;
use crate::error::HostErrorKind;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// The end of what a child says on its standard error, in bytes.
const MOST_SAID: usize = 1000;
/// How often it is looked whether a child that answered has ended.
const MOMENT: Duration = Duration::from_millis(1);
/// What the linker of the system looks at. Nothing else of the environment is the child's business.
const KEPT: [&str; 2] = ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];
const SIGXCPU: i32 = 24;

/// Returns the machine code of a module that a child compiled.
pub(crate) fn compile(
    process: &CompileProcess,
    config: &EngineConfig,
    wasm: &[u8],
) -> Result<Vec<u8>, HostErrorKind> {
    let program = process.program.clone().map_or_else(std::env::current_exe, Ok);
    let program = program.map_err(|error| not_started("this program".into(), &error))?;
    if std::env::var_os(MARK).is_some() {
        // A helper that does not serve would start itself for ever.
        return Err(CompileProcessError::OtherVersion { program }.into());
    }
    let began = Instant::now();
    let mut running = Running(start(&program).map_err(|error| not_started(program.clone(), &error))?);
    let settings = settings(process, config, wasm);
    let (bytes, said) = talk(&mut running.0, &settings, wasm, process)?;
    let status = running.end(began + process.time_limit);
    match Answer::read(bytes) {
        Some(Answer::Code(code)) => Ok(code),
        Some(Answer::Refused(reason)) => Err(HostErrorKind::Compiler { reason }),
        Some(Answer::OutOfMemory) => {
            Err(CompileProcessError::OutOfMemory { limit: process.memory_limit }.into())
        }
        Some(Answer::OtherVersion) => Err(CompileProcessError::OtherVersion { program }.into()),
        None => Err(without_answer(status, &said, process, program).into()),
    }
}

fn settings(process: &CompileProcess, config: &EngineConfig, wasm: &[u8]) -> Settings {
    let threads = thread_count(config) as u64;
    // Behind the parent's clock, should the parent be gone.
    let seconds = (process.time_limit.as_secs() + 1).saturating_mul(threads);
    Settings {
        process_memory: process.memory_limit,
        process_seconds: seconds,
        threads,
        compiler: config.compiler,
        static_memory_bound: config.static_memory_bound,
        memory_limit: config.memory_limit,
        module: wasm.len() as u64,
    }
}

fn start(program: &PathBuf) -> io::Result<Child> {
    let kept: Vec<(&str, OsString)> =
        KEPT.iter().filter_map(|name| Some((*name, std::env::var_os(name)?))).collect();
    Command::new(program)
        .env_clear()
        .envs(kept)
        .env(MARK, "1")
        // The C library reserves address space for each thread's allocations otherwise.
        .env("MALLOC_ARENA_MAX", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

fn not_started(program: PathBuf, error: &io::Error) -> HostErrorKind {
    CompileProcessError::NotStarted { program, reason: error.to_string() }.into()
}

/// Sends the request, and returns what the child answers and the end of what it says beside.
fn talk(
    child: &mut Child,
    settings: &Settings,
    wasm: &[u8],
    process: &CompileProcess,
) -> Result<(Vec<u8>, String), HostErrorKind> {
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut stdin), Some(stdout), Some(stderr)) = pipes else {
        return Err(CompileProcessError::Failed { reason: "no pipes".into() }.into());
    };
    thread::scope(|scope| {
        let (done, wait) = channel();
        scope.spawn(move || {
            // A child that ends early reads no more of it, and says why.
            let _ = write_settings(&mut stdin, &toolchain(), settings).and_then(|()| stdin.write_all(wasm));
        });
        let said = scope.spawn(move || last_words(stderr));
        scope.spawn(move || {
            let mut bytes = Vec::new();
            // More than it may have in memory is no answer.
            let read = stdout.take(process.memory_limit).read_to_end(&mut bytes);
            let _ = done.send(read.map_or_else(|_| Vec::new(), |_| bytes));
        });
        let answer = wait.recv_timeout(process.time_limit);
        if answer.is_err() {
            // It is dead already, or it is killed: its ends of the pipes close, and the threads end.
            let _ = child.kill();
        }
        let said = said.join().unwrap_or_default();
        match answer {
            Ok(bytes) => Ok((bytes, said)),
            Err(RecvTimeoutError::Timeout) => Err(timed_out(process).into()),
            Err(RecvTimeoutError::Disconnected) => Ok((Vec::new(), said)),
        }
    })
}

/// Reads to the end, and keeps the last of it.
fn last_words(mut from: impl Read) -> String {
    let (mut kept, mut chunk) = (Vec::new(), [0; 4096]);
    while let Ok(len @ 1..) = from.read(&mut chunk) {
        kept.extend_from_slice(&chunk[..len]);
        kept.drain(..kept.len().saturating_sub(MOST_SAID));
    }
    String::from_utf8_lossy(&kept).trim().to_owned()
}

fn timed_out(process: &CompileProcess) -> CompileProcessError {
    CompileProcessError::TimedOut { limit: process.time_limit }
}

fn without_answer(
    status: Option<ExitStatus>,
    said: &str,
    process: &CompileProcess,
    program: PathBuf,
) -> CompileProcessError {
    // The standard library's words before it aborts.
    if said.contains("memory allocation of") || said.contains("Cannot allocate memory") {
        return CompileProcessError::OutOfMemory { limit: process.memory_limit };
    }
    match status.and_then(|status| status.signal()) {
        Some(SIGXCPU) => timed_out(process),
        Some(signal) => CompileProcessError::Killed { signal },
        None if status.is_some_and(|status| status.success()) => {
            CompileProcessError::OtherVersion { program }
        }
        None if said.is_empty() => CompileProcessError::Failed { reason: format!("{status:?}") },
        None => CompileProcessError::Failed { reason: said.to_owned() },
    }
}

/// A child that is killed and waited for, however this ends.
struct Running(Child);

impl Running {
    /// Waits for the end of a child that has answered. `None` where it did not come in time.
    fn end(&mut self, until: Instant) -> Option<ExitStatus> {
        while Instant::now() < until {
            match self.0.try_wait() {
                Ok(None) => thread::sleep(MOMENT),
                Ok(status) => return status,
                Err(_) => return None,
            }
        }
        None
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended and was waited for is left alone.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
