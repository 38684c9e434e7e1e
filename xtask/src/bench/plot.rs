//! Bars on a logarithmic scale, as SVG.

use std::fmt::Write as _;

/// One bar.
pub struct Bar {
    pub label: String,
    pub value: f64,
    /// The value in words.
    pub text: String,
    /// Whether it is this project's own.
    pub own: bool,
}

const WIDTH: f64 = 720.0;
const ROW: f64 = 24.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 80.0;
const TOP: f64 = 34.0;

/// The bars under a title, shortest first. They begin a little below the shortest value.
pub fn bars(title: &str, mut bars: Vec<Bar>) -> String {
    bars.sort_by(|a, b| a.value.total_cmp(&b.value));
    let least = bars.first().map_or(1.0, |bar| bar.value / 2.0);
    let span = bars.last().map_or(1.0, |bar| (bar.value / least).ln());
    let height = TOP + ROW * bars.len() as f64 + 8.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"8\" y=\"20\" font-size=\"15\" fill=\"#222222\">{}</text>\n",
        escaped(title)
    );
    for (at, bar) in bars.iter().enumerate() {
        let y = TOP + ROW * at as f64;
        let width = (WIDTH - LEFT - RIGHT) * (bar.value / least).ln() / span;
        let fill = if bar.own { "#1f6feb" } else { "#b0b8c4" };
        let (base, end) = (y + 15.0, LEFT + width + 6.0);
        let _ = writeln!(
            svg,
            "<text x=\"{:.0}\" y=\"{base:.0}\" text-anchor=\"end\" fill=\"#222222\">{}</text>\n\
             <rect x=\"{LEFT:.0}\" y=\"{y:.0}\" width=\"{width:.1}\" height=\"{:.0}\" fill=\"{fill}\"/>\n\
             <text x=\"{end:.1}\" y=\"{base:.0}\" fill=\"#222222\">{}</text>",
            LEFT - 8.0,
            escaped(&bar.label),
            ROW - 5.0,
            escaped(&bar.text),
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_by_length_and_texts_are_escaped() {
        let bar = |label: &str, value| Bar { label: label.into(), value, text: "x".into(), own: false };
        let svg = bars("a < b", vec![bar("long", 100.0), bar("short", 1.0)]);
        assert!(svg.find("short").unwrap() < svg.find("long").unwrap());
        assert!(svg.contains("a &lt; b") && svg.ends_with("</svg>\n"));
    }
}
