//! `build`: builds a package as a small guest. `docs/how-to/small-guests.md` has the same steps by hand.

use super::done::Done;
use super::native;
use crate::args::BuildArgs;
use crate::failure::{Failure, Kind, Outcome};
use crate::files::{self, Prepared};
use crate::image_info::ImageInfo;
use crate::module_info::ModuleInfo;
use crate::report::Report;
use aingle_wasm_aot::Limits;
use aingle_wasm_metering::Meter;
use serde_json::Value;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const TARGET: &str = "wasm32v1-none";

/// The profile of small guests, under a name of its own.
const PROFILE: [&str; 6] = [
    "profile.aingle-guest.inherits='release'",
    "profile.aingle-guest.opt-level=2",
    "profile.aingle-guest.lto='fat'",
    "profile.aingle-guest.panic='abort'",
    "profile.aingle-guest.strip=true",
    "profile.aingle-guest.codegen-units=1",
];

/// Only what is hardly more than a call is inlined, no loop is unrolled, and addresses in loops stay a base and an offset.
const LLVM: [&str; 4] =
    ["--inline-threshold=25", "--unroll-threshold=0", "--unroll-runtime=false", "--disable-lsr"];

/// The module stays portable, and larger functions with one caller stay functions.
const WASM_OPT: [&str; 5] =
    ["--mvp-features", "--enable-mutable-globals", "-Oz", "--one-caller-inline-max-function-size", "30"];

/// What takes the place of `--config` options for the compiler, without a word.
const OVERRIDES: [&str; 4] =
    ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "CARGO_TARGET_WASM32V1_NONE_RUSTFLAGS"];

pub(super) fn run(args: &BuildArgs) -> Outcome<Done> {
    files::check_apart([Some(args.output.as_path()), args.image.as_deref()].into_iter().flatten(), None)?;
    if let Some(name) = OVERRIDES.into_iter().find(|name| env::var_os(name).is_some()) {
        let message = format!(
            "the environment has {name}, which would take the place of the options that make a guest small: unset it, or \
             put its options into .cargo/config.toml under target.{TARGET}.rustflags"
        );
        return Err(Failure::new(Kind::Usage, message));
    }
    let built = cargo(args)?;
    let mut wasm = if args.no_wasm_opt { files::read_some(&built)? } else { optimise(&built)? };
    if args.limits {
        wasm = Meter::default()
            .interruptible()
            .instrument(&wasm)
            .map_err(|error| Failure::new(Kind::Refused, error))?;
    }
    let info = ModuleInfo::of(&wasm)?;
    let mut report = Report::new();
    report.add("output", args.output.display().to_string());
    report.add("length", wasm.len());
    info.report(&mut report);
    let output = Prepared::new(&args.output, &wasm)?;
    if let (Some(chip), Some(path)) = (args.native, &args.image) {
        let image = native::translate(&wasm, chip, args.memory, Limits::Merged)?;
        files::write(path, &image)?;
        native::report_written(path, &image, &mut report);
        ImageInfo::of(&image)?.report_facts(&mut report);
    }
    output.commit()?;
    let standard = args.image.as_deref().is_some_and(files::is_standard);
    Ok(Done { report, output_is_standard: standard || files::is_standard(&args.output) })
}

