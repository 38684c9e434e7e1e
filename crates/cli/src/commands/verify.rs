//! `verify`: does what a device does with a packed module.

use super::done::Done;
use crate::args::VerifyArgs;
use crate::blob::Blob;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::policy_args::PolicyArgs;
use crate::report::Report;
use aingle_wasm_manifest::{Admitted, Key, KeyList, Kind as BlobKind, Refusal, Verifier};

pub(super) fn run(args: &VerifyArgs) -> Outcome<Done> {
    files::check_standard([&args.blob].into_iter().chain(args.policy.files()))?;
    let blob = Blob::of(files::read(&args.blob)?);
    let blob = match blob {
        Ok(blob) => blob,
        // What a device says of it too.
        Err(error) => return Err(refused(&[Refusal::from(error)])),
    };
    let refusals = refusals(&blob, &args.policy)?;
    check(&refusals).map_err(|failure| match &refusals[..] {
        [Refusal::UnknownKey { .. }] if args.policy.files().next().is_none() => {
            failure.with_advice("No --key was given")
        }
        [Refusal::Unsigned] => failure.with_advice("--allow-unsigned accepts it"),
        _ => failure,
    })?;
    let mut report = Report::new();
    report.add("accepted", true);
    blob.report(&mut report)?;
    Ok(Done::new(report))
}

/// Returns every reason for which a device with this policy refuses a blob.
pub(super) fn refusals(blob: &Blob, args: &PolicyArgs) -> Outcome<Vec<Refusal>> {
    let manifest = blob.manifest()?;
    let keys = args.keys()?;
    let policy = args.policy(&keys);
    let mut refusals: Vec<Refusal> = policy.refusals(&manifest, args.high_water).collect();
    // The signature can be right while the policy refuses something else, and the payload in any case.
    match policy.check(&manifest, args.high_water) {
        Ok(admitted) => refusals.extend(verify_with_any(admitted, &keys, blob.payload()).err()),
        Err(_) => {
            let known = !refusals.iter().any(|refusal| (3..=6).contains(&refusal.code()));
            let relaxed = aingle_wasm_manifest::Policy::new(&keys).require_signature(false);
            let relaxed = relaxed.abi(0..=u32::MAX).target(manifest.fields().target.unwrap_or_default());
            let relaxed = match manifest.fields().engine {
                aingle_wasm_manifest::Engine::Native { triple, .. } => relaxed.native(triple),
                aingle_wasm_manifest::Engine::Wasm => relaxed,
            };
            if let (true, Ok(admitted)) = (known, relaxed.check(&manifest, None)) {
                refusals.extend(verify_with_any(admitted, &keys, blob.payload()).err());
            }
        }
    }
    if manifest.fields().kind == BlobKind::KeyList {
        refusals.extend(KeyList::of(manifest.fields(), blob.payload()).err().map(Refusal::from));
    }
    Ok(refusals)
}

/// Verifies with the key that the manifest names, or with each key if it names none.
fn verify_with_any<'a>(admitted: Admitted<'a>, keys: &'a [Key], payload: &[u8]) -> Result<(), Refusal> {
    let first = verify(&admitted, payload);
    if first != Err(Refusal::Signature) {
        return first;
    }
    keys.iter().map(|key| verify(&admitted.with_key(key), payload)).find(Result::is_ok).unwrap_or(first)
}

fn verify(admitted: &Admitted<'_>, payload: &[u8]) -> Result<(), Refusal> {
    let mut verifier = Verifier::begin(admitted)?;
    verifier.update(payload)?;
    verifier.finish()
}

/// Fails with all reasons, if there are any.
pub(super) fn check(refusals: &[Refusal]) -> Outcome<()> {
    if refusals.is_empty() { Ok(()) } else { Err(refused(refusals)) }
}

fn refused(refusals: &[Refusal]) -> Failure {
    let reasons: Vec<String> =
        refusals.iter().map(|refusal| format!("{refusal} [{}]", refusal.code())).collect();
    let codes = refusals.iter().map(|refusal| refusal.code()).collect();
    Failure::new(Kind::Refused, format!("refused: {}", reasons.join("; "))).with_refusals(codes)
}
