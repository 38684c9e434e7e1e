//! `sign`: signs a packed module.

use super::done::Done;
use super::signer;
use crate::args::SignArgs;
use crate::blob::Blob;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::report::Report;
use aingle_wasm_manifest::{Builder, Manifest, OlderBuilder, SigningKey, Version};

pub(super) fn run(args: &SignArgs) -> Outcome<Done> {
    files::check_standard([&args.blob].into_iter().chain(args.key.key.as_ref()))?;
    files::check_apart([args.output.as_path()], args.key.key.as_deref())?;
    let key = signer::required(&args.key)?;
    let blob = Blob::read(&args.blob)?;
    let signed = signed(&blob.manifest()?, blob.payload(), &key)?;
    let signed = Blob::of(signed).map_err(|error| Failure::new(Kind::Input, error))?;
    files::write(&args.output, signed.bytes())?;
    let mut report = Report::new();
    report.add("output", args.output.display().to_string());
    signed.report(&mut report)?;
    Ok(Done::written(report, &args.output))
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
