//! Portable limits: what a module that carries them says, and how its counters are read.
//!
//! `docs/METERING-REFERENCE.md` is the specification. A module is instrumented where it is compiled or packed;
//! a host that runs it needs only this module.

use crate::description::{FNV_OFFSET, fnv1a};

/// The version of the record's layout.
pub const RECORD_VERSION: u8 = 1;
/// The version of the rules by which modules count. It changes when any module's count does.
pub const RULES_VERSION: u8 = 4;
/// The hash of the default prices under these rules: what a device that runs only modules of these compares
/// [`Carried::price_hash`] with.
pub const DEFAULT_PRICE_HASH: u64 = 0x4533_a4ea_170a_982e;
/// The largest budget that a host may set: it leaves the counter so far from its ends that it cannot
/// wrap.
pub const MAX_FUEL: u64 = 1 << 62;
/// The largest depth limit that a host may set, for the same reason.
pub const MAX_DEPTH: u32 = 1 << 20;
/// The depth limit by default. The default stacks of all engines have room for it, except wasm3's on bare
/// metal.
pub const DEFAULT_DEPTH: u32 = 128;
/// The bytes of an interpreter's stack that one unit of depth stands for.
pub const DEPTH_BYTES: u32 = 256;

/// The flag of a module whose fuel is limited.
const LIMITS_FUEL: u16 = 1;
/// The flag of a module whose call depth is limited.
const LIMITS_DEPTH: u16 = 2;

/// The record of an instrumented module: by which rules and prices it counts.
///
/// It is the module's claim. Believe it only if the module is signed by someone you trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    /// The [`RULES_VERSION`] by which it was instrumented.
    pub rules: u8,
    /// The hash of its prices and of the rules: see [`price_hash`].
    pub price_hash: u64,
    /// The fixed depth: what a stack must have room for beside the depth limit, in the same units. It is for functions
    /// that do not count, because no chain of calls comes to them twice, and for the frame of the function that finds
    /// too little depth left.
    pub fixed_depth: u32,
}

impl Carried {
    /// The length of the record, in bytes.
    pub const LEN: usize = 16;

    /// Returns the bytes of the record in the section [`LIMITS_SECTION`](crate::names::LIMITS_SECTION).
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[0] = RECORD_VERSION;
        bytes[1] = self.rules;
        bytes[2..4].copy_from_slice(&(LIMITS_FUEL | LIMITS_DEPTH).to_le_bytes());
        bytes[4..12].copy_from_slice(&self.price_hash.to_le_bytes());
        bytes[12..].copy_from_slice(&self.fixed_depth.to_le_bytes());
        bytes
    }

    /// Reads a record. Returns `None` for another version or length, for an unknown flag, and if one of the two limits
    /// is missing.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; Self::LEN] = bytes.try_into().ok()?;
        let ([version, rules, low, high, hash @ ..], frame) = bytes.split_first_chunk::<12>()?;
        let limited = u16::from_le_bytes([*low, *high]);
        (*version == RECORD_VERSION && limited == LIMITS_FUEL | LIMITS_DEPTH).then_some(Self {
            rules: *rules,
            price_hash: u64::from_le_bytes(*hash),
            fixed_depth: u32::from_le_bytes(frame.try_into().ok()?),
        })
    }
}

/// The hash of a list of prices, in the order of their table, under the rules of this version.
/// Equal hashes mean equal counts.
#[must_use]
pub fn price_hash(prices: impl IntoIterator<Item = u32>) -> u64 {
    let words = prices.into_iter().chain([u32::from(RULES_VERSION)]);
    words.fold(FNV_OFFSET, |hash, word| fnv1a(hash, &word.to_le_bytes()))
}

/// The counters of an instrumented module: what is left of its limits.
///
/// ```
/// use aingle_wasm_types::metering::{Counters, Stop};
///
/// let after = Counters { fuel: -4, depth: 192 };
/// assert_eq!(after.used(1_000_000), 1_000_004);
/// assert_eq!(after.stopped_by(), Some(Stop::Fuel));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// The global [`FUEL`](crate::names::FUEL).
    pub fuel: i64,
    /// The global [`DEPTH`](crate::names::DEPTH).
    pub depth: i32,
}

/// Limit that a call exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The fuel ran out.
    Fuel,
    /// The calls were nested too deeply.
    Depth,
}

impl Counters {
    /// Returns what was used of a budget.
    #[must_use]
    pub fn used(self, budget: u64) -> u64 {
        u64::try_from(i128::from(budget) - i128::from(self.fuel)).unwrap_or(0)
    }

    /// Returns the limit that the call exceeded, however it ended. A call that ended with fuel below zero
    /// is out of fuel, even if the guest returned before it noticed.
    #[must_use]
    pub fn stopped_by(self) -> Option<Stop> {
        match self {
            Self { fuel: ..0, .. } => Some(Stop::Fuel),
            Self { depth: ..0, .. } => Some(Stop::Depth),
            _ => None,
        }
    }
}

/// A reply of up to this many bytes has no price beside what the guest's code cost.
pub const FREE_REPLY: u32 = 64 * 1024;

/// Returns what the host charges for a reply of `len` bytes, which it reads, checks and copies: a unit for each full 16
/// bytes beyond [`FREE_REPLY`].
#[must_use]
pub const fn reply_price(len: u64) -> u64 {
    len.saturating_sub(FREE_REPLY as u64) >> 4
}

/// A typed reply whose [`value_price`] is no more than this has no price.
pub const FREE_VALUE: u32 = 128 * 1024;

/// Typed arguments of a host function whose [`value_price`] is no more than this have no price beside that of the call.
pub const FREE_ARGUMENTS: u32 = 1024;

/// What a byte of memory costs a host that reads a typed value, in units.
pub const MEMORY_PRICE: u32 = 2;
/// What an item costs beside its memory, of a sequence or a map that is read item by item.
pub const ITEM_PRICE: u32 = 112;

/// Returns what the host charges for a typed value that it reads: [`MEMORY_PRICE`] and [`ITEM_PRICE`] for what the value
/// came to, beyond the first `free` units.
#[must_use]
pub const fn value_price(memory: u32, items: u32, free: u32) -> u64 {
    let price = memory as u64 * MEMORY_PRICE as u64 + items as u64 * ITEM_PRICE as u64;
    price.saturating_sub(free as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_as_it_was_written_and_no_other_does() {
        let record = Carried { rules: 7, price_hash: 0x0123_4567_89ab_cdef, fixed_depth: 3 };
        let bytes = record.to_bytes();
        assert_eq!(Carried::from_bytes(&bytes), Some(record));
        assert_eq!(Carried::from_bytes(&bytes[..15]), None);
        for (at, changed) in [(0, RECORD_VERSION + 1), (2, 1), (2, 7), (3, 1)] {
            let mut other = bytes;
            other[at] = changed;
            assert_eq!(Carried::from_bytes(&other), None, "byte {at}");
        }
    }

    #[test]
    fn fuel_below_zero_comes_before_depth() {
        assert_eq!(Counters { fuel: -1, depth: -1 }.stopped_by(), Some(Stop::Fuel));
        assert_eq!(Counters { fuel: 0, depth: -1 }.stopped_by(), Some(Stop::Depth));
        assert_eq!(Counters { fuel: 0, depth: 0 }.stopped_by(), None);
        assert_eq!(Counters { fuel: i64::MIN, depth: 0 }.used(MAX_FUEL), (1 << 63) + MAX_FUEL);
    }
}
