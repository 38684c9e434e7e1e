//! The budgets: what a figure may be at most, in terms of others of the same run.

use super::figures::Figures;
use super::quantity::quantity;

/// One budget.
pub struct Budget {
    /// What it is about.
    pub what: &'static str,
    /// The case that is held to it.
    pub case: &'static str,
    /// What its figure may be at most: the sum of these.
    pub at_most: &'static [Term],
}

/// A part of a bound.
pub enum Term {
    /// So many times the figure of a case.
    Times(f64, &'static str),
    /// So much, in the unit of the budget's case.
    Plus(f64),
}

use Term::{Plus, Times};

const fn budget(what: &'static str, case: &'static str, at_most: &'static [Term]) -> Budget {
    Budget { what, case, at_most }
}

/// All of them. Nothing else knows a budget.
pub const BUDGETS: &[Budget] = &[
    budget("echo of 64 B, `call_raw`", "aingle/echo-64", &[Times(1.5, "wasmer/nothing"), Plus(60.0)]),
    budget("the same", "aingle/echo-64", &[Times(1.0 / 2.0, "components/echo-64")]),
    budget("the same", "aingle/echo-64", &[Times(1.0 / 15.0, "extism/echo-64")]),
    budget(
        "echo of 64 B, `call_raw`, checked",
        "checked/echo-64",
        &[Times(1.5, "wasmer/nothing"), Plus(60.0)],
    ),
    budget("the same", "checked/echo-64", &[Times(1.0 / 15.0, "extism/echo-64")]),
    budget("the same", "aingle/echo-64", &[Times(2.0, "wasmer/nothing")]),
    budget("the same", "aingle/echo-64", &[Times(0.7, "wasmer/echo-64")]),
    budget("the same, as the README builds guests", "plain/echo-64", &[Times(2.0, "wasmer/nothing")]),
    budget("the same", "plain/echo-64", &[Times(0.7, "wasmer/echo-64")]),
    budget("echo of 1 KiB, `call_raw`", "aingle/echo-1k", &[Times(1.0, "components/echo-1k")]),
    budget("echo of 64 KiB", "aingle/echo-64k", &[Times(1.0, "components/echo-64k")]),
    budget("echo of 1 MiB", "aingle/echo-1m", &[Times(1.0, "components/echo-1m")]),
    budget("echo of 16 MiB", "aingle/echo-16m", &[Times(1.0, "components/echo-16m")]),
    budget("echo of 1 MiB, checked", "checked/echo-1m", &[Times(5.0, "components/echo-1m")]),
    budget(
        "the same, a server build of the guest",
        "checked-server/echo-1m",
        &[Times(3.0, "components/echo-1m")],
    ),
    budget("typed call of a small struct", "aingle/struct", &[Times(0.55, "components/struct")]),
    budget("typed call of 1,000 readings", "aingle/readings", &[Times(1.0, "components/readings")]),
    budget("typed call of a small struct", "aingle/struct", &[Times(1.3, "bytes/struct")]),
    budget("echo of 1 MiB, in place", "in-place/echo-1m", &[Times(1.1, "components/echo-1m")]),
    budget("the same", "in-place/echo-1m", &[Times(1.0 / 20.0, "extism/echo-1m")]),
    budget("echo of 1 MiB, `call_raw`, checked", "checked/echo-1m", &[Times(1.0 / 3.0, "prototype/echo-1m")]),
    budget("guest calls the host, 64 B", "aingle/host-call", &[Times(1.5, "wasmer/host-call")]),
    budget("the same", "aingle/host-call", &[Times(1.0, "components/host-call")]),
    budget("pooled instance, taken with fresh state, called", "pool-fresh/instance", &[Plus(1200.0)]),
    budget("a new instance, called", "aingle/instance", &[Times(1.0, "wasmer/instance")]),
    budget("compiling a large module with limits", "aingle/compile", &[Times(1.25, "wasmer/compile")]),
    budget("code of brotli with limits", "aingle/code-brotli", &[Times(1.25, "unmetered/code-brotli")]),
    budget("code of resvg with limits", "aingle/code-resvg", &[Times(1.25, "unmetered/code-resvg")]),
    budget("code of sqlite with limits", "aingle/code-sqlite", &[Times(1.25, "unmetered/code-sqlite")]),
    budget("metering of SHA-256", "aingle/sha256", &[Times(1.15, "unmetered/sha256")]),
    budget("metering of fib", "aingle/fib", &[Times(1.05, "unmetered/fib")]),
    budget("metering of a sieve", "aingle/sieve", &[Times(1.08, "unmetered/sieve")]),
    budget("metering of the weather guest", "aingle/weather", &[Times(1.04, "unmetered/weather")]),
    budget("load from the disk cache, verified", "aingle/load", &[Times(1.05, "wasmer/load")]),
    budget("each of 1,000 live instances", "aingle/live", &[Plus(16.0 * 1024.0)]),
    budget(
        "so many calls on each of two threads, to one",
        "aingle/threads-2",
        &[Times(1.0 / 0.95, "aingle/threads-1")],
    ),
    budget("growth of resident memory over a million calls", "aingle/million", &[Plus(16.0 * 1024.0)]),
    budget(
        "flash of firmware with wasm3",
        "wasm3/flash",
        &[Times(1.0, "no-engine/flash"), Times(1.0, "wasm3/module"), Plus(96.0 * 1024.0)],
    ),
    budget(
        "its RAM",
        "wasm3/ram",
        &[Times(1.0, "no-engine/ram"), Times(1.0, "wasm3/guest"), Plus(20.0 * 1024.0)],
    ),
    budget("its echo of 64 B", "wasm3/echo", &[Times(3.0, "bare-wasm3/echo")]),
    budget(
        "flash of firmware with spacewasm",
        "spacewasm/flash",
        &[Times(1.0, "no-engine/flash"), Times(1.0, "spacewasm/module"), Plus(80.0 * 1024.0)],
    ),
    budget(
        "its RAM",
        "spacewasm/ram",
        &[Times(1.0, "no-engine/ram"), Times(1.0, "spacewasm/guest"), Plus(8.0 * 1024.0)],
    ),
];

/// How a budget was kept.
pub struct BudgetResult {
    pub budget: &'static Budget,
    /// What share of the budget was used; nothing when a part of it was not measured.
    pub used: Option<f64>,
    /// The same of single runs, the least and the most; nothing where there was one run.
    pub runs: Option<(f64, f64)>,
}

impl BudgetResult {
    /// Whether more was used than there is.
    pub fn fell_short(&self) -> bool {
        self.used.is_some_and(|used| used > 1.0)
    }
}

/// Compares the figures with all budgets.
pub fn judge(figures: &Figures) -> Vec<BudgetResult> {
    let result = |budget: &'static Budget| BudgetResult {
        budget,
        used: figures.median_of(|of| budget.share(of)),
        runs: figures.medians_of_runs(|of| budget.share(of)),
    };
    BUDGETS.iter().map(result).collect()
}

