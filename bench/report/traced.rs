//! Whose instructions an echo on the board is made of: QEMU names each one that it executes.

use super::flash;
use crate::project::Project;
use crate::qemu::{self, MPS2};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use xshell::cmd;

/// What the name of a figure begins with that says how many instructions of an echo one of them executes.
pub const OF: &str = "echo of ";

/// How the symbol of the guest ends.
const GUEST: &str = "engine::GUEST";

/// The firmware measures nothing, then echoes, so many of them.
const ECHOES: usize = 2;
const TIMES: u64 = 100;

/// The instructions of an echo, by crate.
pub fn echo(project: &Project, image: &Path) -> Result<BTreeMap<String, u64>> {
    let symbols = Symbols::of(project, image)?;
    let (start, stop) = (symbols.find("Stopwatch::start")?, symbols.find("Stopwatch::stop")?);
    let [program, args @ ..] = qemu::command(MPS2);
    let mut qemu = Command::new(program)
        .args(args)
        .arg(image)
        .args(["-singlestep", "-d", "exec,nochain", "-D", "/dev/stdout"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("qemu-system-arm does not start")?;
    let output = qemu.stdout.take().context("it has no output")?;
    let (mut measurement, mut counts) = (0, BTreeMap::<&str, u64>::new());
    for line in BufReader::new(output).lines() {
        let Some(at) = place(&line?) else { continue };
        match at {
            _ if at == start => measurement += 1,
            _ if at == stop && measurement == ECHOES => break,
            _ if measurement == ECHOES => *counts.entry(symbols.owner(at)).or_default() += 1,
            _ => {}
        }
    }
    // What it does behind the echoes is of no interest.
    let _ = qemu.kill();
    let _ = qemu.wait();
    ensure!(!counts.is_empty(), "no echo was seen");
    Ok(counts.into_iter().map(|(owner, count)| (owner.to_owned(), count / TIMES)).collect())
}

/// The address in a line of QEMU's: `Trace 0: HOST [BASE/ADDRESS/…] …`.
fn place(line: &str) -> Option<u32> {
    let (_, rest) = line.strip_prefix("Trace ")?.split_once('[')?;
    u32::from_str_radix(rest.split('/').nth(1)?, 16).ok()
}

/// Where functions begin, in their order, and their names.
struct Symbols(BTreeMap<u32, String>);

impl Symbols {
    fn of(project: &Project, image: &Path) -> Result<Self> {
        let names =
            cmd!(project.shell, "arm-none-eabi-nm --demangle=rust --defined-only {image}").quiet().read()?;
        let symbol = |line: &str| {
            let (at, rest) = line.split_once(' ')?;
            let (kind, name) = rest.split_once(' ')?;
            let at = u32::from_str_radix(at, 16).ok()?;
            // The lowest bit says that it is Thumb.
            // A native image is data to the linker.
            let code = "tTwW".contains(kind) || name.ends_with(GUEST);
            code.then(|| (at & !1, name.to_owned()))
        };
        Ok(Self(names.lines().filter_map(symbol).collect()))
    }

    fn find(&self, name: &str) -> Result<u32> {
        let found = self.0.iter().find(|(_, of)| of.ends_with(name));
        found.map(|(at, _)| *at).with_context(|| format!("the firmware has no function `{name}`"))
    }

    /// The crate whose function this is in.
    fn owner(&self, at: u32) -> &str {
        let found = self.0.range(..=at).next_back();
        found.map_or(flash::OTHERS, |(_, name)| flash::owner(name, name.ends_with(GUEST)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Symbols, place};

    #[test]
    fn instructions_belong_to_the_function_that_begins_before_them() {
        let line = "Trace 0: 0x7f5e10000100 [00000000/00001cdc/00000110/ff000000] stop";
        assert_eq!((place(line), place("figure echo 9434")), (Some(0x1cdc), None));
        let names = [(0x10, "host_core::Guest<E>::call"), (0x20, "op_Call")];
        let symbols = Symbols(names.map(|(at, name)| (at, name.to_owned())).into());
        assert_eq!((symbols.owner(0x1e), symbols.owner(0x24)), ("host_core", super::flash::C));
        assert_eq!(symbols.find("::call").ok(), Some(0x10));
    }
}
