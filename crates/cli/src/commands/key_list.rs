//! `key-list`: makes a signed list of keys.

use super::done::Done;
use super::signer;
use crate::args::KeyListArgs;
use crate::blob::Blob;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::policy_args::listed;
use crate::report::Report;
use aingle_wasm_manifest::{Builder, Role, key_list_payload};

pub(super) fn run(args: &KeyListArgs) -> Outcome<Done> {
    let files = args.module.iter().chain(&args.root).chain(&args.revoked).chain(args.key.key.as_ref());
    files::check_standard(files.clone())?;
    files::check_apart([args.output.as_path()], files.map(AsRef::as_ref))?;
    let key = signer::required(&args.key)?;
    let keys = listed(&args.module, &args.root, &args.revoked)?;
    if !keys.iter().any(|key| key.role() == Role::Root && !key.is_revoked()) {
        let message = "the list has no --root-key: devices that take it could never get another";
        return Err(Failure::new(Kind::Usage, message));
    }
    let payload = key_list_payload(args.sequence, &keys);
    let built = payload.and_then(|payload| Builder::key_list(args.sequence).build(&payload, Some(&key)));
    let blob = built.and_then(Blob::of).map_err(|error| Failure::new(Kind::Usage, error))?;
    files::write(&args.output, blob.bytes())?;
    let mut report = Report::new();
    report.add("output", args.output.display().to_string());
    blob.report(&mut report)?;
    report.add("keys", keys.len());
    Ok(Done::written(report, &args.output))
}
