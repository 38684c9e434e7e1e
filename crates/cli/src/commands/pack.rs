//! `pack`: packs a module, signed or not.

use super::done::Done;
use super::{native, signer};
use crate::args::PackArgs;
use crate::blob::Blob;
use crate::failure::{Failure, Kind, Outcome};
use crate::image_info::ImageInfo;
use crate::module_info::{ModuleInfo, TARGET};
use crate::numbers::name;
use crate::report::Report;
use crate::{engines, files};
use aingle_wasm_image::{Image, Stack};
use aingle_wasm_manifest::{Builder, OlderBuilder, Policy, Refusal, Requirements, SigningKey};
use aingle_wasm_types::metering::DEFAULT_DEPTH;

pub(super) fn run(args: &PackArgs) -> Outcome<Done> {
    let inputs = [Some(&args.module), args.key.key.as_ref(), args.source.as_ref()];
    let inputs = inputs.into_iter().flatten();
    files::check_standard(inputs.clone())?;
    files::check_apart([args.output.as_path()], inputs.map(AsRef::as_ref))?;
    let key = signer::optional(&args.key)?;
    if args.require_signature && key.is_none() {
        return Err(Failure::new(Kind::Usage, "--require-signature needs --key"));
    }
    let payload = files::read_some(&args.module)?;
    let source = args.source.as_ref().map(|path| files::read(path)).transpose()?;
    let (module, path) = match (&source, &args.source) {
        (Some(source), Some(path)) => (source, path),
        _ => (&payload, &args.module),
    };
    let info = ModuleInfo::of(module).map_err(|failure| failure.in_file(files::name(path)))?;
    info.check_entry(&args.entry)?;
    let image = match (&args.native, &source) {
        (Some(triple), Some(source)) => Some(image(&payload, triple, source)?),
        _ => None,
    };
    check_engines(&info, &args.device.engines)?;
    let named = args.fields.memory.filter(|_| args.manifest_version == 3);
    if let Some(memory) = named.filter(|memory| *memory < info.least_memory) {
        let message = format!("--memory is {memory}, the module's data ends at {}", info.least_memory);
        return Err(Failure::new(Kind::Refused, message));
    }
    let built = match args.manifest_version {
        3 => build(args, &info, image, &payload, key.as_ref())?,
        _ => build_older(args, &payload, key.as_ref())?,
    };
    let blob = Blob::of(built).map_err(|error| Failure::new(Kind::Input, error))?;
    check_device(args, &blob, &info)?;
    files::write(&args.output, blob.bytes())?;
    let mut report = Report::new();
    report.add("output", args.output.display().to_string());
    if args.device.max_stack.is_some() && blob.manifest()?.fields().requirements.stack.is_none() {
        report
            .add("max_stack", "not checked: the stack that the module needs is not known, --stack names it");
    }
    if key.is_none() {
        report.add("not_signed", "devices refuse it, unless their policy allows modules without a signature");
    }
    blob.report(&mut report)?;
    info.report(&mut report);
    Ok(Done::written(report, &args.output))
}

fn build(
    args: &PackArgs,
    info: &ModuleInfo<'_>,
    image: Option<Image<'_>>,
    payload: &[u8],
    key: Option<&SigningKey>,
) -> Outcome<Vec<u8>> {
    let sequence = args.sequence.ok_or_else(|| Failure::new(Kind::Usage, "version 3 needs --sequence"))?;
    let entry = name::<64>(&args.entry);
    entry.map_err(|error| Failure::new(Kind::Usage, format!("--entry in version 3: {error}")))?;
    let fields = &args.fields;
    let mut builder = Builder::module(args.module_id, sequence, &args.entry).requirements(Requirements {
        memory: Some(fields.memory.unwrap_or_else(|| image.map_or(info.memory, |image| image.memory()))),
        stack: fields.stack.or_else(|| match image {
            Some(image) => native_stack(image.stack(), fields.depth),
            None => info.stack(fields.depth),
        }),
        fuel: fields.fuel,
        depth: fields.depth,
    });
    if let Some(abi) = fields.abi.or(info.abi) {
        builder = builder.abi(abi);
    }
    if let Some(target) = &fields.target {
        builder = builder.target(target);
    }
    if let (Some(triple), Some(image)) = (&args.native, image) {
        builder = builder.native(triple, image.source());
    }
    builder.build(payload, key).map_err(|error| Failure::new(Kind::Usage, error))
}

