//! What is offered to the board, and what has to become of it.

use crate::blobs::{Modules, Signers};
use anyhow::Result;

/// One offer.
pub struct Case {
    pub what: &'static str,
    pub blob: Vec<u8>,
    pub end: End,
    /// Whether the power is cut when half of it is there, and then all of it offered again.
    pub cut: bool,
}

/// What has to become of it.
#[derive(Clone, Copy)]
pub enum End {
    /// It runs from now on: this version, this sequence.
    Runs(u32, u32),
    /// The board refuses it with this code of `docs/MANIFEST.md`.
    Refused(u16),
    /// The board tries it, and goes back: by itself because it failed with this code, or else by its watchdog.
    Reverted(Option<u16>),
    /// The module runs from now on as its native image: this version, this sequence.
    RunsNative(u32, u32),
    /// The board tries a native image, does not run it for the reason of this code, and interprets the module.
    NotNative(u16),
    /// The board takes over a list of keys, and runs what it did.
    KeysChanged,
}

/// All offers, in their order.
pub fn all(modules: &Modules, sign: &Signers) -> Result<Vec<Case>> {
    let Modules { v1, v2, v3, traps, hangs } = modules;
    let mut cases = Vec::new();
    let mut case = |what, blob, end, cut| cases.push(Case { what, blob, end, cut });
    case("version 1, on a new board", sign.good(v1, 1)?, End::Runs(1, 1), false);
    case("version 2, signed", sign.good(v2, 2)?, End::Runs(2, 2), false);
    case("version 3, as a delta", sign.delta(v2, v3, 3)?, End::Runs(3, 3), false);
    case("one byte of the module changed", sign.tampered(v2, 4)?, End::Refused(8), false);
    case("one number of the manifest changed", sign.renumbered(v2, 4, 5)?, End::Refused(7), false);
    case("not signed", sign.unsigned(v2, 4)?, End::Refused(3), false);
    case("older: version 2 again", sign.good(v2, 2)?, End::Refused(10), false);
    case("signed by a revoked key", sign.revoked(v2, 4)?, End::Refused(5), false);
    case("for another class of devices", sign.for_others(v2, 4)?, End::Refused(11), false);
    case("a delta from another module", sign.delta(v1, v2, 4)?, End::Refused(17), false);
    case("traps when it is started", sign.good(traps, 4)?, End::Reverted(Some(1)), false);
    case("hangs when it is started", sign.good(hangs, 5)?, End::Reverted(None), false);
    case("power cut in the middle, then again", sign.good(v2, 6)?, End::Runs(2, 6), true);
    case("signed by an unknown key", sign.by_next(v1, 7)?, End::Refused(4), false);
    case("a list with that key, not by the root", sign.list_by_modules(1)?, End::Refused(6), false);
    case("a list with that key, by the root", sign.list(1)?, End::KeysChanged, false);
    case("signed by that key, now known", sign.by_next(v1, 7)?, End::Runs(1, 7), false);
    Ok(cases)
}