impl Budget {
    /// What share of it is used where the cases have these figures.
    fn share(&self, of: &dyn Fn(&str) -> Option<f64>) -> Option<f64> {
        let terms = self.at_most.iter().map(|term| match term {
            Times(factor, case) => Some(factor * of(case)?),
            Plus(constant) => Some(*constant),
        });
        Some(of(self.case)? / terms.sum::<Option<f64>>()?)
    }

    /// The bound, in words.
    pub fn bound(&self) -> String {
        let terms = self.at_most.iter().map(|term| match term {
            Times(1.0, case) => (*case).to_owned(),
            Times(factor, case) if is_part(*factor) => format!("1/{:.0} of {case}", 1.0 / factor),
            Times(factor, case) => format!("{} x {case}", (factor * 100.0).round() / 100.0),
            Plus(constant) => quantity(*constant, self.unit()),
        });
        terms.collect::<Vec<_>>().join(" + ")
    }

    /// The unit of its case: everything but memory is timed.
    fn unit(&self) -> &'static str {
        let bytes = ["live", "million", "flash", "ram"];
        if bytes.iter().any(|work| self.case.ends_with(work)) || self.case.contains("/code-") {
            "bytes"
        } else {
            "ns"
        }
    }
}

/// Whether it is one part of a whole number of parts.
fn is_part(factor: f64) -> bool {
    let parts = 1.0 / factor;
    factor < 1.0 && (parts - parts.round()).abs() < 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_shown_as_they_are_meant() {
        let of = |factor| budget("b", "a/x", Vec::leak(vec![Times(factor, "b/x")])).bound();
        assert_eq!(of(1.0), "b/x");
        assert_eq!(of(1.0 / 15.0), "1/15 of b/x");
        assert_eq!(of(0.7), "0.7 x b/x");
        assert_eq!(of(1.0 / 0.95), "1.05 x b/x");
    }

    const HALF: Budget = budget("half of b and 10", "a/x", &[Times(0.5, "b/x"), Plus(10.0)]);

    #[test]
    fn a_budget_is_used_up_or_exceeded_or_unknown() {
        let mut figures = Figures::default();
        let used = |figures: &Figures| figures.median_of(|of| HALF.share(of));
        assert_eq!(used(&figures), None);
        figures.note("a/x", "ns", 0, 30.0);
        assert_eq!(used(&figures), None);
        figures.note("b/x", "ns", 0, 40.0);
        assert_eq!(used(&figures), Some(1.0));
        figures.note("a/x", "ns", 0, 31.0);
        let result = BudgetResult { budget: &BUDGETS[0], used: used(&figures), runs: None };
        assert!(result.fell_short());
    }
}
