//! A figure in words: three digits and a unit.

use crate::table;

/// A figure with three digits that mean something, in the unit that suits it.
pub fn quantity(figure: f64, unit: &str) -> String {
    let scales: &[(f64, &str)] = match unit {
        "ns" => &[(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")],
        "bytes" => &[(1024.0 * 1024.0, "MiB"), (1024.0, "KiB"), (1.0, "B")],
        _ => return format!("{} {unit}", table::grouped(figure.round() as u64)),
    };
    let last = scales[scales.len() - 1];
    let (scale, name) = scales.iter().find(|(scale, _)| figure >= *scale).copied().unwrap_or(last);
    let scaled = figure / scale;
    let decimals = if scaled < 9.995 && scale > 1.0 {
        2
    } else if scaled < 99.95 {
        1
    } else {
        0
    };
    format!("{scaled:.decimals$} {name}")
}

#[cfg(test)]
mod tests {
    use super::quantity;

    #[test]
    fn quantities_have_three_digits() {
        let shown = [(0.0, "ns"), (46.25, "ns"), (1234.0, "ns"), (1_352_000.0, "ns"), (46_080.0, "bytes")]
            .map(|(figure, unit)| quantity(figure, unit));
        assert_eq!(shown, ["0.0 ns", "46.2 ns", "1.23 µs", "1.35 ms", "45.0 KiB"]);
    }
}
