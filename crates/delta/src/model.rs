//! What both sides know at each bit: how probable a 0 is, and what the next byte probably is.
//!
//! Every value starts the same on both sides and changes by the same rules, which `docs/DELTA.md` specifies.

/// The probability that a bit is 0, in units of 1/65536. It is never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chance(u16);

/// A bit moves its probability by 1/16 of what is missing to certainty.
const RATE: u32 = 4;

impl Chance {
    /// A bit of which nothing is known.
    pub(crate) const EVEN: Self = Self(1 << 15);
    /// A bit that is probably 0.
    const LIKELY: Self = Self(0xff00);

    /// Returns the part of a range that stands for a 0.
    pub(crate) fn of(self, range: u32) -> u32 {
        (range >> 16) * u32::from(self.0)
    }

    /// Adapts the probability to a bit that was seen.
    pub(crate) fn see(&mut self, bit: bool) {
        if bit {
            self.0 -= self.0 >> RATE;
        } else {
            self.0 += (u16::MAX - self.0) >> RATE;
        }
    }
}

/// Probabilities of the bits of a number: the five bits of its length, most significant first, as a binary tree. The
/// other bits are even.
pub(crate) type Tree = [Chance; 32];

/// Probabilities of the bits of a byte: a tree for its upper four bits, and one for its lower four.
pub(crate) type Bytes = [Chance; 32];

/// The slots of the table of differences.
const SLOTS: usize = 128;
/// The contexts of a hit where no difference is expected.
const CONTEXTS: usize = 64;
/// The contexts of a hit where one is.
const CONTEXTS_CHANGED: usize = 8;

/// All that adapts while a patch is made or applied.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    /// Whether a copied byte is as expected, by the byte before it.
    hit: [Chance; CONTEXTS],
    /// The same where a difference is expected.
    hit_changed: [Chance; CONTEXTS_CHANGED],
    /// Whether a byte is that of the old module, where a difference was expected in vain.
    pub(crate) kept: Chance,
    /// Whether a difference is the last one again.
    pub(crate) again: Chance,
    /// Whether the cursor moves backwards.
    pub(crate) backwards: Chance,
    pub(crate) copy: Tree,
    pub(crate) literal: Tree,
    pub(crate) seek: Tree,
    /// Differences, and bytes that are not copied.
    pub(crate) bytes: Bytes,
    /// The last difference that was coded.
    pub(crate) last: u8,
    /// The byte of the new module before the next.
    before: u8,
    /// What was added last to a byte of the old module, by its lower seven bits.
    table: [u8; SLOTS],
}

/// What is expected of a byte that is copied.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected {
    /// What is probably added to it.
    pub(crate) add: u8,
    slot: usize,
}

impl Model {
    pub(crate) const fn new() -> Self {
        Self {
            hit: [Chance::LIKELY; CONTEXTS],
            hit_changed: [Chance::EVEN; CONTEXTS_CHANGED],
            kept: Chance::EVEN,
            again: Chance::EVEN,
            backwards: Chance::EVEN,
            copy: [Chance::EVEN; 32],
            literal: [Chance::EVEN; 32],
            seek: [Chance::EVEN; 32],
            bytes: [Chance::EVEN; 32],
            last: 0,
            before: 0,
            table: [0; SLOTS],
        }
    }

    /// Returns what is expected of this byte of the old module at this place.
    pub(crate) fn expect(&self, old: u8) -> Expected {
        let slot = usize::from(old) % SLOTS;
        Expected { add: self.table[slot], slot }
    }

    /// Returns the probability that the expectation holds.
    pub(crate) fn hit(&mut self, expected: Expected) -> &mut Chance {
        if expected.add == 0 {
            &mut self.hit[usize::from(self.before) % CONTEXTS]
        } else {
            &mut self.hit_changed[usize::from(self.before) % CONTEXTS_CHANGED]
        }
    }

    /// Notes what became of a copied byte.
    pub(crate) fn copied(&mut self, expected: Expected, add: u8, byte: u8) {
        self.table[expected.slot] = add;
        self.before = byte;
    }

    /// Notes a byte that was not copied.
    pub(crate) fn written(&mut self, byte: u8) {
        self.before = byte;
    }
}
