//! `delta`: makes a signed delta from one module to another.

use super::done::Done;
use super::signer;
use crate::args::DeltaArgs;
use crate::blob::Blob;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::module_info::ModuleInfo;
use crate::report::Report;
use aingle_wasm_delta::{Applier, make};
use aingle_wasm_manifest::{Builder, DeltaOf, Engine, Kind as BlobKind, Requirements, Version};
use std::path::Path;

/// One of the two modules.
struct Side {
    packed: Option<Blob>,
    bytes: Vec<u8>,
}

impl Side {
    fn read(path: &Path) -> Outcome<Self> {
        let bytes = files::read(path)?;
        if !Blob::is_one(&bytes) {
            return Ok(Self { packed: None, bytes });
        }
        let blob = Blob::in_file(bytes, path)?;
        if blob.manifest()?.fields().kind != BlobKind::Module {
            let message = "expected a module, found a delta or a key list";
            return Err(Failure::new(Kind::Input, message).in_file(files::name(path)));
        }
        blob.check_payload().map_err(|failure| failure.in_file(files::name(path)))?;
        let bytes = blob.payload().to_vec();
        Ok(Self { packed: Some(blob), bytes })
    }

    /// Checks that the bytes are a module of the ABI. A native image has no such form, and is `None`.
    fn info(&self) -> Outcome<Option<ModuleInfo<'_>>> {
        let manifest = self.packed.as_ref().map(Blob::manifest).transpose()?;
        match manifest.map(|manifest| manifest.fields().engine) {
            Some(Engine::Native { .. }) => Ok(None),
            _ => ModuleInfo::of(&self.bytes).map(Some),
        }
    }
}

pub(super) fn run(args: &DeltaArgs) -> Outcome<Done> {
    let inputs = [&args.old, &args.new].into_iter().chain(args.key.key.as_ref());
    files::check_standard(inputs.clone())?;
    files::check_apart([args.output.as_path()], inputs.map(AsRef::as_ref))?;
    let key = signer::optional(&args.key)?;
    let (old, new) = (Side::read(&args.old)?, Side::read(&args.new)?);
    check_bytes(&old, &new)?;
    let builder = builder(args, &old, &new)?;
    let patch = make(&old.bytes, &new.bytes).map_err(|error| Failure::new(Kind::Input, error))?;
    check(&old.bytes, &patch, &new.bytes)?;
    let delta = DeltaOf::between(&old.bytes, &new.bytes).map_err(|error| Failure::new(Kind::Input, error))?;
    let built = builder.delta(delta).build(&patch, key.as_ref());
    let blob = built.and_then(Blob::of).map_err(|error| Failure::new(Kind::Usage, error))?;
    files::write(&args.output, blob.bytes())?;
    let mut report = Report::new();
    report.add("output", args.output.display().to_string());
    blob.report(&mut report)?;
    let percent = patch.len() as f64 * 100.0 / new.bytes.len().max(1) as f64;
    report.add_as("size_of_module", format!("{percent:.2} %"), percent);
    Ok(Done::written(report, &args.output))
}

/// Checks that the old file is a module, and not the new one.
fn check_bytes(old: &Side, new: &Side) -> Outcome<()> {
    old.info().map_err(|failure| Failure::new(failure.kind(), format!("the old module: {failure}")))?;
    if old.bytes == new.bytes {
        let message = format!("the old module and the new one are the same {} bytes", new.bytes.len());
        return Err(Failure::new(Kind::Input, message));
    }
    Ok(())
}

/// Checks that the delta is for the module that the old file is packed as, and not for an older release.
fn check_release(old: &Side, module_id: u32, sequence: u32) -> Outcome<()> {
    let Some(manifest) = old.packed.as_ref().map(Blob::manifest).transpose()? else { return Ok(()) };
    let fields = manifest.fields();
    if fields.module_id != module_id {
        let expected = fields.module_id;
        let message =
            format!("another module: expected module id {expected} as of the old one, found {module_id}");
        return Err(Failure::new(Kind::Input, message));
    }
    if manifest.version() > Version::V1 && sequence < fields.sequence {
        let least = fields.sequence;
        let message = format!(
            "the sequence goes back: expected {least} as of the old module or more, found {sequence}"
        );
        return Err(Failure::new(Kind::Input, message));
    }
    Ok(())
}

/// Begins a manifest: as the new module is packed, or as it is, with what the command line says.
fn builder(args: &DeltaArgs, old: &Side, new: &Side) -> Outcome<Builder> {
    let missing = |option: &str| {
        Failure::new(
            Kind::Usage,
            format!("{option} is needed, because the new module is not packed in version 3"),
        )
    };
    let manifest = new.packed.as_ref().map(Blob::manifest).transpose()?;
    let fields = manifest.as_ref().map(aingle_wasm_manifest::Manifest::fields);
    let packed = fields.filter(|fields| fields.payload_sha256.is_some());
    let module_id =
        args.module_id.or(fields.map(|fields| fields.module_id)).ok_or_else(|| missing("--module-id"))?;
    let sequence =
        args.sequence.or(packed.map(|fields| fields.sequence)).ok_or_else(|| missing("--sequence"))?;
    check_release(old, module_id, sequence)?;
    let entry =
        args.entry.as_deref().or(fields.map(|fields| fields.entry)).ok_or_else(|| missing("--entry"))?;
    let info = new.info()?;
    if let Some(info) = &info {
        info.check_entry(entry)?;
    }
    let said = packed.map(|fields| fields.requirements).unwrap_or_default();
    let own = &args.fields;
    let mut builder = packed.map_or_else(|| Builder::module(0, 0, ""), Builder::of);
    builder = builder.release(module_id, sequence, entry).requirements(Requirements {
        memory: own.memory.or(said.memory).or(info.as_ref().map(|info| info.memory)),
        stack: own.stack.or(said.stack).or(info.as_ref().and_then(|info| info.stack(own.depth))),
        fuel: own.fuel.or(said.fuel),
        depth: own.depth.or(said.depth),
    });
    if let Some(abi) = own.abi.or(packed.map_or(info.and_then(|info| info.abi), |fields| fields.abi)) {
        builder = builder.abi(abi);
    }
    Ok(own.target.as_ref().map_or(builder.clone(), |target| builder.target(target)))
}

/// Applies the patch as a device does, and compares what it makes.
fn check(old: &[u8], patch: &[u8], new: &[u8]) -> Outcome<()> {
    let wrong =
        |what: String| Failure::new(Kind::Input, format!("the delta does not make the new module: {what}"));
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let mut applier = Applier::new(length(old), length(new));
    let (mut made, mut left, mut out) = (Vec::new(), patch, [0; 4096]);
    loop {
        let written =
            applier.step(&mut &old[..], &mut left, &mut out).map_err(|error| wrong(error.to_string()))?;
        made.extend_from_slice(&out[..written]);
        if written < out.len() {
            break;
        }
    }
    applier.finish().map_err(|error| wrong(error.to_string()))?;
    if made == new { Ok(()) } else { Err(wrong("it makes another".into())) }
}
