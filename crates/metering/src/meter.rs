//! The pass as its users see it.

use crate::error::MeterError;
use crate::module_info::ModuleInfo;
use crate::price::PriceList;
use crate::{features, rewrite};
use aingle_wasm_types::metering::{Carried, RULES_VERSION};

/// Puts limits into modules.
///
/// ```
/// use aingle_wasm_metering::{Meter, PriceList, inspect};
///
/// let wasm = wat::parse_str("(module (func (export \"f\") (loop (br 0))))")?;
/// let metered = Meter::new(PriceList::default()).instrument(&wasm)?;
/// let carried = inspect(&metered).ok_or("no limits")?;
/// assert_eq!(carried.price_hash, PriceList::default().hash());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Meter {
    prices: PriceList,
    interruptible: bool,
    in_pieces: bool,
}

impl Meter {
    /// A pass with these prices.
    #[must_use]
    pub const fn new(prices: PriceList) -> Self {
        Self { prices, interruptible: false, in_pieces: false }
    }

    /// The pass makes loops read the counter anew at each iteration (a short loop where iterations are paid for), so that an
    /// interrupt or another thread that takes a guest's fuel stops it there. The counts stay the same. For wasm3, which
    /// cannot be stopped in another way; other engines run the module too.
    #[must_use]
    pub const fn interruptible(self) -> Self {
        Self { interruptible: true, ..self }
    }

    /// The pass has `memory.fill` and `memory.copy` of more than 1 MiB work in pieces, so that an interrupt stops them in between. The counts
    /// stay the same. For hosts that interrupt machine code, as the server's does; other engines run the module too if they have blocks of several
    /// operands.
    #[must_use]
    pub const fn bulk_in_pieces(self) -> Self {
        Self { in_pieces: true, ..self }
    }

    /// The module with limits in it.
    ///
    /// # Errors
    /// [`MeterError`] when the module is not valid, uses what the pass does not handle, has limits
    /// already or something that looks like them, or when a price cannot be used.
    pub fn instrument(&self, wasm: &[u8]) -> Result<Vec<u8>, MeterError> {
        self.prices.check()?;
        let info = ModuleInfo::of(wasm, &self.prices, self.in_pieces);
        let info = info.map_err(|refused| features::refusal(wasm, refused))?;
        let carried = Carried {
            rules: RULES_VERSION,
            price_hash: self.prices.hash(),
            fixed_depth: info.depths.fixed_depth,
        };
        let metered = rewrite::module(wasm, &info, &self.prices, carried, self.interruptible)?;
        features::validate(&metered)?;
        Ok(metered)
    }
}
