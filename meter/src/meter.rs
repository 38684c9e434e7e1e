//! The pass as its users see it.

use crate::record::{Carried, MAX_DEPTH, MAX_FUEL, PASS_VERSION};
use crate::survey::Survey;
use crate::{MeterError, PriceList, rewrite, survey};

/// The depth limit that a module carries unless it is told another: 192 units of 256 bytes, which
/// the smallest stack that is meant, wasm3's of 64 KiB, can take.
pub const DEFAULT_DEPTH: u32 = 192;

/// The budget of a start function unless it is told another.
pub const DEFAULT_START_FUEL: u64 = 10_000_000;

/// Puts limits into modules.
///
/// ```
/// use aingle_wasm_meter::{Meter, PriceList, inspect};
///
/// let wasm = wat::parse_str("(module (func (export \"f\") (loop (br 0))))")?;
/// let metered = Meter::new(PriceList::default()).depth(100).instrument(&wasm)?;
/// let carried = inspect(&metered).ok_or("no limits")?;
/// assert_eq!(carried.price_hash, PriceList::default().hash());
/// assert_eq!(carried.start_depth, 100);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Meter {
    prices: PriceList,
    depth: u32,
    start_fuel: u64,
}

impl Meter {
    /// A pass with these prices and the default limits.
    #[must_use]
    pub const fn new(prices: PriceList) -> Self {
        Self { prices, depth: DEFAULT_DEPTH, start_fuel: DEFAULT_START_FUEL }
    }

    /// The depth of calls that the module is allowed until a host sets another, in frames of
    /// ordinary size.
    #[must_use]
    pub const fn depth(mut self, frames: u32) -> Self {
        self.depth = frames;
        self
    }

    /// The budget of the start function, which runs before a host can set one.
    #[must_use]
    pub const fn start_fuel(mut self, units: u64) -> Self {
        self.start_fuel = units;
        self
    }

    /// What a module of this pass says about itself. All of it belongs into the key of a cache.
    #[must_use]
    pub fn carried(&self) -> Carried {
        Carried {
            pass_version: PASS_VERSION,
            fuel: true,
            depth: true,
            price_hash: self.prices.hash(),
            start_fuel: self.start_fuel,
            start_depth: self.depth,
        }
    }

    /// The module with limits in it.
    ///
    /// # Errors
    /// [`MeterError`] when the module is not valid, uses what the pass does not handle, has limits
    /// already or something that looks like them, or when a price or limit cannot be used.
    pub fn instrument(&self, wasm: &[u8]) -> Result<Vec<u8>, MeterError> {
        self.check()?;
        let survey = Survey::of(wasm)?;
        let metered = rewrite::module(wasm, &survey, &self.prices, &self.carried())?;
        survey::validate(&metered)?;
        Ok(metered)
    }

    fn check(&self) -> Result<(), MeterError> {
        self.prices.check()?;
        if !(1..=MAX_DEPTH).contains(&self.depth) {
            return Err(MeterError::Depth { found: self.depth });
        }
        if self.start_fuel > MAX_FUEL {
            return Err(MeterError::StartFuel { found: self.start_fuel });
        }
        Ok(())
    }
}
