//! Lines on two logarithmic scales, as SVG.

use super::plot::{OTHER, OWN, escaped};
use std::fmt::Write as _;

/// One line.
pub struct Line {
    pub label: String,
    /// Where it is, from left to right: both are above zero.
    pub points: Vec<(f64, f64)>,
    /// Whether it is this project's own.
    pub own: bool,
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 440.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 130.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 40.0;
/// How far apart two labels are at least.
const LABEL: f64 = 15.0;

/// From values to places along one side of the page.
struct Scale {
    least: f64,
    most: f64,
    from: f64,
    to: f64,
}

impl Scale {
    fn of(values: impl Iterator<Item = f64> + Clone, from: f64, to: f64) -> Self {
        Self {
            least: values.clone().fold(f64::MAX, f64::min),
            most: values.fold(f64::MIN, f64::max),
            from,
            to,
        }
    }

    fn at(&self, value: f64) -> f64 {
        let span = (self.most / self.least).ln().max(f64::MIN_POSITIVE);
        self.from + (self.to - self.from) * (value / self.least).ln() / span
    }
}

/// The lines under a title. `across` and `up` put values in words; `marks` are those of the axis across.
pub fn lines(
    title: &str,
    lines: &[Line],
    marks: &[f64],
    across: impl Fn(f64) -> String,
    up: impl Fn(f64) -> String,
) -> String {
    let points = || lines.iter().flat_map(|line| &line.points);
    let x = Scale::of(points().map(|point| point.0), LEFT, WIDTH - RIGHT);
    let y = Scale::of(points().map(|point| point.1), HEIGHT - BOTTOM, TOP);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\" fill=\"#222222\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n\
         <text x=\"8\" y=\"20\" font-size=\"15\">{}</text>\n",
        escaped(title)
    );
    for &mark in marks {
        let at = x.at(mark);
        let _ = writeln!(
            svg,
            "<path d=\"M{at:.1} {TOP}V{:.0}\" stroke=\"#e4e7eb\"/>\n<text x=\"{at:.1}\" y=\"{:.0}\" text-anchor=\"middle\" \
             fill=\"#6b7280\">{}</text>",
            HEIGHT - BOTTOM,
            HEIGHT - BOTTOM + 18.0,
            escaped(&across(mark))
        );
    }
    for power in y.least.log10().ceil() as i32..=y.most.log10().floor() as i32 {
        let mark = 10_f64.powi(power);
        let at = y.at(mark);
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT} {at:.1}H{:.0}\" stroke=\"#e4e7eb\"/>\n<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\" \
             fill=\"#6b7280\">{}</text>",
            WIDTH - RIGHT,
            LEFT - 8.0,
            at + 4.0,
            escaped(&up(mark))
        );
    }
    // Others first, so that they do not hide what is compared with them.
    for line in lines.iter().filter(|line| !line.own).chain(lines.iter().filter(|line| line.own)) {
        draw(&mut svg, line, &x, &y);
    }
    labels(&mut svg, lines, &y);
    svg.push_str("</svg>\n");
    svg
}

fn draw(svg: &mut String, line: &Line, x: &Scale, y: &Scale) {
    let places: Vec<_> =
        line.points.iter().map(|&(across, up)| format!("{:.1},{:.1}", x.at(across), y.at(up))).collect();
    let (colour, width) = if line.own { (OWN, 2.5) } else { (OTHER, 1.5) };
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>",
        places.join(" ")
    );
}

/// Puts a label at the end of each line, none over another.
fn labels(svg: &mut String, lines: &[Line], y: &Scale) {
    let mut ends: Vec<_> =
        lines.iter().filter_map(|line| Some((y.at(line.points.last()?.1), line))).collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut free = TOP - LABEL;
    for (end, line) in ends {
        free = end.max(free + LABEL);
        let colour = if line.own { OWN } else { "#222222" };
        let _ = writeln!(
            svg,
            "<text x=\"{:.0}\" y=\"{:.1}\" fill=\"{colour}\">{}</text>",
            WIDTH - RIGHT + 6.0,
            free + 4.0,
            escaped(&line.label)
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(label: &str, own: bool, points: &[(f64, f64)]) -> Line {
        Line { label: label.into(), own, points: points.to_vec() }
    }

    #[test]
    fn lines_go_from_corner_to_corner_and_labels_do_not_meet() {
        let all = [
            line("a < b", true, &[(1.0, 10.0), (100.0, 1000.0)]),
            line("c", false, &[(1.0, 10.0), (100.0, 999.0)]),
        ];
        let svg =
            lines("title", &all, &[1.0, 100.0], |value| format!("{value} B"), |value| format!("{value} ns"));
        assert!(svg.contains("points=\"70.0,400.0 590.0,40.0\""), "{svg}");
        assert!(svg.contains("a &lt; b") && svg.contains("100 B") && svg.contains("1000 ns"));
        let place = |label: &str| {
            let line = svg.lines().find(|line| line.contains(&format!(">{label}<"))).expect("a label");
            line.split("y=\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
                .expect("a place")
                .parse::<f64>()
                .expect("a number")
        };
        assert!((place("a &lt; b") - place("c")).abs() >= LABEL);
    }
}
