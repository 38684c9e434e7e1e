//! The same calls on a Cortex-M3 in QEMU: instructions, which repeat, and memory.

use super::figures::Figures;
use crate::firmware::flash;
use crate::project::Project;
use crate::table::grouped;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use xshell::cmd;

const TARGET: &str = "thumbv7m-none-eabi";
const BOARD: &str = "mps2-an385";
/// Far more than a run takes.
const SECONDS: &str = "120";

/// A way, the firmware's features, and its guest.
type Image = (&'static str, &'static str, &'static str);

const IMAGES: [Image; 5] = [
    ("no-engine", "", "small_guest"),
    ("bare-wasm3", "wasm3,bare", "small_bare_guest"),
    ("wasm3", "wasm3", "small_guest"),
    ("bare-spacewasm", "spacewasm,bare", "small_bare_guest"),
    ("spacewasm", "spacewasm", "small_guest"),
];

/// The rows of the table: the figure's name, and in words.
pub const ROWS: [(&str, &str); 10] = [
    ("echo", "echo of 64 B, instructions"),
    ("trusted", "the same in place, trusted, instructions"),
    ("struct", "a small struct, typed, instructions"),
    ("host-call", "guest calls host with 64 B, instructions"),
    ("flash", "flash"),
    ("module", "of it, the guest's module"),
    ("ram", "RAM: heap and stack at their peaks"),
    ("heap", "of it, heap"),
    ("stack", "of it, stack"),
    ("guest", "of the heap, the guest's memory"),
];

/// The columns.
pub fn ways() -> impl Iterator<Item = &'static str> {
    IMAGES.iter().map(|(way, _, _)| *way)
}

/// Builds and runs every image, and notes what it printed and how large it is.
pub fn measure(project: &Project, guests: &Path, figures: &mut Figures) -> Result<()> {
    for image in IMAGES {
        let guest = guests.join(image.2).with_extension("wasm");
        let elf = build(project, image, &guest).with_context(|| format!("{} does not build", image.0))?;
        let way = image.0;
        let mut note = |what: &str, unit: &str, figure: u64| {
            figures.note(&format!("{way}/{what}"), unit, 0, figure as f64);
        };
        let run = run(project, &elf).with_context(|| format!("{way} does not run"))?;
        run.iter().for_each(|(what, figure)| match what.as_str() {
            "heap" | "stack" | "guest" => note(what, "bytes", *figure),
            _ => note(what, "instructions", *figure),
        });
        let of = |what: &str| run.get(what).copied().unwrap_or_default();
        note("ram", "bytes", of("heap") + of("stack"));
        note("flash", "bytes", flash(project, &elf)?);
        note("module", "bytes", std::fs::metadata(&guest)?.len());
        if way != "no-engine" && !way.starts_with("bare") {
            println!("\nflash of {way} by section and by crate, in bytes:");
            by_section(project, &elf)?
                .iter()
                .for_each(|(name, bytes)| println!("  {name:<26} {:>9}", grouped(*bytes)));
        }
    }
    Ok(())
}

fn build(project: &Project, (way, features, _): Image, guest: &Path) -> Result<PathBuf> {
    let sh = &project.shell;
    let config = project.root.join("examples/firmware/.cargo/config.toml");
    let target_dir = project.target_for("firmware");
    let _dir = sh.push_dir(project.root.join("bench/firmware"));
    let _guest = sh.push_env("GUEST", guest);
    cmd!(sh, "cargo build --quiet --release --config {config} --target {TARGET} --target-dir {target_dir}")
        .args(["--features", features])
        .quiet()
        .run()?;
    let image = target_dir.join(format!("bench-{way}.elf"));
    sh.copy_file(target_dir.join(TARGET).join("release/bench_firmware"), &image)?;
    Ok(image)
}

/// What the firmware says: lines of `figure NAME NUMBER`.
fn run(project: &Project, image: &Path) -> Result<BTreeMap<String, u64>> {
    let sh = &project.shell;
    let output = cmd!(sh, "timeout {SECONDS} qemu-system-arm -M {BOARD} -icount shift=0 -nographic")
        .args(["-monitor", "none", "-serial", "none"])
        .args(["-semihosting-config", "enable=on,target=native", "-kernel"])
        .arg(image)
        .quiet()
        .ignore_status()
        .output()?;
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    ensure!(output.status.success(), "the firmware failed ({}):\n{text}", output.status);
    let figure = |line: &str| {
        let (name, number) = line.strip_prefix("figure ")?.split_once(' ')?;
        Some((name.to_owned(), number.parse().ok()?))
    };
    Ok(text.lines().filter_map(figure).collect())
}

/// What of the flash each section takes, and each crate that takes some.
fn by_section(project: &Project, image: &Path) -> Result<Vec<(String, u64)>> {
    let sh = &project.shell;
    let sections = cmd!(sh, "arm-none-eabi-size -A {image}").quiet().read()?;
    let section = |line: &str| {
        let mut words = line.split_whitespace();
        let name =
            words.next().filter(|name| [".vector_table", ".text", ".rodata", ".data"].contains(name))?;
        Some((name.to_owned(), words.next()?.parse().ok()?))
    };
    let mut rows: Vec<_> = sections.lines().filter_map(section).collect();
    let symbols =
        cmd!(sh, "arm-none-eabi-nm --print-size --demangle=rust --defined-only {image}").quiet().read()?;
    let mut crates = BTreeMap::<String, u64>::new();
    for (owner, bytes) in symbols.lines().filter_map(symbol) {
        *crates.entry(owner).or_default() += bytes;
    }
    let mut crates: Vec<_> = crates.into_iter().filter(|(_, bytes)| *bytes >= 512).collect();
    crates.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    rows.extend(crates);
    Ok(rows)
}

/// The crate that a symbol in flash belongs to, and its size. C has no crates.
fn symbol(line: &str) -> Option<(String, u64)> {
    let mut words = line.splitn(4, ' ');
    let (_, size, kind, name) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let size = u64::from_str_radix(size, 16).ok()?;
    let in_flash = "tTrRdDwWvV".contains(kind);
    let name = name.trim_start_matches(['<', '&', '(', '[', '_']);
    let owner = match name.split_once("::") {
        Some((owner, _)) => owner.rsplit(' ').next().unwrap_or(owner),
        None => "C, and symbols without a path",
    };
    in_flash.then(|| (owner.to_owned(), size))
}

#[cfg(test)]
mod tests {
    use super::symbol;

    #[test]
    fn symbols_belong_to_crates() {
        let owner = |line| symbol(line).map(|(owner, size)| format!("{owner} {size}"));
        assert_eq!(
            owner("00000430 00000010 t <bridge::Guest<E> as core::ops::Drop>::drop").unwrap(),
            "bridge 16"
        );
        assert_eq!(owner("00000430 00000100 T Compile_Block").unwrap(), "C, and symbols without a path 256");
        assert_eq!(owner("20000000 00000100 B board::HEAP"), None);
        assert_eq!(owner("00000430 T no_size"), None);
    }
}
