//! `sign`: signs a packed module.

use super::done::Done;
use super::signer;
use crate::args::SignArgs;
use crate::blob::{Blob, begins_as_module};
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::module_info::ModuleInfo;
use crate::report::Report;
use aingle_wasm_manifest::{
    Builder, Engine, Kind as BlobKind, Manifest, OlderBuilder, SIGNATURE_LEN, SigningKey, Version,
};

pub(super) fn run(args: &SignArgs) -> Outcome<Done> {
    files::check_standard([&args.blob].into_iter().chain(args.key.key.as_ref()))?;
    files::check_apart([args.output.as_path()], args.key.key.as_deref())?;
    let key = signer::required(&args.key)?;
    let blob = Blob::read(&args.blob)?;
    let signed = signed(&blob.manifest()?, blob.payload(), &key)?;
    check_module(&blob.manifest()?, blob.payload())
        .map_err(|failure| Failure::new(failure.kind(), format!("{}: {failure}", files::name(&args.blob))))?;
    let signed = Blob::of(signed).map_err(|error| Failure::new(Kind::Input, error))?;
    files::write(&args.output, signed.bytes())?;
    let mut report = Report::new();
    report.add("output", args.output.display().to_string());
    signed.report(&mut report)?;
    Ok(Done::written(report, &args.output))
}

/// Checks the module as `pack` does.
fn check_module(manifest: &Manifest<'_>, payload: &[u8]) -> Outcome<()> {
    let fields = manifest.fields();
    if begins_as_module(manifest) {
        let message = format!(
            "by its length the module is signed, and the module itself begins where the signature should be: expected \
             {} bytes for an unsigned module, found {SIGNATURE_LEN} more",
            manifest.signed_bytes().len() + fields.payload_len as usize
        );
        return Err(Failure::new(Kind::Input, message));
    }
    match (fields.kind, fields.engine) {
        (BlobKind::Module, Engine::Wasm) => ModuleInfo::of(payload)?.check_entry(fields.entry),
        _ => Ok(()),
    }
}

fn signed(manifest: &Manifest<'_>, payload: &[u8], key: &SigningKey) -> Outcome<Vec<u8>> {
    let fields = manifest.fields();
    if manifest.version() < Version::V3 {
        let builder = match manifest.version() {
            Version::V1 => OlderBuilder::v1(fields.module_id, fields.entry),
            _ => OlderBuilder::v2(fields.module_id, fields.sequence, fields.entry)
                .require_signature(manifest.demands_signature())
                .rollback_protected(manifest.rollback_protected()),
        };
        return builder.build(payload, Some(key)).map_err(|error| Failure::new(Kind::Input, error));
    }
    let builder = Builder::of(fields);
    // What this version does not know would be lost without a word.
    let same = match fields.key_id {
        Some(id) => builder.to_sign(payload, id),
        None => builder.build(payload, None),
    };
    let header = manifest.signed_bytes();
    match same {
        Ok(same) if same.starts_with(header) => {
            builder.build(payload, Some(key)).map_err(|error| Failure::new(Kind::Input, error))
        }
        _ => {
            let message = "the manifest has fields that this program does not know, or its payload is damaged: it is \
                           not signed";
            Err(Failure::new(Kind::Input, message))
        }
    }
}
