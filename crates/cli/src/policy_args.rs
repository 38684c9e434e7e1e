//! The policy of a device, from the command line.

use crate::failure::Outcome;
use crate::keys;
use crate::numbers::{name, number_32, size};
use aingle_wasm_manifest::{Key, Policy, Version};
use clap::Args;
use std::path::PathBuf;

/// What a device accepts.
#[derive(Debug, Args)]
#[command(next_help_heading = "What the device accepts")]
pub struct PolicyArgs {
    /// Public key that may sign modules; may be repeated
    #[arg(long = "key", alias = "module-key", value_name = "FILE")]
    pub module: Vec<PathBuf>,
    /// Public key that may sign key lists; may be repeated
    #[arg(long = "root-key", value_name = "FILE")]
    pub root: Vec<PathBuf>,
    /// Public key that may sign nothing any more; may be repeated
    #[arg(long = "revoked-key", value_name = "FILE")]
    pub revoked: Vec<PathBuf>,
    /// Modules without a signature
    #[arg(long)]
    pub allow_unsigned: bool,
    /// Highest sequence that the device has accepted of this module
    #[arg(long, value_name = "N", value_parser = number_32)]
    pub high_water: Option<u32>,
    /// Oldest version of the manifest
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=3))]
    pub least_version: Option<u8>,
    /// The device's class
    #[arg(long, value_name = "CLASS", value_parser = name::<32>)]
    pub target: Option<String>,
    /// Target of the native images that the device runs
    #[arg(long, value_name = "TRIPLE", value_parser = name::<32>)]
    pub native: Option<String>,
    /// Length of the longest module
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_module: Option<u32>,
    /// Linear memory that a module gets
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_memory: Option<u32>,
    /// Stack that a module gets
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_stack: Option<u32>,
}

impl PolicyArgs {
    /// Returns the files of all keys.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.module.iter().chain(&self.root).chain(&self.revoked)
    }

    /// Returns whether anything is said of the device.
    #[must_use]
    pub fn is_some(&self) -> bool {
        self.files().next().is_some()
            || self.allow_unsigned
            || self.high_water.is_some()
            || self.least_version.is_some()
            || self.target.is_some()
            || self.native.is_some()
            || [self.max_module, self.max_memory, self.max_stack].iter().any(Option::is_some)
    }

    /// Reads the keys.
    ///
    /// # Errors
    /// As [`keys::read_public`].
    pub fn keys(&self) -> Outcome<Vec<Key>> {
        listed(&self.module, &self.root, &self.revoked)
    }

    /// Returns the policy of the device.
    #[must_use]
    pub fn policy<'p>(&'p self, keys: &'p [Key]) -> Policy<'p> {
        let mut policy = Policy::new(keys).require_signature(!self.allow_unsigned);
        policy = match self.least_version {
            Some(3) => policy.least_version(Version::V3),
            Some(2) => policy.least_version(Version::V2),
            _ => policy,
        };
        let target = self.target.as_deref().map_or(policy, |class| policy.target(class));
        let native = self.native.as_deref().map_or(target, |triple| target.native(triple));
        let module = self.max_module.map_or(native, |bytes| native.max_module(bytes));
        let memory = self.max_memory.map_or(module, |bytes| module.max_memory(bytes));
        self.max_stack.map_or(memory, |bytes| memory.max_stack(bytes))
    }
}

/// Reads keys with their roles. A revoked key is revoked for every role.
///
/// # Errors
/// As [`keys::read_public`].
pub fn listed(module: &[PathBuf], root: &[PathBuf], revoked: &[PathBuf]) -> Outcome<Vec<Key>> {
    let module = module.iter().map(|path| keys::read_public(path).map(Key::module));
    let root = root.iter().map(|path| keys::read_public(path).map(Key::root));
    let revoked = revoked.iter().map(|path| keys::read_public(path).map(|key| Key::module(key).revoked()));
    revoked.chain(root).chain(module).collect()
}
