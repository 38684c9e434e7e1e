//! What the smallest node takes: code, instructions, lines of the shim. `docs/NODE.md` has the figures.

use super::build;
use crate::project::Project;
use crate::table::{self, grouped};
use crate::{firmware, qemu};
use anyhow::{Context, Result, bail};
use std::path::Path;

/// The board of the node.
pub const BOARD: &str = "stm32vldiscovery";
/// Far more than the counts take.
const SECONDS: u64 = 60;

/// The files of the shim, and what they are for.
const SHIM: [(&str, &str); 6] = [
    ("device.rs", "the five functions, and the registers that a guest can reach"),
    ("uart.rs", "`register_read`, `register_write` of USARTs; `interrupt_poll`"),
    ("clock.rs", "`tick`, `interrupt_wait`"),
    ("epochs.rs", "`register_read`, `register_write` of epochs"),
    ("image/raw.rs", "enters the image, and answers its imports"),
    ("raw.rs", "registers, files of the debugger, the paint on the stack"),
];

/// A figure, and what it may be at most.
struct Row {
    what: &'static str,
    found: String,
    at_most: String,
    holds: bool,
}

impl Row {
    fn number(what: &'static str, found: u64, at_most: Option<u64>) -> Self {
        let limit = at_most.map_or("-".into(), grouped);
        Self {
            what,
            found: grouped(found),
            at_most: limit,
            holds: at_most.is_none_or(|limit| found <= limit),
        }
    }

    fn cells(&self) -> Vec<String> {
        let mark = if self.holds { "" } else { "OVER" };
        vec![self.what.into(), self.found.clone(), self.at_most.clone(), mark.into()]
    }
}

/// Prints the figures. Fails if one is over its limit.
pub fn print(project: &Project, image: &Path, firmware: &Path) -> Result<()> {
    let rows = measure(project, image, firmware)?;
    table::print(
        &["the smallest node", "found", "at most", ""],
        &rows.iter().map(Row::cells).collect::<Vec<_>>(),
    );
    println!();
    let lines = SHIM.iter().map(|(file, what)| {
        let path = project.root.join("examples/failsafe/firmware/src").join(file);
        Ok(vec![(*file).to_owned(), lines_of_code(&path)?.to_string(), (*what).to_owned()])
    });
    table::print(&["file of the shim", "lines of code", "what"], &lines.collect::<Result<Vec<_>>>()?);
    let over: Vec<_> = rows.iter().filter(|row| !row.holds).map(|row| row.what).collect();
    if over.is_empty() { Ok(()) } else { bail!("over the limit: {}", over.join("; ")) }
}

fn measure(project: &Project, image: &Path, node: &Path) -> Result<Vec<Row>> {
    let [operations, tasks] = [false, true].map(|with_tasks| code(&build::bare(project, with_tasks)?));
    let (operations, tasks) = (operations?, tasks?);
    let flash = firmware::flash(project, node)?;
    let whole = std::fs::metadata(image)?.len();
    let counts = run(project, "failsafe_counts", "")?;
    let histories = run(project, "failsafe_histories", "histories")?;
    let histories = histories.trim().strip_prefix("histories ").context("no histories")?.parse()?;
    let [mixer, wake, permit] = ["mixer", "wake", "permit"].map(|name| figures(&counts, name));
    let (mixer, wake, permit) = (mixer?, wake?, permit?);
    let times = mixer[0] as f64 / mixer[1] as f64;
    Ok(vec![
        Row::number(
            "code of kernel, executor and primitives, each operation an export, B",
            operations,
            Some(5_600),
        ),
        Row::number("the same with three tasks and no exports, B", tasks, Some(7_100)),
        Row::number("code of the node: that, link and application, B", code(image)?, None),
        Row::number("flash of the firmware, B", flash, Some(127 * 1024)),
        Row::number("flash of the shim, and of what is printed, B", flash - whole, None),
        Row {
            what: "a step of the mixer to the same source compiled natively",
            found: format!("{times:.2}"),
            at_most: "1.30".into(),
            holds: times <= 1.3,
        },
        Row::number("a step of the mixer, instructions", tenth(mixer[0]), None),
        Row::number("a wake-up and its poll, instructions", tenth(wake[0]), Some(150)),
        Row::number("a permit of a semaphore, given and taken, instructions", tenth(permit[0]), None),
        Row::number("histories of the primitives, the same in the image and elsewhere", histories, None),
    ])
}

/// Rounds tenths up.
fn tenth(tenths: u64) -> u64 {
    tenths.div_ceil(10)
}

/// Returns the length of an image's code.
fn code(image: &Path) -> Result<u64> {
    /// Where the header has it, as `docs/NATIVE-IMAGES.md` says.
    const CODE_LEN: usize = 116;
    let bytes = std::fs::read(image)?;
    let word = bytes.get(CODE_LEN..CODE_LEN + 4).and_then(|bytes| bytes.try_into().ok());
    word.map(|word| u32::from_le_bytes(word).into()).context("no image")
}

/// Runs the firmware that counts, or plays histories, with the image of this package, and returns what it printed.
fn run(project: &Project, package: &str, feature: &str) -> Result<String> {
    let _image = project.shell.push_env("COUNTS_IMAGE", build::alike(project, package)?);
    let folder = build::firmware(project, "failsafe_counter", feature)?;
    qemu::run(project, BOARD, &folder.join("failsafe_counter"), SECONDS)
}

/// Returns tenths of instructions in the image and natively.
fn figures(text: &str, name: &str) -> Result<[u64; 2]> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)).with_context(|| text.to_owned())?;
    let mut numbers = line.split_whitespace().map(str::parse);
    let mut next = || numbers.next().context("a number is missing")?.context("no number");
    Ok([next()?, next()?])
}

/// Counts lines that are neither empty nor a comment.
fn lines_of_code(path: &Path) -> Result<usize> {
    let text = std::fs::read_to_string(path).with_context(|| format!("no {}", path.display()))?;
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count())
}
