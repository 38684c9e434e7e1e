//! The table.

use crate::trial::Row;

const HEADER: [&str; 5] = ["offered", "bytes", "the station heard", "the board said", "runs now"];

/// Prints the rows, with columns as wide as their widest cell.
pub fn print(rows: &[Row]) {
    let cells = |row: &Row| {
        [
            row.what.into(),
            row.bytes.map_or_else(|| "-".into(), |bytes| bytes.to_string()),
            row.station.clone(),
            row.board.clone(),
            row.runs.clone(),
        ]
    };
    let lines: Vec<[String; 5]> =
        [HEADER.map(String::from)].into_iter().chain(rows.iter().map(cells)).collect();
    let width = |at: usize| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0);
    for line in &lines {
        let cells: Vec<String> =
            line.iter().enumerate().map(|(at, cell)| format!("{cell:<width$}", width = width(at))).collect();
        println!("{}", cells.join("  ").trim_end());
    }
}