fn build_older(args: &PackArgs, payload: &[u8], key: Option<&SigningKey>) -> Outcome<Vec<u8>> {
    let fields = &args.fields;
    let newer = [
        ("--target", fields.target.is_some()),
        ("--abi", fields.abi.is_some()),
        ("--memory", fields.memory.is_some()),
        ("--stack", fields.stack.is_some()),
        ("--fuel", fields.fuel.is_some()),
        ("--depth", fields.depth.is_some()),
        ("--native", args.native.is_some()),
        ("--sequence", args.sequence.is_some() && args.manifest_version == 1),
        ("--require-signature", args.require_signature && args.manifest_version == 1),
        ("--rollback-protected", args.rollback_protected && args.manifest_version == 1),
    ];
    if let Some((option, _)) = newer.iter().find(|(_, given)| *given) {
        let message = format!("version {} of the manifest has no place for {option}", args.manifest_version);
        return Err(Failure::new(Kind::Usage, message));
    }
    let builder = match args.manifest_version {
        1 => OlderBuilder::v1(args.module_id, &args.entry),
        _ => OlderBuilder::v2(args.module_id, args.sequence.unwrap_or(0), &args.entry)
            .require_signature(args.require_signature)
            .rollback_protected(args.rollback_protected),
    };
    builder.build(payload, key).map_err(|error| Failure::new(Kind::Usage, error))
}

/// Reads an image, which has to be for this target and of this module.
fn image<'p>(payload: &'p [u8], triple: &str, source: &[u8]) -> Outcome<Image<'p>> {
    let info = ImageInfo::of(payload)?;
    if info.chip.triple != triple {
        let message = format!("--native is {triple}, the image is for {}", info.chip.triple);
        return Err(Failure::new(Kind::Refused, message));
    }
    // What a device would execute is made again before it is signed.
    native::check_made_of(source, &info)?;
    Ok(info.image)
}

/// The native stack that an image takes at a depth, in bytes.
fn native_stack(stack: Stack, depth: Option<u32>) -> Option<u32> {
    stack.per_depth.checked_mul(depth.unwrap_or(DEFAULT_DEPTH))?.checked_add(stack.fixed)
}

/// Checks that the engines that are named run the module, or any of those of devices.
fn check_engines(info: &ModuleInfo<'_>, named: &[String]) -> Outcome<()> {
    let refused =
        |(name, reason): &(&str, Option<String>)| reason.as_ref().map(|reason| format!("{name}: {reason}"));
    let mut reasons: Vec<String> = Vec::new();
    for name in named {
        reasons.extend(info.engines.iter().filter(|(engine, _)| engine == name).filter_map(refused));
    }
    let embedded = |name: &str| engines::ENGINES.iter().any(|engine| engine.embedded && engine.name == name);
    let of_devices: Vec<_> = info.engines.iter().filter(|(name, _)| embedded(name)).collect();
    if named.is_empty() && of_devices.iter().all(|(_, reason)| reason.is_some()) {
        reasons.extend(of_devices.into_iter().filter_map(refused));
    }
    if reasons.is_empty() {
        return Ok(());
    }
    Err(Failure::new(Kind::Refused, format!("no engine for the module. {}. {TARGET}", reasons.join("; "))))
}

/// Checks the limits of the device, as the device does.
fn check_device(args: &PackArgs, blob: &Blob, info: &ModuleInfo<'_>) -> Outcome<()> {
    let manifest = blob.manifest()?;
    let mut policy = Policy::new(&[]).require_signature(false);
    policy = args.device.max_module.map_or(policy, |bytes| policy.max_module(bytes));
    policy = args.device.max_memory.map_or(policy, |bytes| policy.max_memory(bytes));
    policy = args.device.max_stack.map_or(policy, |bytes| policy.max_stack(bytes));
    let mut refusals: Vec<Refusal> = policy
        .refusals(&manifest, None)
        .filter(|refusal| {
            matches!(
                refusal,
                Refusal::TooLong { .. }
                    | Refusal::Memory { .. }
                    | Refusal::Stack { .. }
                    | Refusal::Abi { .. }
            )
        })
        .collect();
    // Versions 1 and 2 do not say what the module needs, and the device finds out.
    if let (None, Some(limit)) = (manifest.fields().requirements.memory, args.device.max_memory)
        && info.memory > limit
    {
        refusals.push(Refusal::Memory { limit, found: info.memory });
    }
    super::verify::check(&refusals)
}