/// Builds the package, and returns where the module is.
fn cargo(args: &BuildArgs) -> Outcome<PathBuf> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--lib", "--target", TARGET, "--profile", "aingle-guest"]);
    cargo.args(["--message-format", "json-render-diagnostics"]);
    for setting in PROFILE {
        cargo.args(["--config", setting]);
    }
    let mut options: Vec<String> = LLVM.iter().map(|option| format!("-Cllvm-args={option}")).collect();
    options.extend(short_paths(args)?);
    let options = options.iter().map(|option| toml(option)).collect::<Vec<_>>().join(",");
    cargo.args(["--config", &format!("target.{TARGET}.rustflags=[{options}]")]);
    if let Some(package) = &args.package {
        cargo.args(["--package", package]);
    }
    if let Some(path) = &args.manifest_path {
        cargo.arg("--manifest-path").arg(path);
    }
    if let Some(features) = &args.features {
        cargo.args(["--features", features]);
    }
    if args.no_default_features {
        cargo.arg("--no-default-features");
    }
    // What Cargo has to say goes to standard error, as it comes.
    let output = cargo.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| Failure::new(Kind::Io, format!("cannot run cargo: {error}")))?;
    if !output.status.success() {
        return Err(Failure::new(Kind::Input, "cargo did not build the package: its messages are above"));
    }
    let id = package_id(args)?;
    let built = String::from_utf8_lossy(&output.stdout).lines().find_map(|message| module(message, &id));
    built.ok_or_else(|| {
        let message =
            "the package makes no module: its Cargo.toml needs `crate-type = [\"cdylib\"]` under [lib]";
        Failure::new(Kind::Input, message)
    })
}

/// The compiler's options by which panics do not name the folders of this machine, so that others build the same bytes.
fn short_paths(args: &BuildArgs) -> Outcome<Vec<String>> {
    let mut cargo = Command::new("cargo");
    cargo.args(["locate-project", "--workspace", "--message-format", "plain"]);
    if let Some(path) = &args.manifest_path {
        cargo.arg("--manifest-path").arg(path);
    }
    let output = cargo.stdin(Stdio::null()).output();
    let output = output.map_err(|error| Failure::new(Kind::Io, format!("cannot run cargo: {error}")))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::new(Kind::Input, words.trim().trim_start_matches("error: ")));
    }
    let manifest = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let root = Path::new(&manifest).parent().map(Path::to_owned);
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    let registries = home.iter().flat_map(|home| home.join("registry/src").read_dir()).flatten().flatten();
    let registries: Vec<PathBuf> = registries.map(|folder| folder.path()).collect();
    // The last prefix that fits counts.
    let folders = home.into_iter().chain(registries).chain(root);
    Ok(folders.map(|folder| format!("--remap-path-prefix={}=.", folder.display())).collect())
}

/// A text as TOML has it between quotation marks.
fn toml(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Cargo's id of the package that was asked for: others can be modules too.
fn package_id(args: &BuildArgs) -> Outcome<String> {
    let mut cargo = Command::new("cargo");
    cargo.arg("pkgid").args(&args.package);
    if let Some(path) = &args.manifest_path {
        cargo.arg("--manifest-path").arg(path);
    }
    let output = cargo.stdin(Stdio::null()).output();
    let output = output.map_err(|error| Failure::new(Kind::Io, format!("cannot run cargo: {error}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let words = words.trim().trim_start_matches("error: ");
    Err(Failure::new(Kind::Usage, format!("which package to build is not clear: {words}")))
}

/// The module that a message of Cargo's names, if it is about this package.
fn module(message: &str, id: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    if message.get("package_id")?.as_str()? != id {
        return None;
    }
    let files = message.get("filenames")?.as_array()?;
    let mut paths = files.iter().filter_map(|file| Some(PathBuf::from(file.as_str()?)));
    paths.find(|path| path.extension().is_some_and(|extension| extension == "wasm"))
}

fn optimise(built: &Path) -> Outcome<Vec<u8>> {
    let folder = tempfile::tempdir()
        .map_err(|error| Failure::new(Kind::Io, format!("cannot make a temporary folder: {error}")))?;
    let small = folder.path().join("small.wasm");
    let arguments: [OsString; 3] = [built.into(), "-o".into(), small.clone().into()];
    let output = Command::new("wasm-opt").args(WASM_OPT).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| {
        let message = format!(
            "cannot run wasm-opt: {error}. It comes with Binaryen; --no-wasm-opt does without it, and makes a larger module"
        );
        Failure::new(Kind::Io, message)
    })?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::new(Kind::Input, format!("wasm-opt: {}", words.trim())));
    }
    files::read_some(&small)
}
