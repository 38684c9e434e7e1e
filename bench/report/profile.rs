//! Where the instructions of a call go, counted by Valgrind's `callgrind`, which repeats.

use super::candidate::Program;
use crate::project::Project;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// What the name of a figure begins with that says how many instructions one of them takes.
pub const OF: &str = "instructions of ";

/// The work that is looked into, and its words.
pub const WORK: [(&str, &str); 9] = [
    ("wasmer/nothing", "empty function"),
    ("wasmer/echo-64", "echo of 64 B, by hand"),
    ("in-place/echo-64", "in place"),
    ("aingle/echo-64", "`call_raw`"),
    ("checked/echo-64", "`call_raw`, checked"),
    ("aingle/struct", "typed, small struct"),
    ("wasmer/host-call", "host call, by hand"),
    ("aingle/host-call", "host call"),
    ("pool-fresh/instance", "pooled, fresh"),
];

/// Who takes them.
pub const OWNERS: [&str; 6] = [GUEST, WASMER, SDK, MEMORY, COMPILER, OTHERS];

const GUEST: &str = "the guest's code";
const WASMER: &str = "Wasmer";
const SDK: &str = "this SDK's host";
const MEMORY: &str = "allocator and copies";
const COMPILER: &str = "the compiler";
const OTHERS: &str = "others";

/// How often the work is done in the shorter of two runs, whose difference is what doing it takes.
const FEW: u64 = 500;
const MANY: u64 = 10_500;

/// Counts all work, and notes the figures.
pub fn measure(
    project: &Project,
    program: &Program,
    wanted: impl Fn(&str) -> bool,
    mut note: impl FnMut(&str, f64),
) -> Result<()> {
    for (work, _) in WORK.into_iter().filter(|(work, _)| wanted(work)) {
        eprintln!("counting the instructions of {work}");
        let few = count(project, program, work, FEW)?;
        let mut many = count(project, program, work, MANY)?;
        for (owner, instructions) in few {
            *many.entry(owner).or_default() -= instructions;
        }
        for (owner, instructions) in many {
            note(&format!("{work}/{OF}{owner}"), instructions as f64 / (MANY - FEW) as f64);
        }
    }
    Ok(())
}

/// The instructions of a process that does the work so many times, by owner.
fn count(
    project: &Project,
    program: &Program,
    work: &str,
    times: u64,
) -> Result<BTreeMap<&'static str, i64>> {
    let out = project.target.join("callgrind.out");
    let mut child = Command::new("valgrind")
        .args(["--tool=callgrind", "--compress-strings=no", "--compress-pos=no"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(&program.path)
        .arg(&program.guests)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("valgrind does not start")?;
    writeln!(child.stdin.take().context("no standard input")?, "{work} {times}")?;
    ensure!(child.wait()?.success(), "valgrind failed on {work}");
    Ok(sum_up(&std::fs::read_to_string(&out)?))
}

/// Sums up what functions take by themselves, from callgrind's format.
fn sum_up(profile: &str) -> BTreeMap<&'static str, i64> {
    let mut sums = BTreeMap::new();
    let mut owner = OTHERS;
    let mut lines = profile.lines();
    while let Some(line) = lines.next() {
        if let Some(function) = line.strip_prefix("fn=") {
            owner = owner_of(function);
        } else if line.starts_with("calls=") {
            // What was called took the costs of the next line.
            lines.next();
        } else if let Some((position, cost)) = line.split_once(' ')
            && position.bytes().all(|byte| byte.is_ascii_digit())
            && let Ok(cost) = cost.parse::<i64>()
        {
            *sums.entry(owner).or_default() += cost;
        }
    }
    sums
}

/// Whose a function is. Compiled WebAssembly has an address and no name.
fn owner_of(function: &str) -> &'static str {
    const C: [&str; 7] = ["malloc", "free", "realloc", "mem", "__mem", "_int_", "unlink_chunk"];
    let has = |text: &str| function.contains(text);
    if function.starts_with("0x") {
        GUEST
    } else if has("cranelift") || has("regalloc2") || has("wasmparser") || has("aingle_wasm_metering") {
        COMPILER
    } else if has("aingle_wasm") && !has("aingle_wasm_bench") {
        SDK
    } else if has("wasmer") || has("corosensei") {
        WASMER
    } else if C.iter().any(|name| function.starts_with(name)) {
        MEMORY
    } else {
        OTHERS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_where_they_lead() {
        let profile = "fl=a\nfn=aingle_wasm_host_core::guest::Guest<E>::call\n10 5\ncalls=2 7\n11 900\n12 3\n\
            fn=0x0000000005346b30\n0 40\nfn=__memcpy_avx_unaligned_erms\n3 9\nsummary: 57\ntotals: 57\n";
        assert_eq!(sum_up(profile), BTreeMap::from([(SDK, 8), (GUEST, 40), (MEMORY, 9)]));
    }
}
