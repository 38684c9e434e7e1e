//! The modules of the fleet, signed: those of `examples/ota`.

use crate::keys::{MODULES, OPERATOR, TARGET};
use aingle_wasm_manifest::{Builder, SigningKey};
use anyhow::{Context, Result, ensure};
use std::path::Path;

const MODULE_ID: u32 = 1;

/// Signed modules, by what becomes of them.
pub struct Blobs {
    /// What every simulated device runs at first.
    pub first: Vec<u8>,
    /// What is in the good one, not packed, and packed for hosts: what is for a class of devices is for no host.
    pub module: Vec<u8>,
    pub hosted: Vec<u8>,
    /// Works.
    pub good: Vec<u8>,
    /// Traps.
    pub bad: Vec<u8>,
    /// The good one again, to go back to.
    pub back: Vec<u8>,
}

impl Blobs {
    /// Reads the modules from a folder, and signs them.
    pub fn read(folder: &Path) -> Result<Self> {
        let maker = SigningKey::from_bytes(&[1; 32]);
        ensure!(maker.verifying_key().as_bytes() == &MODULES, "the keys of demo and firmware differ");
        let read = |name: &str| {
            let path = folder.join(name).with_extension("wasm");
            std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))
        };
        let blob = |name: &str, sequence| {
            let module = read(name)?;
            let builder = Builder::module(MODULE_ID, sequence, "version").target(TARGET);
            anyhow::Ok(builder.build(&module, Some(&maker))?)
        };
        let module = read("v2")?;
        let hosted = Builder::module(MODULE_ID, 2, "version").build(&module, Some(&maker))?;
        Ok(Self {
            first: blob("v1", 1)?,
            module,
            hosted,
            good: blob("v2", 2)?,
            bad: blob("traps", 3)?,
            back: blob("v2", 4)?,
        })
    }
}

/// The operator, whose public key every device has.
pub fn operator() -> Result<SigningKey> {
    let key = SigningKey::from_bytes(&[5; 32]);
    ensure!(key.verifying_key().as_bytes() == &OPERATOR, "the operator's keys of demo and firmware differ");
    Ok(key)
}
