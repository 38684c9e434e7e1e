//! The table: what was expected, and what was found.

/// A row.
pub struct Row {
    what: String,
    expected: String,
    found: String,
    holds: bool,
}

/// Rows in their order.
#[derive(Default)]
pub struct Table(Vec<Row>);

impl Table {
    /// Adds a row that holds if both are equal.
    pub fn equal<T: PartialEq + ToString>(&mut self, what: &str, expected: T, found: T) {
        let holds = expected == found;
        self.add(what, expected.to_string(), found.to_string(), holds);
    }

    /// Adds a row that holds if so much at most was found.
    pub fn at_most(&mut self, what: &str, limit: u32, found: u32, unit: &str) {
        self.add(what, format!("at most {limit} {unit}"), format!("{found} {unit}"), found <= limit);
    }

    /// Adds a row.
    pub fn add(&mut self, what: &str, expected: String, found: String, holds: bool) {
        self.0.push(Row { what: what.to_owned(), expected, found, holds });
    }

    /// Returns how many rows do not hold.
    pub fn wrong(&self) -> usize {
        self.0.iter().filter(|row| !row.holds).count()
    }

    /// Prints it.
    pub fn print(&self) {
        let header = ["", "expected", "found", ""].map(str::to_owned);
        let rows = self.0.iter().map(|row| {
            let mark = if row.holds { "" } else { "WRONG" };
            [row.what.clone(), row.expected.clone(), row.found.clone(), mark.to_owned()]
        });
        let lines: Vec<_> = [header].into_iter().chain(rows).collect();
        let width = |at: usize| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0);
        for line in &lines {
            let cells = line.iter().enumerate();
            let cells: Vec<_> =
                cells.map(|(at, cell)| format!("{cell:<width$}", width = width(at))).collect();
            println!("{}", cells.join("  ").trim_end());
        }
    }
}
