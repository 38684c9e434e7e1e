//! `inspect`: prints what a file is and needs.

use super::done::Done;
use super::verify;
use crate::args::InspectArgs;
use crate::blob::Blob;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::hex::hex;
use crate::image_info::ImageInfo;
use crate::module_info::{ModuleInfo, engine_item, engines_of_any};
use crate::policy_args::PolicyArgs;
use crate::report::Report;
use crate::wasm_info::WasmInfo;
use aingle_wasm_manifest::{Engine, KeyList, Kind as BlobKind, sha256};
use serde_json::json;

pub(super) fn run(args: &InspectArgs) -> Outcome<Done> {
    files::check_standard([&args.file].into_iter().chain(args.policy.files()))?;
    let bytes = files::read(&args.file)?;
    let mut report = Report::new();
    if Blob::is_one(&bytes) {
        let blob = Blob::in_file(bytes, &args.file)?;
        blob.report(&mut report)?;
        report_payload(&blob, &mut report)?;
        if args.policy.is_some() {
            report_refusals(&blob, &args.policy, &mut report)?;
        }
    } else if args.policy.is_some() {
        let message = format!(
            "{} is not a packed module: options of what a device accepts are for packed modules",
            files::name(&args.file)
        );
        return Err(Failure::new(Kind::Usage, message));
    } else {
        let is_image = ImageInfo::is_one(&bytes);
        report.add("kind", if is_image { "native image" } else { "WebAssembly" });
        report.add("length", bytes.len());
        report.add("sha256", hex(&sha256(&bytes)));
        if is_image {
            ImageInfo::of(&bytes)?.report(&mut report)?;
        } else {
            report_wasm(&bytes, &mut report).map_err(|failure| failure.in_file(files::name(&args.file)))?;
        }
    }
    Ok(Done::new(report))
}

/// Adds what a .wasm file is and has, guest or not.
fn report_wasm(wasm: &[u8], report: &mut Report) -> Outcome<()> {
    let info = WasmInfo::of(wasm)?;
    report.add("what", info.what());
    if info.is_guest() {
        ModuleInfo::of(wasm)?.report(report);
    } else {
        info.report_interface(report);
        let engines = engines_of_any(wasm).into_iter();
        report.add_list(
            "engines",
            engines.map(|(name, reason)| engine_item(name, reason.as_deref())).collect(),
        );
    }
    info.report_contents(report);
    Ok(())
}

/// Adds what the payload is. A payload that no device would take is described all the same.
fn report_payload(blob: &Blob, report: &mut Report) -> Outcome<()> {
    let manifest = blob.manifest()?;
    let fields = manifest.fields();
    if fields.payload_sha256.is_some() {
        report.add("payload_is_whole", blob.check_payload().is_ok());
    }
    match (fields.kind, fields.engine) {
        (BlobKind::Module, Engine::Wasm) => match ModuleInfo::of(blob.payload()) {
            Ok(info) => info.report(report),
            Err(failure) => report.add("module_refused", failure.to_string()),
        },
        (BlobKind::Module, Engine::Native { .. }) => match ImageInfo::of(blob.payload()) {
            Ok(info) => info.report(report)?,
            Err(failure) => report.add("image_refused", failure.to_string()),
        },
        (BlobKind::KeyList, _) => match KeyList::of(fields, blob.payload()) {
            Ok(list) => {
                let keys = list.keys().map(|key| {
                    let (id, public) = (key.id().to_string(), hex(key.public()));
                    let revoked = if key.is_revoked() { ", revoked" } else { "" };
                    let value = json!({ "key_id": id, "public_key": public, "role": key.role().to_string(), "revoked": key.is_revoked() });
                    (format!("{id}: {}{revoked}, {public}", key.role()), value)
                });
                report.add_list("keys", keys.collect());
            }
            Err(error) => report.add("key_list_refused", error.to_string()),
        },
        _ => {}
    }
    Ok(())
}

fn report_refusals(blob: &Blob, policy: &PolicyArgs, report: &mut Report) -> Outcome<()> {
    let refusals = verify::refusals(blob, policy)?;
    report.add("accepted", refusals.is_empty());
    let refusals = refusals.into_iter().map(|refusal| {
        let (code, reason) = (refusal.code(), refusal.to_string());
        (format!("{reason} [{code}]"), json!({ "code": code, "reason": reason }))
    });
    report.add_list("refusals", refusals.collect());
    Ok(())
}
