//! Finds where the old module has the longest piece of the new one: a suffix array.

use std::vec::Vec;
/// The beginnings of all suffixes of the old module, in the order of the suffixes.
pub(crate) struct Index<'a> {
    old: &'a [u8],
    suffixes: Vec<u32>,
}

impl<'a> Index<'a> {
    /// Sorts the suffixes by their first 1, 2, 4, 8, … bytes, until no two are equal.
    pub(crate) fn new(old: &'a [u8]) -> Self {
        let mut suffixes: Vec<u32> = (0..old.len() as u32).collect();
        // The rank of each suffix by the bytes that were compared. The empty suffix comes first.
        let mut ranks: Vec<u32> = old.iter().map(|byte| u32::from(*byte) + 1).chain([0]).collect();
        let mut next = ranks.clone();
        let mut compared = 1;
        loop {
            let key = |at: u32| {
                let at = at as usize;
                (ranks[at], ranks.get(at + compared).copied().unwrap_or(0))
            };
            suffixes.sort_unstable_by_key(|at| key(*at));
            let (mut rank, mut before) = (0, None);
            for at in &suffixes {
                let key = key(*at);
                rank += u32::from(before != Some(key));
                before = Some(key);
                next[*at as usize] = rank;
            }
            next[old.len()] = 0;
            std::mem::swap(&mut ranks, &mut next);
            compared *= 2;
            if rank as usize == suffixes.len() || compared > old.len() {
                return Self { old, suffixes };
            }
        }
    }

    /// Returns where the old module has the longest beginning of these bytes, and its length.
    pub(crate) fn longest(&self, bytes: &[u8]) -> (usize, usize) {
        let after = self.suffixes.partition_point(|at| self.old[*at as usize..] < *bytes);
        let neighbours = after.saturating_sub(1)..self.suffixes.len().min(after + 1);
        let matches = self.suffixes[neighbours].iter().map(|at| {
            let at = *at as usize;
            (at, common(&self.old[at..], bytes))
        });
        matches.max_by_key(|(_, len)| *len).unwrap_or_default()
    }
}

/// How many bytes both begin with.
fn common(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}
