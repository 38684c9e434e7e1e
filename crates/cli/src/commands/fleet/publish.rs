//! `fleet publish` and `fleet abort`: a blob to a broker, and to a group at once.

use super::{connect, failures};
use crate::blob::Blob;
use crate::commands::done::Done;
use crate::commands::on_tokio::block_on;
use crate::commands::signer;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::fleet_args::PublishArgs;
use crate::report::Report;
use aingle_wasm_fleet::Announcement;
use aingle_wasm_fleet::mqtt::Operator;
use aingle_wasm_manifest::{Key, Manifest, SigningKey};
use std::path::Path;

pub(super) fn run(args: &PublishArgs) -> Outcome<Done> {
    publish(args, false)
}

/// Publishes what devices go back to. It has to be newer than what is announced: no device takes an older one.
pub(super) fn abort(args: &PublishArgs) -> Outcome<Done> {
    publish(args, true)
}

fn publish(args: &PublishArgs, is_abort: bool) -> Outcome<Done> {
    files::check_standard([&args.offer.blob].into_iter().chain(args.offer.key.key.as_ref()))?;
    let blob = signed_blob(&args.offer.blob)?;
    let key = signer::required(&args.offer.key)?;
    let (broker, chunk) = (connect::broker(&args.offer.broker)?, chunk_len(args.offer.chunk)?);
    let published = block_on(async {
        let mut operator = Operator::connect(&broker).await.map_err(|error| failures::of(&error))?;
        check_newer(&mut operator, &args.offer.group, &key, &blob, is_abort).await?;
        let published = operator.publish(blob.bytes(), chunk, &args.offer.group, args.share, &key).await;
        operator.close().await;
        published.map_err(|error| failures::of(&error))
    })?;
    let mut report = Report::new();
    report.add("group", args.offer.group.clone());
    report.add("number", published.number);
    report.add("chunks", published.chunks);
    report.add("sent", published.sent);
    blob.report(&mut report)?;
    Ok(Done::new(report))
}

/// Reads a packed module that has a signature.
pub(super) fn signed_blob(path: &Path) -> Outcome<Blob> {
    let blob = Blob::read(path)?;
    if blob.manifest()?.signature().is_some() {
        return Ok(blob);
    }
    let failure =
        Failure::new(Kind::Refused, "not signed: a broker is trusted with nothing, so devices refuse it");
    Err(failure.with_refusals(vec![3]).in_file(files::name(path)))
}

/// Returns the length of a chunk.
pub(super) fn chunk_len(chunk: u32) -> Outcome<u16> {
    u16::try_from(chunk).ok().filter(|len| Announcement::is_chunk_len(*len)).ok_or_else(|| {
        Failure::new(
            Kind::Usage,
            format!("--chunk: {chunk} bytes; expected a multiple of 32, from 32 to 65504"),
        )
    })
}

/// Fails if what is announced is newer than the blob, or is the blob that is to be given up.
pub(super) async fn check_newer(
    operator: &mut Operator<'_>,
    group: &str,
    key: &SigningKey,
    blob: &Blob,
    is_abort: bool,
) -> Outcome<()> {
    let announced = operator.announced(group, key).await.map_err(|error| failures::of(&error))?;
    let keys = [Key::module(key.verifying_key().to_bytes())];
    let announced = announced.as_ref().and_then(|bytes| Announcement::verify(bytes, group, &keys).ok());
    let Some(announced) = announced else { return Ok(()) };
    let before = Manifest::parse(announced.header, announced.blob_len);
    let before = before.map_err(|error| Failure::new(Kind::Input, error))?;
    let manifest = blob.manifest()?;
    let (before, fields) = (before.fields(), manifest.fields());
    let is_other = before.module_id != fields.module_id || before.kind != fields.kind;
    let least = if is_abort { before.sequence.saturating_add(1) } else { before.sequence };
    if is_other || fields.sequence >= least {
        return Ok(());
    }
    let message = format!(
        "sequence {} of module {} is announced to group `{group}`, and this is sequence {}: devices that have confirmed the \
         former refuse the latter. Pack it with sequence {least} or more",
        before.sequence, fields.module_id, fields.sequence
    );
    Err(Failure::new(Kind::Refused, message)
        .with_fact("announced_sequence", before.sequence)
        .with_fact("sequence", fields.sequence))
}
