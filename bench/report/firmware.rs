//! The same calls on a Cortex-M3 in QEMU: instructions, which repeat, and memory.

use super::figures::Figures;
use super::guests::{
    IMAGE, KERNELS, KERNELS_LIMITED, NATIVE, NATIVE_LIMITED, NATIVE_PAGE, SMALL, SMALL_LIMITED,
};
use super::{flash, traced};
use crate::project::Project;
use crate::qemu;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use xshell::cmd;

const TARGET: &str = "thumbv7m-none-eabi";
/// At level "z", hardly anything is inlined. With a little more of it, calls take fewer instructions and the firmware less flash.
const FEWER_CALLS: &str = "-Cllvm-args=--inline-threshold=25";
/// With a native image, a little more takes less stack, too.
const FEWER_CALLS_NATIVE: &str = "-Cllvm-args=--inline-threshold=42";
/// Far more than a run takes.
const SECONDS: u64 = 120;

/// A firmware.
#[derive(Clone, Copy)]
struct Image {
    way: &'static str,
    /// The firmware's features.
    features: &'static str,
    guest: &'static str,
    /// What the names of its figures begin with, where the way has another image.
    of: &'static str,
}

/// The firmware beneath, without a guest.
const NO_ENGINE: &str = "no-engine";

const IMAGES: [Image; 13] = [
    image(NO_ENGINE, "", SMALL),
    image("bare-wasm3", "wasm3,bare", "small_bare_guest"),
    image("wasm3", "wasm3", SMALL),
    with_limits("wasm3", "wasm3,limits,explain"),
    image("bare-spacewasm", "spacewasm,bare", "small_bare_guest"),
    image("spacewasm", "spacewasm", SMALL),
    with_limits("spacewasm", "spacewasm,limits,explain"),
    image("wasmi", "wasmi", SMALL),
    with_limits("wasmi", "wasmi,limits,explain"),
    image("native", "native", NATIVE),
    Image { guest: NATIVE_LIMITED, ..with_limits("native", "native,limits,explain") },
    kernels("wasm3", "wasm3,kernels,explain"),
    kernels("native", "native,kernels,explain"),
];

/// The computations of `bench/firmware`, and in words.
pub const COMPUTATIONS: [(&str, &str); 3] =
    [("fib", "fib(20)"), ("sieve", "sieve up to 4000"), ("sha256", "SHA-256 of 1 KiB")];

/// What the names of their figures begin with.
pub const KERNELS_OF: &str = "kernels-";

impl Image {
    /// Whether it makes the SDK's calls, of a guest without limits.
    fn has_calls(&self) -> bool {
        !self.features.is_empty() && !["bare", "limits", "kernels"].iter().any(|other| self.has(other))
    }

    fn has(&self, feature: &str) -> bool {
        self.features.split(',').any(|one| one == feature)
    }
}

const fn image(way: &'static str, features: &'static str, guest: &'static str) -> Image {
    Image { way, features, guest, of: "" }
}

/// The way's image whose guest carries limits. It says in words why a guest does not run.
const fn with_limits(way: &'static str, features: &'static str) -> Image {
    Image { way, features, guest: SMALL_LIMITED, of: "limits-" }
}

/// The way's image whose guest is computations.
const fn kernels(way: &'static str, features: &'static str) -> Image {
    Image { way, features, guest: KERNELS, of: KERNELS_OF }
}

/// The rows of the table: the figure's name, and in words.
pub const ROWS: [(&str, &str); 20] = [
    ("echo", "echo of 64 B, instructions"),
    ("limits-echo", "the same with limits, instructions"),
    ("limits-fuel", "its fuel, as on a server"),
    ("trusted", "the same in place, trusted, without limits, instructions"),
    ("struct", "a small struct, typed, instructions"),
    ("host-call", "guest calls host with 64 B, instructions"),
    ("flash", "flash"),
    (".text", "of it, code (.text)"),
    (".rodata", "of it, constants (.rodata), with the guest's module"),
    (".data", "of it, initial values (.data)"),
    ("module", "the guest's module"),
    ("ram", "RAM: heap and stack at their peaks"),
    ("heap", "of it, heap"),
    ("heap-loaded", "of the heap, when the guest is loaded"),
    ("heap-echo", "of the heap, after echoes"),
    ("heap-struct", "of the heap, after typed calls too"),
    ("heap-host-call", "of the heap, after calls of the host too"),
    ("stack", "of it, stack"),
    ("guest", "of the heap, the guest's memory"),
    ("limits-ram", "RAM with limits: the default depth, and a page of 64 KiB for the guest"),
];

