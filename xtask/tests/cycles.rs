//! No cycles of imports: a file of a crate imports only what lies below it.

mod modules;

use modules::Crate;
use std::collections::BTreeSet;

/// The crates that are looked at, by their folder.
const CRATES: [&str; 21] = [
    "types",
    "codec",
    "crates/module",
    "crates/image",
    "crates/values",
    "crates/wasi",
    "crates/components",
    "crates/aot",
    "crates/manifest",
    "crates/delta",
    "crates/update",
    "crates/nano",
    "crates/host-core",
    "crates/metering",
    "crates/cli",
    "crates/runtime",
    "guest",
    "guest-macros",
    "host",
    "host-embedded",
    "xtask",
];

#[test]
fn no_file_imports_what_imports_it() {
    let cycles: Vec<String> = CRATES.iter().flat_map(|folder| cycles(&Crate::read(folder), folder)).collect();
    assert!(cycles.is_empty(), "cycles of imports:\n{}", cycles.join("\n"));
}

/// The files of each cycle, and why each imports the next.
fn cycles(found: &Crate, folder: &str) -> Vec<String> {
    let reach: Vec<BTreeSet<usize>> = (0..found.files.len()).map(|file| reached(found, file)).collect();
    let mut seen = BTreeSet::new();
    let mut cycles = Vec::new();
    for file in 0..found.files.len() {
        let cycle: Vec<usize> = reach[file]
            .iter()
            .copied()
            .filter(|other| *other != file && reach[*other].contains(&file))
            .collect();
        if cycle.is_empty() || !seen.insert(file) {
            continue;
        }
        seen.extend(&cycle);
        let members: BTreeSet<usize> = cycle.into_iter().chain([file]).collect();
        for import in &found.imports {
            if members.contains(&import.from) && members.contains(&import.to) {
                let name =
                    |at: usize| found.files[at].strip_prefix(folder).unwrap_or(&found.files[at]).to_owned();
                cycles.push(format!(
                    "{folder}: {} -> {} ({})",
                    name(import.from),
                    name(import.to),
                    import.path
                ));
            }
        }
        cycles.push(String::new());
    }
    cycles
}

/// All files that a file imports, and that those do.
fn reached(found: &Crate, file: usize) -> BTreeSet<usize> {
    let (mut reached, mut left) = (BTreeSet::new(), vec![file]);
    while let Some(next) = left.pop() {
        let imported = found.imports.iter().filter(|import| import.from == next).map(|import| import.to);
        left.extend(imported.filter(|to| reached.insert(*to)));
    }
    reached
}

#[test]
fn a_cycle_is_found() {
    let found = Crate::read("xtask/tests/cycle");
    let cycles = cycles(&found, "xtask/tests/cycle");
    assert!(cycles.iter().any(|line| line.contains("/src/upper.rs -> /src/lower.rs")), "{cycles:?}");
    assert!(cycles.iter().any(|line| line.contains("/src/lower.rs -> /src/upper.rs")), "{cycles:?}");
    assert!(!cycles.iter().any(|line| line.contains("apart")), "{cycles:?}");
}
