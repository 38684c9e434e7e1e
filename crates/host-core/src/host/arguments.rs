//! Reads the typed arguments of a guest's calls.

use super::fault::HostFault;
use crate::reading::Purse;
use aingle_wasm_codec::ValueError;
use aingle_wasm_codec::value::{self, Limits, Used};
use aingle_wasm_types::ErrorCode;
use aingle_wasm_types::metering::FREE_ARGUMENTS;
use serde::de::DeserializeOwned;

/// What arguments may become, and what reading them has cost.
pub(super) struct Arguments {
    pub(super) limits: Limits,
    /// What they may cost in one call of the host's, in units of fuel: all that it has. A host function cannot reach the
    /// counter, so the price is taken off when the guest returns; until then the guest may spend as much again.
    pub(super) most: u64,
    /// What they have cost since it was taken.
    owed: u64,
}

#[cold]
fn out_of_fuel() -> HostFault {
    HostFault { code: ErrorCode::TooLarge, text: "arguments: out of fuel".into() }
}

impl Default for Arguments {
    fn default() -> Self {
        Self { limits: Limits::default(), most: u64::MAX, owed: 0 }
    }
}

impl Arguments {
    #[inline]
    pub(super) fn read<A: DeserializeOwned>(&mut self, request: &[u8]) -> Result<A, HostFault> {
        let purse = self.purse()?;
        let mut used = Used::default();
        let args = value::decode_counted(request, purse.within, &mut used);
        self.settle(&purse, used, args.as_ref().err())?;
        args.map_err(HostFault::of_arguments)
    }

    /// What the next arguments may become. With nothing left there are none: not even the first units are free then.
    fn purse(&self) -> Result<Purse, HostFault> {
        match self.most.checked_sub(self.owed) {
            Some(left) => Ok(Purse::new(self.limits, FREE_ARGUMENTS, left)),
            None => Err(out_of_fuel()),
        }
    }

    fn settle(&mut self, purse: &Purse, used: Used, refused: Option<&ValueError>) -> Result<(), HostFault> {
        let Some(price) = purse.price(used, refused) else {
            // More than there is, so that the call ends for it.
            self.owed = self.most.saturating_add(1);
            return Err(out_of_fuel());
        };
        // A guest without limits pays nothing, and nobody takes what it owes.
        if self.most != u64::MAX {
            self.owed = self.owed.saturating_add(price);
        }
        Ok(())
    }

    /// What reading has cost since the last time.
    #[inline]
    pub(super) fn take_owed(&mut self) -> u64 {
        core::mem::take(&mut self.owed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn read(arguments: &mut Arguments, items: u8) -> Result<usize, HostFault> {
        arguments.read::<(Vec<()>,)>(&[items]).map(|(items,)| items.len())
    }

    #[test]
    fn with_nothing_left_not_even_what_is_free_is_read() {
        let mut arguments = Arguments { most: 2_000, ..Arguments::default() };
        assert_eq!((read(&mut arguments, 9), arguments.owed), (Ok(9), 0));
        assert_eq!((read(&mut arguments, 20), arguments.owed), (Ok(20), 20 * 112 - 1_024));
        assert_eq!((read(&mut arguments, 20), arguments.owed), (Err(out_of_fuel()), 2_001));
        assert_eq!(read(&mut arguments, 1), Err(out_of_fuel()));
        assert_eq!(arguments.take_owed(), 2_001);
        assert_eq!(read(&mut arguments, 1), Ok(1));
    }

    #[test]
    fn a_guest_without_limits_owes_nothing() {
        let mut arguments = Arguments::default();
        assert_eq!((read(&mut arguments, 100), arguments.owed), (Ok(100), 0));
    }
}
