//! Fuel and calls of each caller.

use crate::nats::wire::CallerName;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Callers that a host tells apart. Further ones share an account.
const MAX_CALLERS: usize = 10_000;

/// The account of callers beyond [`MAX_CALLERS`].
const OTHERS: &str = "_others";

/// What a caller has used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Account {
    /// Calls that ran.
    pub calls: u64,
    /// Those of them that were stopped.
    pub failed: u64,
    /// Fuel of all of them.
    pub fuel: u64,
}

impl AddAssign for Account {
    fn add_assign(&mut self, other: Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.failed = self.failed.saturating_add(other.failed);
        self.fuel = self.fuel.saturating_add(other.fuel);
    }
}

/// What a host tells of its accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) host: String,
    pub(crate) accounts: BTreeMap<CallerName, Account>,
}

/// The accounts of a host.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    accounts: Mutex<BTreeMap<CallerName, Account>>,
}

impl Accounts {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<CallerName, Account>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a call that ran.
    pub(crate) fn add(&self, caller: &CallerName, fuel: u64, failed: bool) {
        let used = Account { calls: 1, failed: failed.into(), fuel };
        let mut accounts = self.lock();
        if let Some(account) = accounts.get_mut(caller) {
            *account += used;
            return;
        }
        let full = accounts.len() >= MAX_CALLERS;
        let name = CallerName::new(OTHERS).ok().filter(|_| full).unwrap_or_else(|| caller.clone());
        *accounts.entry(name).or_default() += used;
    }

    pub(crate) fn all(&self) -> BTreeMap<CallerName, Account> {
        self.lock().clone()
    }
}
