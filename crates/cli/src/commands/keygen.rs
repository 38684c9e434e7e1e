//! `keygen`: makes a key pair.

use super::done::Done;
use crate::args::KeygenArgs;
use crate::failure::{Failure, Kind, Outcome};
use crate::files::Prepared;
use crate::hex::hex;
use crate::report::Report;
use crate::{files, keys};
use aingle_wasm_manifest::{KeyId, SigningKey};

pub(super) fn run(args: &KeygenArgs) -> Outcome<Done> {
    let outputs = [&args.output, &args.public];
    files::check_apart(outputs.into_iter().flatten().map(AsRef::as_ref), args.from.as_deref())?;
    let key = match &args.from {
        Some(path) => keys::read_private(path)?,
        None => random()?,
    };
    let public = key.verifying_key();
    let mut prepared = Vec::new();
    if let Some(path) = &args.output {
        prepared.push(Prepared::secret(path, &keys::private(&key, args.format)?, args.force)?);
    }
    if let Some(path) = &args.public {
        prepared.push(Prepared::new(path, &keys::public(&public, args.format)?)?);
    }
    // A key is replaced only when all outputs can be written.
    prepared.into_iter().try_for_each(Prepared::commit)?;
    let mut report = Report::new();
    report.add("key_id", KeyId::of(public.as_bytes()).to_string());
    report.add("public_key", hex(public.as_bytes()));
    let output_is_standard = outputs.into_iter().flatten().any(|path| files::is_standard(path));
    Ok(Done { report, output_is_standard, answer: None, status: None })
}

fn random() -> Outcome<SigningKey> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)
        .map_err(|error| Failure::new(Kind::Io, format!("the system has no random numbers: {error}")))?;
    Ok(SigningKey::from_bytes(&secret))
}
