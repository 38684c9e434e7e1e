//! What an instrumented module says about itself.

use wasmparser::{Parser, Payload};

/// The exported mutable global of type `i64` that holds the fuel that is left.
pub const FUEL: &str = "__aingle_fuel";
/// The exported mutable global of type `i32` that holds the frames that are left.
pub const DEPTH: &str = "__aingle_depth";
/// The custom section with the [`Carried`] record.
pub const SECTION: &str = "aingle.meter";
/// The version of the record's layout.
pub const RECORD_VERSION: u8 = 1;
/// The version of the rules by which this pass counts. It changes when any module's count does.
pub const PASS_VERSION: u8 = 1;
/// The largest budget that a host may set: it leaves the counter so far from its ends that it
/// cannot wrap.
pub const MAX_FUEL: u64 = 1 << 62;
/// The largest depth limit that a host may set, for the same reason.
pub const MAX_DEPTH: u32 = 1 << 20;

/// The flag of a module whose fuel is limited.
const LIMITS_FUEL: u16 = 1;
/// The flag of a module whose call depth is limited.
const LIMITS_DEPTH: u16 = 2;
/// The length of the record.
const LEN: usize = 24;

/// The limits that an instrumented module carries.
///
/// It is what the module says. Whether to believe it is decided by who signed the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    /// The [`PASS_VERSION`] of the pass that instrumented it.
    pub pass_version: u8,
    /// Whether fuel is limited.
    pub fuel: bool,
    /// Whether the depth of calls is limited.
    pub depth: bool,
    /// The [`PriceList::hash`](crate::PriceList::hash) of its prices.
    pub price_hash: u64,
    /// The budget of the start function: what the counter of fuel begins with.
    pub start_fuel: u64,
    /// The depth limit that holds until a host sets another.
    pub start_depth: u32,
}

impl Carried {
    /// The record as it stands in the section.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; LEN] {
        let limited = u16::from(self.fuel) * LIMITS_FUEL + u16::from(self.depth) * LIMITS_DEPTH;
        let mut bytes = [0; LEN];
        bytes[0] = RECORD_VERSION;
        bytes[1] = self.pass_version;
        bytes[2..4].copy_from_slice(&limited.to_le_bytes());
        bytes[4..12].copy_from_slice(&self.price_hash.to_le_bytes());
        bytes[12..20].copy_from_slice(&self.start_fuel.to_le_bytes());
        bytes[20..24].copy_from_slice(&self.start_depth.to_le_bytes());
        bytes
    }

    /// Reads a record. `None` for one of another version, of another length, or with unknown flags.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; LEN] = bytes.try_into().ok()?;
        let limited = u16::from_le_bytes([bytes[2], bytes[3]]);
        if bytes[0] != RECORD_VERSION || limited & !(LIMITS_FUEL | LIMITS_DEPTH) != 0 {
            return None;
        }
        Some(Self {
            pass_version: bytes[1],
            fuel: limited & LIMITS_FUEL != 0,
            depth: limited & LIMITS_DEPTH != 0,
            price_hash: u64::from_le_bytes(bytes[4..12].try_into().ok()?),
            start_fuel: u64::from_le_bytes(bytes[12..20].try_into().ok()?),
            start_depth: u32::from_le_bytes(bytes[20..24].try_into().ok()?),
        })
    }
}

/// Reads which limits a module carries; `None` when it says of none.
#[must_use]
pub fn inspect(wasm: &[u8]) -> Option<Carried> {
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::CustomSection(section) = payload.ok()?
            && section.name() == SECTION
        {
            return Carried::from_bytes(section.data());
        }
    }
    None
}

/// The counters after a call, and what they say.
///
/// ```
/// use aingle_wasm_meter::{Reading, Stop};
///
/// let reading = Reading { fuel: -4, depth: 192 };
/// assert_eq!(reading.used(1_000_000), 1_000_004);
/// assert_eq!(reading.stopped_by(), Some(Stop::Fuel));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The global [`FUEL`].
    pub fuel: i64,
    /// The global [`DEPTH`].
    pub depth: i32,
}

/// The limit that a call went beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The fuel ran out.
    Fuel,
    /// The calls were nested too deeply.
    Depth,
}

impl Reading {
    /// What was used of a budget.
    #[must_use]
    pub fn used(self, budget: u64) -> u64 {
        let left = i128::from(self.fuel);
        u64::try_from(i128::from(budget) - left).unwrap_or(0)
    }

    /// The limit that the call went beyond, however it ended. A call that ended with fuel below
    /// zero is out of fuel, even if the guest returned before it noticed.
    #[must_use]
    pub fn stopped_by(self) -> Option<Stop> {
        match self {
            Self { fuel: ..0, .. } => Some(Stop::Fuel),
            Self { depth: ..0, .. } => Some(Stop::Depth),
            _ => None,
        }
    }
}
