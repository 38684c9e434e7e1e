//! `native`: translates a module into a native image, or compares an image with its module.

use super::done::Done;
use crate::args::NativeArgs;
use crate::blob::Blob;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::hex::hex;
use crate::image_info::ImageInfo;
use crate::report::Report;
use aingle_wasm_aot::{AotError, Chip, Limits, Translator};
use aingle_wasm_manifest::sha256;
use aingle_wasm_metering::MeterError;
use std::path::Path;

pub(super) fn run(args: &NativeArgs) -> Outcome<Done> {
    files::check_standard([Some(&args.module), args.compare.as_ref()].into_iter().flatten())?;
    files::check_apart(args.output.as_deref(), [args.module.as_path()])?;
    let wasm = files::read_some(&args.module)?;
    match (&args.compare, args.chip, &args.output) {
        (Some(image), ..) => compare(&wasm, image),
        (None, Some(chip), Some(output)) => {
            let limits = if args.no_limits { Limits::AsIs } else { Limits::Merged };
            let image = translate(&wasm, chip, args.memory, limits)?;
            files::write(output, &image)?;
            let mut report = Report::new();
            report_written(output, &image, &mut report);
            ImageInfo::of(&image)?.report(&mut report)?;
            Ok(Done::written(report, output))
        }
        _ => Err(Failure::new(Kind::Usage, "--output needs --target")),
    }
}

/// Adds where an image is, and its length.
pub(super) fn report_written(output: &Path, image: &[u8], report: &mut Report) {
    report.add("image", output.display().to_string());
    report.add("image_length", image.len());
}

/// Translates a module.
pub(super) fn translate(wasm: &[u8], chip: Chip, memory: Option<u32>, limits: Limits) -> Outcome<Vec<u8>> {
    let mut translator = Translator::new(chip).map_err(failure)?.limits(limits);
    if let Some(bytes) = memory {
        translator = translator.memory(bytes);
    }
    Ok(translator.translate(wasm).map_err(failure)?.image)
}

fn failure(error: AotError) -> Failure {
    let kind = match error {
        AotError::Tool { .. } | AotError::File(_) => Kind::Io,
        AotError::Limits(MeterError::Invalid { .. }) => Kind::Input,
        AotError::Unsupported { .. } | AotError::Limits(_) | AotError::Stack { .. } => Kind::Refused,
        _ => Kind::Input,
    };
    Failure::new(kind, error)
}

/// Makes the image of a module again, and compares it byte by byte.
fn compare(wasm: &[u8], path: &Path) -> Outcome<Done> {
    let mut bytes = files::read(path)?;
    if Blob::is_one(&bytes) {
        bytes = Blob::in_file(bytes, path)?.payload().to_vec();
    }
    let info = ImageInfo::of(&bytes)?;
    check_made_of(wasm, &info)?;
    let mut report = Report::new();
    report.add("same", true);
    report.add("length", bytes.len());
    report.add("sha256", hex(&sha256(&bytes)));
    report.add("image_chip", info.chip.name);
    report.add("image_tools", info.image.tools());
    Ok(Done::new(report))
}

/// Makes an image again of its module: each byte has to be the same.
pub(super) fn check_made_of(wasm: &[u8], info: &ImageInfo<'_>) -> Outcome<()> {
    let ImageInfo { image, chip } = info;
    let (expected, found) = (sha256(wasm), image.source());
    if expected != found {
        let message = format!(
            "the image was made of another module: expected SHA-256 {}, found {}",
            hex(&expected),
            hex(&found)
        );
        return Err(Failure::new(Kind::Refused, message));
    }
    let limits = if image.counters().is_some() { Limits::Merged } else { Limits::AsIs };
    let again = translate(wasm, *chip, Some(image.memory()), limits)?;
    let tools = ImageInfo::of(&again)?.image.tools().to_owned();
    if tools != image.tools() {
        let message = format!(
            "the image was made by other tools, so its bytes cannot be compared: expected `{tools}`, found `{}`",
            image.tools()
        );
        return Err(Failure::new(Kind::Refused, message));
    }
    if again != image.bytes() {
        let at = again.iter().zip(image.bytes()).take_while(|(again, found)| again == found).count();
        let message = format!("the image differs from what the module is translated to, from byte {at} on");
        return Err(Failure::new(Kind::Refused, message));
    }
    Ok(())
}