/// The columns.
pub fn ways() -> impl Iterator<Item = &'static str> {
    IMAGES.iter().filter(|image| image.of.is_empty()).map(|image| image.way)
}

/// Builds and runs the images of the ways that are wanted, and notes what they printed and how large they are.
pub fn measure(
    project: &Project,
    guests: &Path,
    wanted: impl Fn(&str) -> bool,
    figures: &mut Figures,
) -> Result<()> {
    for image in IMAGES.into_iter().filter(|image| wanted(image.way)) {
        let Image { way, of: prefix, .. } = image;
        let native = image.has("native");
        let module = |name: &str| guests.join(name).with_extension(if native { IMAGE } else { "wasm" });
        let guest = module(image.guest);
        let others = [module(if native { NATIVE_PAGE } else { SMALL }), module(KERNELS_LIMITED)];
        let built = |name: &str, features: &str| {
            let elf = build(project, name, features, &guest, &others);
            elf.with_context(|| format!("{name} does not build"))
        };
        let elf = built(&format!("{prefix}{way}"), image.features)?;
        let mut note = |what: &str, unit: &str, figure: u64| {
            figures.note(&format!("{way}/{prefix}{what}"), unit, 0, figure as f64);
        };
        let run = run(project, &elf).with_context(|| format!("{prefix}{way} does not run"))?;
        run.iter().for_each(|(what, figure)| match what.as_str() {
            "stack" | "guest" => note(what, "bytes", *figure),
            _ if what.starts_with("heap") => note(what, "bytes", *figure),
            "fuel" | "out-of-fuel" => note(what, "fuel", *figure),
            _ => note(what, "instructions", *figure),
        });
        let of = |what: &str| run.get(what).copied().unwrap_or_default();
        note("ram", "bytes", of("heap") + of("stack"));
        let module = std::fs::metadata(&guest)?.len();
        note("flash", "bytes", crate::firmware::flash(project, &elf)?);
        for (section, bytes) in flash::by_section(project, &elf)? {
            note(&section, "bytes", bytes);
        }
        if way != NO_ENGINE {
            note("module", "bytes", module);
        }
        for (owner, bytes) in flash::by_owner(project, &elf, module)? {
            note(&format!("{}{owner}", flash::OF), "bytes", bytes);
        }
        if image.has_calls() {
            for (owner, count) in traced::echo(project, &elf)? {
                note(&format!("{}{owner}", traced::OF), "instructions", count);
            }
        }
    }
    Ok(())
}

fn build(
    project: &Project,
    name: &str,
    features: &str,
    guest: &Path,
    [without_limits, with_limits]: &[PathBuf; 2],
) -> Result<PathBuf> {
    let sh = &project.shell;
    let config = project.root.join("examples/firmware/.cargo/config.toml");
    let target_dir = project.target_for("firmware");
    let _dir = sh.push_dir(project.root.join("bench/firmware"));
    let mut flags = project.short_paths();
    // spacewasm validates on the stack, where what is inlined has its frame all the time.
    if !features.contains("spacewasm") {
        flags.push(if features.contains("native") { FEWER_CALLS_NATIVE } else { FEWER_CALLS }.into());
    }
    let _rustflags = sh.push_env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    let _guest = sh.push_env("GUEST", guest);
    let _without_limits = sh.push_env("GUEST_WITHOUT_LIMITS", without_limits);
    let _with_limits = sh.push_env("GUEST_WITH_LIMITS", with_limits);
    // Kernels are compared with images, which are compiled at this level.
    let level = if features.contains("kernels") { "s" } else { "z" };
    let _level = sh.push_env("CARGO_PROFILE_RELEASE_OPT_LEVEL", level);
    cmd!(sh, "cargo build --quiet --release --config {config} --target {TARGET} --target-dir {target_dir}")
        .args(["--features", features])
        .quiet()
        .run()?;
    let image = target_dir.join(format!("bench-{name}.elf"));
    sh.copy_file(target_dir.join(TARGET).join("release/bench_firmware"), &image)?;
    Ok(image)
}

/// What the firmware says: lines of `figure NAME NUMBER`.
fn run(project: &Project, image: &Path) -> Result<BTreeMap<String, u64>> {
    let text = qemu::run(project, qemu::MPS2, image, SECONDS)?;
    let figure = |line: &str| {
        let (name, number) = line.strip_prefix("figure ")?.split_once(' ')?;
        Some((name.to_owned(), number.parse().ok()?))
    };
    Ok(text.lines().filter_map(figure).collect())
}
