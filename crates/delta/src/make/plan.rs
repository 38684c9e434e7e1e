//! Decides what is copied from where, and what is written as it is. The method is that of bsdiff: a copy goes on over bytes
//! that differ, as long as most are equal.

use super::index::Index;
use std::vec::Vec;

/// One instruction: copy, with differences, and then write what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instruction {
    /// Where the copy begins in the old module.
    pub(crate) old_at: usize,
    /// Where it goes in the new one.
    pub(crate) new_at: usize,
    pub(crate) copy: usize,
    pub(crate) literal: usize,
}

/// A place in the new module, and the place in the old one that fits it.
#[derive(Clone, Copy, Default)]
struct Anchor {
    old_at: usize,
    new_at: usize,
}

/// Returns instructions that make the whole new module.
pub(crate) fn plan(index: &Index<'_>, old: &[u8], new: &[u8], gain: usize) -> Vec<Instruction> {
    let mut instructions = Vec::new();
    let mut anchor = Anchor::default();
    let mut from = 0;
    while anchor.new_at < new.len() {
        let (next, len) = next_anchor(index, old, new, gain, anchor, from);
        from = next.new_at + len;
        let forward = forward(old, new, anchor, next);
        let mut end = anchor.new_at + forward;
        let mut start = next.new_at - backward(old, new, anchor, next);
        if end > start {
            end = start + split(old, new, anchor, next, start..end);
            start = end;
        }
        let back = next.new_at - start;
        let instruction = Instruction {
            old_at: anchor.old_at,
            new_at: anchor.new_at,
            copy: end - anchor.new_at,
            literal: start - end,
        };
        if instruction.copy + instruction.literal > 0 {
            instructions.push(instruction);
        }
        anchor = Anchor { old_at: next.old_at - back, new_at: start };
    }
    instructions
}

/// Returns where another place of the old module fits clearly better than the one that the running copy has, and how long
/// the match is there. At the end of the new module, whatever place.
fn next_anchor(
    index: &Index<'_>,
    old: &[u8],
    new: &[u8],
    gain: usize,
    anchor: Anchor,
    from: usize,
) -> (Anchor, usize) {
    let kept = |at: usize| old.get((at + anchor.old_at).wrapping_sub(anchor.new_at)) == new.get(at);
    let (mut scored, mut score) = (from, 0);
    let mut at = from;
    while at < new.len() {
        let (old_at, len) = index.longest(&new[at..]);
        while scored < at + len {
            score += usize::from(kept(scored));
            scored += 1;
        }
        // The running copy has all of it right: go on behind it.
        if len == score && len > 0 {
            at += len;
            (scored, score) = (at, 0);
            continue;
        }
        if len > score + gain {
            return (Anchor { old_at, new_at: at }, len);
        }
        if scored > at {
            score -= usize::from(kept(at));
        } else {
            scored = at + 1;
        }
        at += 1;
    }
    (Anchor { old_at: old.len(), new_at: new.len() }, 0)
}

/// How far the copy at the anchor goes on with most bytes equal.
fn forward(old: &[u8], new: &[u8], anchor: Anchor, next: Anchor) -> usize {
    let pairs = old[anchor.old_at..].iter().zip(&new[anchor.new_at..next.new_at]);
    best(pairs.map(|(old, new)| old == new))
}

/// How far the copy at the next anchor began before it with most bytes equal.
fn backward(old: &[u8], new: &[u8], anchor: Anchor, next: Anchor) -> usize {
    if next.new_at == new.len() {
        return 0;
    }
    let pairs = old[..next.old_at].iter().rev().zip(new[anchor.new_at..next.new_at].iter().rev());
    best(pairs.map(|(old, new)| old == new))
}

/// The length at which the equal bytes outnumber the others by most.
fn best(equal: impl Iterator<Item = bool>) -> usize {
    let (mut score, mut most, mut best) = (0i64, 0, 0);
    for (at, equal) in equal.enumerate() {
        score += if equal { 1 } else { -1 };
        if score > most {
            (most, best) = (score, at + 1);
        }
    }
    best
}

/// Where in a piece that both copies could make the first should leave it to the second.
fn split(old: &[u8], new: &[u8], anchor: Anchor, next: Anchor, piece: std::ops::Range<usize>) -> usize {
    let (mut score, mut most, mut best) = (0i64, 0, 0);
    for (count, at) in piece.enumerate() {
        let first = old[anchor.old_at + (at - anchor.new_at)] == new[at];
        let second = old[next.old_at - (next.new_at - at)] == new[at];
        score += i64::from(first) - i64::from(second);
        if score > most {
            (most, best) = (score, count + 1);
        }
    }
    best
}
