//! Reads typed values of a guest: within limits, and for a price, because they take the host's time and memory.

use aingle_wasm_codec::ValueError;
use aingle_wasm_codec::value::{Limits, Used};
use aingle_wasm_types::metering::{MEMORY_PRICE, value_price};

/// What a value may become whose price must not be more than what is left.
#[derive(Clone, Copy)]
pub(crate) struct Purse {
    /// What every value may become, whatever is left.
    limits: Limits,
    /// The first units of a price, which are not charged.
    free: u32,
    /// What may be spent, in units of fuel.
    most: u64,
    /// What this value may become.
    pub(crate) within: Limits,
}

impl Purse {
    pub(crate) fn new(limits: Limits, free: u32, most: u64) -> Self {
        // Items that are copied as a whole cost no more than their memory.
        let most_bytes = most.saturating_add(u64::from(free)) / u64::from(MEMORY_PRICE);
        let most_bytes = u32::try_from(most_bytes).unwrap_or(u32::MAX);
        let within = Limits {
            max_decoded: limits.max_decoded.min(most_bytes),
            max_items: limits.max_items.min(most_bytes),
        };
        Self { limits, free, most, within }
    }

    /// The price of a value that was read, or refused. `None` if it is more than may be spent: such a value was read no
    /// further than its memory could be paid, with as many items as that has bytes.
    pub(crate) fn price(&self, used: Used, refused: Option<&ValueError>) -> Option<u64> {
        let Self { limits, free, most, within } = *self;
        let price = value_price(used.memory, used.items, free);
        let too_dear = match refused {
            Some(ValueError::DecodedTooLarge { .. }) => within.max_decoded < limits.max_decoded,
            Some(ValueError::TooManyItems { .. }) => within.max_items < limits.max_items,
            _ => price > most,
        };
        (!too_dear).then_some(price)
    }
}
