//! Tables for people.

/// Columns as wide as their widest cell; the first is aligned to the left, the others to the right.
pub fn print(header: &[&str], rows: &[Vec<String>]) {
    let header: Vec<_> = header.iter().map(ToString::to_string).collect();
    let widths: Vec<_> = (0..header.len()).map(|at| width(&header, rows, at)).collect();
    line(&header, &widths);
    println!("{}", widths.iter().map(|width| "─".repeat(*width)).collect::<Vec<_>>().join("  "));
    rows.iter().for_each(|row| line(row, &widths));
}

fn width(header: &[String], rows: &[Vec<String>], at: usize) -> usize {
    rows.iter().chain([&header.to_vec()]).map(|row| row[at].chars().count()).max().unwrap_or(0)
}

fn line(cells: &[String], widths: &[usize]) {
    let cells = cells.iter().zip(widths).enumerate();
    let cells = cells.map(|(at, (cell, width))| match at {
        0 => format!("{cell:<width$}"),
        _ => format!("{cell:>width$}"),
    });
    println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
}

/// A number with its thousands apart, so that it can be read at a glance.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group));
    groups.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1 000", "1 234 567"]);
    }
}
