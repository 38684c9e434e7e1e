//! `build`: builds a package as a guest, small or for servers. `docs/how-to/small-guests.md` has the steps for a small one by hand.

use super::done::Done;
use super::native;
use crate::args::BuildArgs;
use crate::failure::{Failure, Kind, Outcome};
use crate::files::{self, Prepared};
use crate::image_info::ImageInfo;
use crate::module_info::ModuleInfo;
use crate::recipe::{FAST, LLVM, PORTABLE, SERVER, SMALL, TARGET, short_paths};
use crate::report::Report;
use aingle_wasm_aot::Limits;
use aingle_wasm_metering::Meter;
use serde_json::Value;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The profile of guests, under a name of its own.
const PROFILE: [&str; 5] = [
    "profile.aingle-guest.inherits='release'",
    "profile.aingle-guest.lto='fat'",
    "profile.aingle-guest.panic='abort'",
    "profile.aingle-guest.strip=true",
    "profile.aingle-guest.codegen-units=1",
];

/// What would take the place of the options that this command gives the compiler.
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
    let built = build(args)?;
    let mut wasm = if args.no_wasm_opt { files::read_some(&built)? } else { optimise(&built, args)? };
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
    Ok(Done {
        report,
        output_is_standard: standard || files::is_standard(&args.output),
        answer: None,
        status: None,
    })
}

/// Builds the package, and returns where the module is.
fn build(args: &BuildArgs) -> Outcome<PathBuf> {
    let locate = ["locate-project", "--workspace", "--message-format", "plain"];
    let root = ask(args, &locate, |words| Failure::new(Kind::Input, words))?;
    let root = Path::new(&root).parent().unwrap_or(Path::new("."));
    let mut options: Vec<String> = match args.server {
        true => SERVER.iter().map(|(feature, _)| format!("-Ctarget-feature=+{feature}")).collect(),
        false => LLVM.iter().map(|option| format!("-Cllvm-args={option}")).collect(),
    };
    options.extend(short_paths(root));
    let options = options.iter().map(|option| toml(option)).collect::<Vec<_>>().join(",");
    let mut build = cargo(args, &["build", "--lib", "--target", TARGET, "--profile", "aingle-guest"]);
    build.args(["--message-format", "json-render-diagnostics"]);
    for setting in PROFILE {
        build.args(["--config", setting]);
    }
    let level = if args.server { 3 } else { 2 };
    build.args(["--config", &format!("profile.aingle-guest.opt-level={level}")]);
    if args.names {
        build.args(["--config", "profile.aingle-guest.strip='debuginfo'"]);
    }
    build.args(["--config", &format!("target.{TARGET}.rustflags=[{options}]")]);
    if let Some(package) = &args.package {
        build.args(["--package", package]);
    }
    if let Some(features) = &args.features {
        build.args(["--features", features]);
    }
    if args.no_default_features {
        build.arg("--no-default-features");
    }
    // What Cargo has to say goes to standard error, as it comes.
    let output = output(build.stderr(Stdio::inherit()))?;
    if !output.status.success() {
        return Err(Failure::new(Kind::Input, "cargo did not build the package: its messages are above"));
    }
    // Others can be modules too.
    let id = ask(args, &[&["pkgid"], args.package.as_deref().as_slice()].concat(), |words| {
        Failure::new(Kind::Usage, format!("which package to build is not clear: {words}"))
    })?;
    let built = String::from_utf8_lossy(&output.stdout).lines().find_map(|message| module(message, &id));
    built.ok_or_else(|| {
        let message =
            "the package makes no module: its Cargo.toml needs `crate-type = [\"cdylib\"]` under [lib]";
        Failure::new(Kind::Input, message)
    })
}

/// Cargo, with a command for the package's workspace.
fn cargo(args: &BuildArgs, command: &[&str]) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args(command).stdin(Stdio::null());
    if let Some(path) = &args.manifest_path {
        cargo.arg("--manifest-path").arg(path);
    }
    cargo
}

/// Runs Cargo, whose standard output is kept.
fn output(cargo: &mut Command) -> Outcome<Output> {
    cargo.output().map_err(|error| Failure::new(Kind::Io, format!("cannot run cargo: {error}")))
}

/// Asks Cargo, and returns its answer, or the failure that is made of its words.
fn ask(args: &BuildArgs, command: &[&str], failure: impl FnOnce(&str) -> Failure) -> Outcome<String> {
    let output = output(&mut cargo(args, command))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(failure(words.trim().trim_start_matches("error: ")))
}

/// A text as TOML has it between quotation marks.
fn toml(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
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

fn optimise(built: &Path, args: &BuildArgs) -> Outcome<Vec<u8>> {
    let folder = tempfile::tempdir()
        .map_err(|error| Failure::new(Kind::Io, format!("cannot make a temporary folder: {error}")))?;
    let small = folder.path().join("small.wasm");
    let mut command = Command::new("wasm-opt");
    command.args(PORTABLE).args(args.names.then_some("-g"));
    match args.server {
        true => command.args(FAST).args(SERVER.iter().map(|(_, feature)| format!("--enable-{feature}"))),
        false => command.args(SMALL),
    };
    let output = command.arg(built).arg("-o").arg(&small).stdin(Stdio::null()).output();
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
