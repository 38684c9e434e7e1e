//! Turns the year's temperatures into a table that fits the flash of a small part.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/seattle-temps.csv");

fn main() {
    println!("cargo::rerun-if-changed={DATA}");
    let text = fs::read_to_string(DATA).unwrap_or_else(|error| panic!("{DATA}: {error}"));
    let rows: Vec<i16> = text.lines().skip(1).map(tenths).collect();
    let mut source = String::from("[\n");
    for row in &rows {
        writeln!(source, "{row},").unwrap();
    }
    source.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    fs::write(out.join("temperatures.rs"), source).unwrap();
    println!("cargo::rustc-env=ROWS={}", rows.len());
}

/// Tenths of a degree, of a row like `2010/01/01 00:00,39.4`: exact, as the file has one decimal.
fn tenths(row: &str) -> i16 {
    let value = row.split_once(',').and_then(|(_, value)| value.trim().split_once('.'));
    let number = value.filter(|(_, tenth)| tenth.len() == 1).map(|(whole, tenth)| format!("{whole}{tenth}"));
    number.and_then(|digits| digits.parse().ok()).unwrap_or_else(|| panic!("no temperature in `{row}`"))
}
