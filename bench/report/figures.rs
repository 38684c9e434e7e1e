//! What was measured.

use std::collections::BTreeMap;
use std::ops::Range;

/// Every case's figure of every round, by the case's name. A round in which it was not measured has none.
#[derive(Default)]
pub struct Figures {
    cases: BTreeMap<String, Case>,
    /// How many rounds each run has; 0 where there was no run.
    pub rounds_of_run: usize,
}

/// One case.
pub struct Case {
    pub unit: String,
    rounds: Vec<Option<f64>>,
}

impl Figures {
    /// Notes what a case took, or found, in a round.
    pub fn note(&mut self, name: &str, unit: &str, round: usize, figure: f64) {
        let new = || Case { unit: unit.to_owned(), rounds: Vec::new() };
        let case = self.cases.entry(name.to_owned()).or_insert_with(new);
        case.rounds.resize(case.rounds.len().max(round + 1), None);
        case.rounds[round] = Some(figure);
    }

    /// Whether anything was noted.
    pub fn any(&self) -> bool {
        !self.cases.is_empty()
    }

    /// The median of a case.
    pub fn median(&self, name: &str) -> Option<f64> {
        median(self.cases.get(name)?.rounds.iter().flatten().copied().collect())
    }

    /// The median of what `of` makes of the figures of each round. Where a case has one figure only, it is
    /// that of all rounds.
    pub fn median_of(&self, of: impl Fn(&dyn Fn(&str) -> Option<f64>) -> Option<f64>) -> Option<f64> {
        median(self.of_rounds(of))
    }

    /// As [`Figures::median_of`], of each run by itself: the least and the most. Nothing where there was one run.
    pub fn medians_of_runs(
        &self,
        of: impl Fn(&dyn Fn(&str) -> Option<f64>) -> Option<f64>,
    ) -> Option<(f64, f64)> {
        let size = self.rounds_of_run.max(1);
        let runs = (0..self.rounds()).step_by(size).map(|first| first..first + size);
        let medians: Vec<f64> = runs.filter_map(|run| median(self.of_these(run, &of))).collect();
        let least = medians.iter().copied().min_by(f64::total_cmp)?;
        let most = medians.iter().copied().max_by(f64::total_cmp)?;
        (medians.len() > 1).then_some((least, most))
    }

    /// What `of` makes of the figures of each round.
    fn of_rounds(&self, of: impl Fn(&dyn Fn(&str) -> Option<f64>) -> Option<f64>) -> Vec<f64> {
        self.of_these(0..self.rounds(), &of)
    }

    fn of_these(
        &self,
        rounds: Range<usize>,
        of: &impl Fn(&dyn Fn(&str) -> Option<f64>) -> Option<f64>,
    ) -> Vec<f64> {
        rounds.filter_map(|round| of(&|name: &str| self.cases.get(name)?.of_round(round))).collect()
    }

    /// How many times as much the one takes as the other: the median of the rounds' ratios.
    pub fn ratio(&self, name: &str, to: &str) -> Option<f64> {
        self.median_of(|of| Some(of(name)? / of(to)?))
    }

    /// The ratio that so large a share of the rounds does not exceed.
    pub fn ratio_at(&self, name: &str, to: &str, share: f64) -> Option<f64> {
        let mut ratios = self.of_rounds(|of| Some(of(name)? / of(to)?));
        ratios.sort_by(f64::total_cmp);
        let last = ratios.len().checked_sub(1)?;
        ratios.get((last as f64 * share).round() as usize).copied()
    }

    /// How many rounds were measured of the case that has most.
    pub fn rounds(&self) -> usize {
        self.cases.values().map(|case| case.rounds.len()).max().unwrap_or(0)
    }

    /// What stands behind `prefix` in the names of a way's cases that begin so.
    pub fn names_behind(&self, way: &str, prefix: &str) -> impl Iterator<Item = &str> {
        let prefix = format!("{way}/{prefix}");
        self.cases.keys().filter_map(move |name| name.strip_prefix(&prefix))
    }

    /// A case by name.
    pub fn get(&self, name: &str) -> Option<&Case> {
        self.cases.get(name)
    }
}

impl Case {
    fn of_round(&self, round: usize) -> Option<f64> {
        match self.rounds[..] {
            [only] => only,
            _ => self.rounds.get(round).copied().flatten(),
        }
    }
}

fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match figures.len() {
        0 => None,
        len if len % 2 == 1 => Some(figures[middle]),
        _ => Some((figures[middle - 1] + figures[middle]) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::Figures;

    #[test]
    fn ratios_compare_within_a_round() {
        let mut figures = Figures::default();
        // The machine was ten times slower in the second round.
        for (round, slow) in [1.0, 10.0, 2.0].into_iter().enumerate() {
            figures.note("a/x", "ns", round, 3.0 * slow);
            figures.note("b/x", "ns", round, 2.0 * slow);
        }
        figures.note("b/x", "ns", 3, 1e9);
        assert_eq!(figures.ratio("a/x", "b/x"), Some(1.5));
        figures.note("b/x", "ns", 2, 6.0);
        let at = |share| figures.ratio_at("a/x", "b/x", share);
        assert_eq!([at(0.0), at(0.5), at(1.0)], [Some(1.0), Some(1.5), Some(1.5)]);
        assert_eq!(figures.median("a/x"), Some(6.0));
        assert_eq!(figures.ratio("a/x", "c/x"), None);
    }

    #[test]
    fn runs_have_medians_of_their_own() {
        let mut figures = Figures { rounds_of_run: 2, ..Figures::default() };
        for (round, took) in [1.0, 3.0, 5.0, 5.0, 4.0].into_iter().enumerate() {
            figures.note("a/x", "ns", round, took);
        }
        assert_eq!(figures.medians_of_runs(|of| of("a/x")), Some((2.0, 5.0)));
        figures.rounds_of_run = 5;
        assert_eq!(figures.medians_of_runs(|of| of("a/x")), None);
    }

    #[test]
    fn a_single_figure_stands_for_all_rounds() {
        let mut figures = Figures::default();
        figures.note("a/size", "bytes", 0, 5.0);
        (0..3).for_each(|round| figures.note("b/x", "ns", round, 10.0));
        assert_eq!(figures.ratio("a/size", "b/x"), Some(0.5));
    }
}
