//! The modules of a host: of files, and of the store.

use super::failures;
use crate::blob::Blob;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::keys;
use crate::nats_args::HostArgs;
use aingle_wasm_fleet::nats::{Client, ModuleHash, ModuleName, ModuleStore, StoreConfig, Verified};
use aingle_wasm_manifest::{Key, Policy};
use std::path::Path;

/// A module that may be served.
pub struct Found {
    /// The file, or the name in the store.
    pub name: String,
    pub hash: ModuleHash,
    pub wasm: Vec<u8>,
}

/// Finds and verifies the modules.
pub async fn find(args: &HostArgs, client: &Client) -> Outcome<Vec<Found>> {
    let signers: Outcome<Vec<Key>> =
        args.signers.iter().map(|path| keys::read_public(path).map(Key::module)).collect();
    let signers = signers?;
    let policy = Policy::new(&signers).require_signature(!args.allow_unsigned);
    let mut found = Vec::new();
    for name in &args.modules {
        let (hash, wasm) = if Path::new(name).exists() {
            of_file(Path::new(name), &policy, args).map_err(|failure| failure.in_file(name))?
        } else {
            of_store(name, &policy, args, client).await?
        };
        found.push(Found { name: name.clone(), hash, wasm });
    }
    Ok(found)
}

fn of_file(path: &Path, policy: &Policy<'_>, args: &HostArgs) -> Outcome<(ModuleHash, Vec<u8>)> {
    let bytes = files::read_some(path)?;
    if Blob::is_one(&bytes) {
        return verified(Verified::of(&bytes, policy, high_water(args)?));
    }
    if args.allow_unsigned {
        return Ok((ModuleHash::of(&bytes), bytes));
    }
    let failure = Failure::new(Kind::Refused, "the module is not packed, so it has no signature");
    Err(failure.with_advice("--allow-unsigned accepts it"))
}

async fn of_store(
    name: &str,
    policy: &Policy<'_>,
    args: &HostArgs,
    client: &Client,
) -> Outcome<(ModuleHash, Vec<u8>)> {
    let no_name = |error| Failure::new(Kind::Usage, format!("--module: no file, and no name: {error}"));
    let module = ModuleName::new(name).map_err(no_name)?;
    let store = ModuleStore::open(client.clone(), StoreConfig::default()).await;
    let store = store.map_err(|error| failures::of_start(&error))?;
    verified(store.fetch(&module, policy, high_water(args)?).await)
}

fn verified(
    module: Result<Verified, aingle_wasm_fleet::nats::ModuleError>,
) -> Outcome<(ModuleHash, Vec<u8>)> {
    let module = module.map_err(|error| failures::of_module(&error))?;
    Ok((module.hash(), module.wasm().to_vec()))
}

fn high_water(args: &HostArgs) -> Outcome<Option<u32>> {
    let large = |_| Failure::new(Kind::Usage, "--least-sequence: a sequence has 32 bits");
    args.least_sequence.map(u32::try_from).transpose().map_err(large)
}
