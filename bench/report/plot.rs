//! Bars on a logarithmic scale, as SVG.

use std::fmt::Write as _;

/// One bar.
pub struct Bar {
    pub label: String,
    pub value: f64,
    /// Whether it is this project's own.
    pub own: bool,
}

const WIDTH: f64 = 720.0;
const ROW: f64 = 24.0;
const LEFT: f64 = 160.0;
const RIGHT: f64 = 80.0;
const TOP: f64 = 58.0;
pub const OWN: &str = "#1f6feb";
pub const OTHER: &str = "#b0b8c4";

/// From values to places on the page.
struct Scale {
    least: f64,
    most: f64,
}

impl Scale {
    /// It begins below the shortest value, at three quarters of it.
    fn of(bars: &[Bar]) -> Self {
        let values = || bars.iter().map(|bar| bar.value);
        Self { least: values().fold(f64::MAX, f64::min) * 0.75, most: values().fold(f64::MIN, f64::max) }
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * (value / self.least).ln() / (self.most / self.least).ln()
    }

    /// 1, 2 and 5 of each power of ten that it reaches; 1 alone where these would be too many.
    fn marks(&self) -> impl Iterator<Item = f64> {
        let powers = self.least.log10().floor() as i32..=self.most.log10().ceil() as i32;
        let each: &[f64] = if powers.clone().count() > 4 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let marks = powers.flat_map(|power| each.iter().map(move |mark| mark * 10_f64.powi(power)));
        marks.filter(|mark| (self.least..=self.most).contains(mark))
    }
}

/// The bars under a title, shortest first. `words` puts a value in words.
pub fn bars(title: &str, mut bars: Vec<Bar>, words: impl Fn(f64) -> String) -> String {
    bars.sort_by(|a, b| a.value.total_cmp(&b.value));
    let height = TOP + ROW * bars.len() as f64 + 8.0;
    let scale = Scale::of(&bars);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"13\" fill=\"#222222\">\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"8\" y=\"20\" font-size=\"15\">{}</text>\n",
        escaped(title)
    );
    legend(&mut svg);
    scale.marks().for_each(|mark| grid(&mut svg, scale.x(mark), height, &words(mark)));
    bars.iter()
        .enumerate()
        .for_each(|(at, bar)| row(&mut svg, TOP + ROW * at as f64, bar, scale.x(bar.value), &words));
    svg.push_str("</svg>\n");
    svg
}

fn legend(svg: &mut String) {
    for (x, fill, text) in [(WIDTH - 150.0, OWN, "this SDK"), (WIDTH - 66.0, OTHER, "others")] {
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"10\" width=\"11\" height=\"11\" fill=\"{fill}\"/>\n<text x=\"{}\" y=\"20\">{text}</text>",
            x + 16.0
        );
    }
}

fn grid(svg: &mut String, x: f64, height: f64, text: &str) {
    let _ = writeln!(
        svg,
        "<path d=\"M{x:.1} {:.0}V{:.0}\" stroke=\"#e4e7eb\"/>\n<text x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\" \
         font-size=\"11\" fill=\"#6b7280\">{}</text>",
        TOP - 6.0,
        height - 8.0,
        TOP - 11.0,
        escaped(text)
    );
}

fn row(svg: &mut String, y: f64, bar: &Bar, end: f64, words: impl Fn(f64) -> String) {
    let (base, fill) = (y + 14.0, if bar.own { OWN } else { OTHER });
    let _ = writeln!(
        svg,
        "<text x=\"{:.0}\" y=\"{base:.0}\" text-anchor=\"end\">{}</text>\n\
         <rect x=\"{LEFT:.0}\" y=\"{y:.0}\" width=\"{:.1}\" height=\"{:.0}\" fill=\"{fill}\"/>\n\
         <text x=\"{:.1}\" y=\"{base:.0}\">{}</text>",
        LEFT - 8.0,
        escaped(&bar.label),
        end - LEFT,
        ROW - 5.0,
        end + 6.0,
        escaped(&words(bar.value)),
    );
}

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(label: &str, value: f64) -> Bar {
        Bar { label: label.into(), value, own: false }
    }

    #[test]
    fn bars_stand_by_length_and_texts_are_escaped() {
        let svg = bars("a < b", vec![bar("long", 100.0), bar("short", 1.0)], |value| format!("<{value}>"));
        assert!(svg.find("short").unwrap() < svg.find("long").unwrap());
        assert!(svg.contains("a &lt; b") && svg.contains("&lt;100>") && svg.ends_with("</svg>\n"));
    }

    #[test]
    fn the_scale_is_marked_within_its_bars() {
        let scale = Scale::of(&[bar("a", 80.0), bar("b", 6000.0)]);
        assert_eq!(scale.marks().collect::<Vec<_>>(), [100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0]);
        assert_eq!((scale.x(60.0), scale.x(6000.0)), (LEFT, WIDTH - RIGHT));
        let wide = Scale::of(&[bar("a", 4.0), bar("b", 60_000.0)]);
        assert_eq!(wide.marks().collect::<Vec<_>>(), [10.0, 100.0, 1000.0, 10_000.0]);
    }
}
