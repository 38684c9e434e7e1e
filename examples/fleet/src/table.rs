//! The table at the end: what should be, and what is.

use std::fmt::Display;

#[derive(Default)]
pub struct Table(Vec<[String; 4]>);

impl Table {
    /// Adds a row that is right if both are equal.
    pub fn equal<T: PartialEq + Display>(&mut self, what: &str, wanted: T, found: T) {
        let is_right = wanted == found;
        self.add(what, wanted.to_string(), found.to_string(), is_right);
    }

    /// Adds a row.
    pub fn add(&mut self, what: &str, wanted: impl Display, found: impl Display, is_right: bool) {
        let verdict = if is_right { "" } else { "WRONG" };
        self.0.push([what.into(), wanted.to_string(), found.to_string(), verdict.into()]);
    }

    /// Returns how many rows are wrong.
    pub fn wrong(&self) -> usize {
        self.0.iter().filter(|row| !row[3].is_empty()).count()
    }

    pub fn print(&self) {
        let header = ["", "should be", "is", ""].map(String::from);
        let rows: Vec<_> = [header].into_iter().chain(self.0.iter().cloned()).collect();
        let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
        let widths: Vec<_> = (0..4).map(width).collect();
        for row in &rows {
            let cells: Vec<_> =
                row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            println!("{}", cells.join("  ").trim_end());
        }
    }
}
