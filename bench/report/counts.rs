//! Counts of the firmware, which repeat to the last instruction. A change that makes one of them larger, or smaller, by
//! more than a few per cent is meant, and changes its line here. What limits count is the same to the last unit.

use super::figures::Figures;
use super::{firmware, guests};
use crate::project::Project;
use crate::table::grouped;
use aingle_wasm_bench_work::{ECHO_FUEL, LITTLE_FUEL_USED};
use anyhow::{Result, bail};

/// How far a count may be from its line, in per cent.
const SLACK: f64 = 4.0;

/// What every engine counts of a guest that carries limits, as a server does: `bench/tests/counts.rs` asks Wasmer for the
/// same. The last is whether the guest without limits is refused.
const LIMITS: [(&str, u64); 3] =
    [("limits-fuel", ECHO_FUEL), ("limits-out-of-fuel", LITTLE_FUEL_USED), ("limits-no-limits", 1)];
/// Those of which CI asks, and the others, whose firmware takes minutes to build.
const FIRST: [&str; 2] = ["wasm3", "native"];
const OTHERS: [&str; 2] = ["spacewasm", "wasmi"];

/// What is counted, in instructions or bytes, and how much it was.
const COUNTS: [(&str, f64); 28] = [
    ("wasm3/echo", 7_614.0),
    ("wasm3/trusted", 3_464.0),
    ("wasm3/struct", 12_858.0),
    ("wasm3/host-call", 13_043.0),
    ("wasm3/flash", 118_056.0),
    ("wasm3/heap", 47_020.0),
    ("wasm3/stack", 4_080.0),
    ("spacewasm/echo", 39_284.0),
    ("spacewasm/trusted", 16_716.0),
    ("spacewasm/struct", 73_342.0),
    ("spacewasm/host-call", 70_732.0),
    ("spacewasm/flash", 116_236.0),
    ("spacewasm/heap", 37_648.0),
    ("spacewasm/stack", 5_512.0),
    ("wasmi/echo", 15_324.0),
    ("wasmi/trusted", 7_282.0),
    ("wasmi/struct", 24_380.0),
    ("wasmi/host-call", 27_272.0),
    ("wasmi/flash", 461_700.0),
    ("wasmi/heap", 134_372.0),
    ("wasmi/stack", 11_824.0),
    ("native/echo", 1_332.0),
    ("native/trusted", 692.0),
    ("native/struct", 2_188.0),
    ("native/host-call", 1_762.0),
    ("native/flash", 58_492.0),
    ("native/heap", 8_644.0),
    ("native/stack", 2_600.0),
];

/// Builds the firmware with wasm3 and with a native image, runs it, and says which counts are others than they were.
pub fn check_first(project: &Project) -> Result<()> {
    check(project, &FIRST)
}

/// The same with the other engines.
pub fn check_others(project: &Project) -> Result<()> {
    check(project, &OTHERS)
}

fn check(project: &Project, engines: &[&str]) -> Result<()> {
    let mut figures = Figures::default();
    firmware::measure(project, &guests::build(project)?, |way| engines.contains(&way), &mut figures)?;
    let is_of = |what: &str| what.split_once('/').is_some_and(|(engine, _)| engines.contains(&engine));
    let counts = COUNTS.iter().filter(|(what, _)| is_of(what));
    let about = counts.filter_map(|(what, was)| other(&figures, what, *was, SLACK));
    let exact = engines.iter().flat_map(|way| LIMITS.map(|(what, was)| (format!("{way}/{what}"), was)));
    let exact = exact.filter_map(|(what, was)| other(&figures, &what, was as f64, 0.0));
    let others: Vec<_> = about.chain(exact).collect();
    if others.is_empty() { Ok(()) } else { bail!("{}", others.join("; ")) }
}

/// What is found where it is not what it was, within so many per cent.
fn other(figures: &Figures, what: &str, was: f64, slack: f64) -> Option<String> {
    let found = figures.median(what);
    let far = found.is_none_or(|found| (found - was).abs() * 100.0 > was * slack);
    let show = |count: f64| grouped(count as u64);
    far.then(|| format!("{what}: {}, was {}", found.map_or("not counted".into(), show), show(was)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_far_from_its_line_is_told_and_one_that_is_missing() {
        let mut figures = Figures::default();
        figures.note("a/x", "bytes", 0, 1040.0);
        let other = |what, was, slack| other(&figures, what, was, slack);
        assert_eq!(other("a/x", 1000.0, 4.0), None);
        assert_eq!(other("a/x", 999.0, 4.0).unwrap(), "a/x: 1 040, was 999");
        assert_eq!(other("a/x", 1100.0, 4.0).unwrap(), "a/x: 1 040, was 1 100");
        assert_eq!(other("a/x", 1040.0, 0.0), None);
        assert_eq!(other("a/x", 1041.0, 0.0).unwrap(), "a/x: 1 040, was 1 041");
        assert_eq!(other("a/y", 5.0, 4.0).unwrap(), "a/y: not counted, was 5");
    }
}
