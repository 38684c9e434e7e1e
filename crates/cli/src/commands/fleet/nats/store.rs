//! `fleet store`: puts a packed module where hosts find it.

use super::{failures, server};
use crate::blob::Blob;
use crate::commands::done::Done;
use crate::commands::on_tokio::block_on;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::nats_args::StoreArgs;
use crate::report::Report;
use aingle_wasm_fleet::nats::{ModuleError, ModuleHash, ModuleName, ModuleStore, Place, StoreConfig};
use aingle_wasm_manifest as manifest;

pub fn run(args: &StoreArgs) -> Outcome<Done> {
    let name = ModuleName::new(&args.name);
    let name = name.map_err(|error| Failure::new(Kind::Usage, format!("--name: {error}")))?;
    let bytes = files::read_some(&args.blob)?;
    let blob = Blob::in_file(bytes.clone(), &args.blob)?;
    let fields = *blob.manifest()?.fields();
    if fields.kind != manifest::Kind::Module || fields.engine != manifest::Engine::Wasm {
        let error = ModuleError::NoModule { kind: fields.kind };
        return Err(failures::of_module(&error).in_file(files::name(&args.blob)));
    }
    let place = block_on(async {
        let client = server::connect(&args.nats).await?;
        let store = ModuleStore::open(client, StoreConfig::default()).await;
        let store = store.map_err(|error| failures::of_start(&error))?;
        store.put(&name, &bytes).await.map_err(|error| failures::of_module(&error))
    })?;
    let mut report = Report::new();
    report.add("name", args.name.clone());
    report.add("hash", ModuleHash::of(blob.payload()).to_string());
    report.add("place", if place == Place::Bucket { "bucket" } else { "objects" });
    Ok(Done::new(report))
}
