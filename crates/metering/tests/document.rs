//! `docs/METERING-REFERENCE.md` says what is true.
#![allow(missing_docs)]

mod common;

use aingle_wasm_metering::{Meter, PriceList};
use aingle_wasm_types::metering::{DEFAULT_DEPTH, RULES_VERSION, Stop};
use common::{Arg, agreed, wat};

const DOCUMENT: &str = include_str!("../../../docs/METERING-REFERENCE.md");
const BUDGET: u64 = 1_000_000;

/// The cells of a table's row.
fn cells(line: &str) -> Option<Vec<&str>> {
    let row = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(row.split('|').map(str::trim).collect())
}

fn code(cell: &str) -> Option<&str> {
    cell.strip_prefix('`')?.strip_suffix('`')
}

#[test]
fn the_prices_are_the_default_prices() {
    let rows: Vec<(&str, u32)> = DOCUMENT
        .lines()
        .skip_while(|line| !line.starts_with("| price |"))
        .map_while(cells)
        .filter_map(|row| Some((code(row[0])?, row[1].parse().ok()?)))
        .collect();
    assert_eq!(rows, PriceList::default().entries().collect::<Vec<_>>());
    assert!(DOCUMENT.contains(&format!("Version of the rules: **{RULES_VERSION}**")));
    let words = DOCUMENT.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&format!("default limit of {DEFAULT_DEPTH} ")));
}

#[test]
fn the_worked_examples_come_out_as_written() {
    let (mut module, mut reading, mut examples) = (String::new(), false, 0);
    for line in DOCUMENT.lines() {
        match line {
            "```wat" => (module, reading) = (String::new(), true),
            "```" => reading = false,
            _ if reading => module = module + line + "\n",
            _ => examples += usize::from(example(&module, line)),
        }
    }
    assert!(examples >= 15, "{examples}");
}

/// Runs a row such as ``| `f(1, 2)` | 3 | 7 |``.
fn example(module: &str, line: &str) -> bool {
    let Some(row) = cells(line) else { return false };
    let [call, result, used] = row[..] else { return false };
    let Some((export, args)) = code(call).and_then(|call| call.strip_suffix(')')?.split_once('(')) else {
        return false;
    };
    let args: Vec<Arg> = args.split(", ").flat_map(str::parse).map(Arg::I32).collect();
    let metered = Meter::new(PriceList::default()).instrument(&wat(module)).expect("an example");
    let outcome = agreed(&metered, export, &args, BUDGET as i64, DEFAULT_DEPTH as i32);
    let reading = outcome.reading.expect("counters");
    let found = match (reading.stopped_by(), outcome.result) {
        (Some(Stop::Fuel), _) => "out of fuel".to_owned(),
        (Some(Stop::Depth), _) => "too deep".to_owned(),
        (None, Err(_)) => "trap".to_owned(),
        (None, Ok(results)) => results.first().map_or_else(String::new, u64::to_string),
    };
    assert_eq!((result, used), (found.as_str(), reading.used(BUDGET).to_string().as_str()), "{line}");
    true
}
