//! The child: limits itself, compiles, answers, ends.

use super::protocol::{Answer, Settings, read_settings};
use crate::artifact;
use crate::compile::{machine_code, toolchain};
use crate::config::EngineConfig;
use crate::error::HostErrorKind;
use rustix::process::{Resource, Rlimit, setrlimit};
use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::process::exit;

/// Answers the request on the standard input, and ends the process.
pub(super) fn serve() -> ! {
    exit(match run(&mut io::stdin().lock(), &mut io::stdout().lock()) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("compile helper: {error}");
            1
        }
    })
}

fn run(request: &mut impl Read, answer: &mut impl Write) -> io::Result<()> {
    die_with_parent()?;
    let Some(settings) = read_settings(request, &toolchain())? else {
        return Answer::OtherVersion.write(answer);
    };
    limit(&settings)?;
    let mut wasm = Vec::new();
    request.take(settings.module).read_to_end(&mut wasm)?;
    if wasm.len() as u64 != settings.module {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    compiled(&settings, &wasm).write(answer)
}

fn compiled(settings: &Settings, wasm: &[u8]) -> Answer {
    let config = EngineConfig {
        compiler: settings.compiler,
        static_memory_bound: settings.static_memory_bound,
        memory_limit: settings.memory_limit,
        compile_threads: usize::try_from(settings.threads).ok().and_then(NonZeroUsize::new),
        ..EngineConfig::default()
    };
    match machine_code(&config, wasm) {
        Ok(whole) => Answer::Code(artifact::strip(&whole).into_owned()),
        Err(HostErrorKind::Compiler { reason } | HostErrorKind::Other { reason })
            if is_of_memory(&reason) =>
        {
            Answer::OutOfMemory
        }
        Err(HostErrorKind::Compiler { reason }) => Answer::Refused(reason),
        Err(error) => Answer::Refused(error.to_string()),
    }
}

/// Whether the compiler's words are those of a system that has no memory or thread left.
fn is_of_memory(reason: &str) -> bool {
    ["os error 11", "os error 12", "WouldBlock", "OutOfMemory", "annot allocate memory"]
        .iter()
        .any(|words| reason.contains(words))
}

/// From here on the process can have no more than it may.
fn limit(settings: &Settings) -> io::Result<()> {
    set(Resource::As, settings.process_memory.saturating_add(mapped()))?;
    set(Resource::Cpu, settings.process_seconds)?;
    // It writes to a pipe only, and leaves no dump of itself.
    set(Resource::Fsize, 0)?;
    set(Resource::Core, 0)
}

fn set(resource: Resource, limit: u64) -> io::Result<()> {
    Ok(setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) })?)
}

/// What is mapped already, in bytes: the program and its libraries.
fn mapped() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:"));
    let kib = size.and_then(|size| size.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.unwrap_or(0).saturating_mul(1024)
}

#[cfg(target_os = "linux")]
fn die_with_parent() -> io::Result<()> {
    use rustix::process::{Signal, set_parent_process_death_signal};
    Ok(set_parent_process_death_signal(Some(Signal::KILL))?)
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent() -> io::Result<()> {
    Ok(())
}
