//! What modules over the air cost a firmware, in flash and in RAM, and how long a patch is; `docs/BUDGETS.md` has the figures.

use crate::project::Project;
use crate::table::{self, grouped};
use crate::{firmware, ota, qemu, setup};
use anyhow::{Context, Result, bail};
use std::path::Path;

/// Far more than the firmware takes.
const SECONDS: u64 = 60;
/// The heap of the firmware: `HEAP` in its `board.rs`.
const HEAP: u64 = 64 * 1024;

/// How long the payload is that is verified.
const BLOB: u32 = 64 * 1024;
/// The feature of `ota_verify` by which the manifest verifies with libraries.
const LIBRARIES: &str = "libraries";

/// A figure, and what it may be at most.
struct Row {
    what: &'static str,
    found: u64,
    at_most: Option<u64>,
}

impl Row {
    fn kept(&self) -> bool {
        self.at_most.is_none_or(|at_most| self.found <= at_most)
    }

    fn cells(&self) -> Vec<String> {
        let at_most = self.at_most.map_or("-".into(), grouped);
        let kept = if self.kept() { "" } else { "over" };
        vec![self.what.to_owned(), grouped(self.found), at_most, kept.to_owned()]
    }
}

/// Measures, prints, and writes the document, except with `check`. Fails if a budget is not kept.
pub fn run(project: &Project, check: bool) -> Result<()> {
    setup::check_firmware(project)?;
    let rows = measure(project)?;
    let header = ["bytes on a Cortex-M3, if not said otherwise", "found", "at most", ""];
    table::print(&header, &rows.iter().map(Row::cells).collect::<Vec<_>>());
    let over: Vec<&str> = rows.iter().filter(|row| !row.kept()).map(|row| row.what).collect();
    if !check {
        project.shell.write_file(project.root.join("docs/BUDGETS.md"), document(&rows))?;
    }
    if over.is_empty() { Ok(()) } else { bail!("over the budget: {}", over.join("; ")) }
}

/// A firmware, as it was measured.
struct Image {
    flash: u64,
    /// Variables without the heap, and the stack at its peak.
    ram: u64,
}

fn measure(project: &Project) -> Result<Vec<Row>> {
    let alone = |elf: &Path| qemu::run(project, qemu::MPS2, elf, SECONDS);
    let modules = ota::modules(project)?;
    let elf = ota::firmware(project, ota::WITHOUT, &modules)?;
    let mut without = image(project, &elf, &alone(&elf)?)?;
    // With updates, the module is not in the firmware.
    without.flash -= length(&modules.join("v1.wasm"))?;
    let elf = ota::firmware(project, ota::WHOLE, &modules)?;
    let mut whole = image(project, &elf, &alone(&elf)?)?;
    whole.flash -= length(&modules.join("v1.smny"))?;
    let elf = ota::firmware(project, ota::FLEET, &modules)?;
    let mut fleet = image(project, &elf, &alone(&elf)?)?;
    fleet.flash -= length(&modules.join("v1.smny"))? + length(&modules.join("v1.announcement"))?;
    let elf = ota::firmware(project, ota::ALL, &modules)?;
    let all = image(project, &elf, &ota::station(project, &elf, &modules, 0, None)?)?;
    let patch = length(&ota::patch(project, &modules)?)?;
    let module = length(&modules.join("v3.wasm"))?;
    let blob = ota::blob(project, BLOB)?;
    let count = |features, name| figure(&alone(&ota::verifier(project, features, &blob)?)?, name);
    let (small, manifest, libraries) =
        (count("", "manifest ")?, count(LIBRARIES, "manifest ")?, count(LIBRARIES, "libraries ")?);
    let row = |what: &'static str, found, at_most| Row { what, found, at_most };
    Ok(vec![
        row("flash without updates, without the module", without.flash, None),
        row(
            "flash of manifest, verification, slots and boot state",
            added(whole.flash, without.flash),
            Some(28 * 1024),
        ),
        row("flash of deltas and of the protocol of the UART", added(all.flash, whole.flash), None),
        row("flash of a fleet's client", added(fleet.flash, whole.flash), Some(6 * 1024)),
        row("RAM of a fleet's client", added(fleet.ram, whole.ram), None),
        row("RAM without updates", without.ram, None),
        row("RAM of updates", added(whole.ram.max(all.ram), without.ram), Some(3 * 1024)),
        row("a module", module, None),
        row("the patch for a change of one of its functions", patch, Some(module / 10)),
        row("verifying 64 KB by libraries alone, instructions", libraries, None),
        row("by the manifest with these libraries, instructions", manifest, Some(libraries * 115 / 100)),
        row("by the manifest with its own arithmetic, instructions", small, Some(libraries * 115 / 100)),
    ])
}

fn added(with: u64, without: u64) -> u64 {
    with.saturating_sub(without)
}

/// What a firmware takes that printed this.
fn image(project: &Project, elf: &Path, text: &str) -> Result<Image> {
    let ram = firmware::variables(project, elf)?.saturating_sub(HEAP) + figure(text, "stack ")?;
    Ok(Image { flash: firmware::flash(project, elf)?, ram })
}

/// The number behind this word at the beginning of a line, the highest if there are several.
fn figure(text: &str, name: &str) -> Result<u64> {
    let found = text.lines().filter_map(|line| line.strip_prefix(name)?.trim().parse().ok()).max();
    found.with_context(|| format!("no `{name}` in:\n{text}"))
}

fn length(path: &Path) -> Result<u64> {
    Ok(std::fs::metadata(path).with_context(|| format!("no {}", path.display()))?.len())
}

fn document(rows: &[Row]) -> String {
    let mut text = String::from(HEAD);
    for row in rows {
        text.push_str(&format!("| {} |\n", row.cells().join(" | ")));
    }
    text
}

const HEAD: &str = "\
# Budgets of modules over the air

`cargo xtask budgets` measures these figures, compares them with what they may be at most, and writes this page. It builds the firmware of
`examples/ota` four times, for a Cortex-M3 with wasm3, and QEMU runs each:

- It runs a module that is built into it. That is the firmware without updates.
- It takes a signed module into a slot of its flash, restarts, tries it and confirms it: manifest, verification, slots and boot state. The
  module comes from the image, as from any transport.
- It takes the same module as a device of a fleet does: announced to its group by an operator, in chunks. The messages come from the image, the
  MQTT client is not counted.
- It takes modules and deltas over its UART by the SDK's protocol.

No module is counted. Signatures and hashes are the manifest's own, which need less of both memories than libraries do. RAM is that of
variables, without the heap, and of the stack at its peak. Instructions are those that QEMU counts while a blob is verified.

| bytes, if not said otherwise | found | at most | |
|---|---|---|---|
";
