//! The other end of the UART: offers modules to the firmware, good ones and others, and checks what becomes of them.
//!
//!     ota_station offer FIRMWARE FOLDER_OF_MODULES CUTS [AINGLE_WASM]
//!     ota_station patch FOLDER_OF_MODULES PATCH
//!     ota_station sign MODULE BLOB ANNOUNCEMENT
//!     ota_station blob LENGTH BLOB
//!
//! `CUTS` is how often the power is cut at a random moment of an update, after all offers. `AINGLE_WASM` is the command line, which then
//! sends modules too, and translates native images, which the firmware has to take. With `OTA_VERBOSE` in the environment the first form also prints what the board says. The second form writes the patch
//! from version 2 to version 3, the third a signed module and its announcement to a fleet, and the last a signed blob with a payload of that length.
#![forbid(unsafe_code)]

mod blobs;
mod cases;
mod command_line;
mod cuts;
mod images;
#[path = "../../keys.rs"]
mod keys;
mod link;
mod machine;
#[path = "../../../firmware/qemu.rs"]
mod qemu;
mod table;
mod trial;

use aingle_wasm_delta::make;
use anyhow::{Context, Result, bail};
use blobs::{Modules, Signers};
use std::path::Path;
use std::process::ExitCode;
use trial::Board;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["offer", image, modules, cuts, ref program @ ..] if program.len() < 2 => {
            let cuts = cuts.parse().context("CUTS is a number")?;
            offer(image.as_ref(), modules.as_ref(), cuts, program.first().map(Path::new))
        }
        ["patch", modules, patch] => {
            let Modules { v2, v3, .. } = Modules::read(modules.as_ref())?;
            Ok(std::fs::write(patch, make(&v2, &v3)?)?)
        }
        ["sign", module, blob, announcement] => {
            let module = std::fs::read(module).with_context(|| format!("{module} cannot be read"))?;
            let signers = Signers::new()?;
            let signed = signers.good(&module, 1)?;
            std::fs::write(announcement, signers.announcement(&signed)?)?;
            Ok(std::fs::write(blob, signed)?)
        }
        ["blob", len, blob] => {
            let len: u32 = len.parse().context("LENGTH is a number")?;
            let payload: Vec<u8> = (0..len).map(|at| at as u8).collect();
            Ok(std::fs::write(blob, Signers::new()?.good(&payload, 2)?)?)
        }
        _ => {
            bail!(
                "usage: ota_station offer FIRMWARE MODULES CUTS [AINGLE_WASM], patch MODULES PATCH, sign MODULE BLOB ANNOUNCEMENT, or blob LENGTH BLOB"
            )
        }
    }
}

fn offer(image: &Path, folder_of_modules: &Path, cuts: u32, program: Option<&Path>) -> Result<()> {
    let modules = Modules::read(folder_of_modules)?;
    let folder = qemu::Folder::new("ota-station")?;
    let mut board = Board::new(machine::Files::new(image, folder.path())?, program.is_some())?;
    let mut rows = Vec::new();
    let signers = Signers::new()?;
    let mut offers = cases::all(&modules, &signers)?;
    if let Some(program) = program {
        let translator = images::Translator { program, modules: folder_of_modules, folder: folder.path() };
        offers.extend(images::all(&modules, &signers, &translator)?);
    }
    for case in offers {
        let row = board.offer(&case);
        let row = row.with_context(|| format!("`{}` did not end as it should", case.what));
        if row.is_err() {
            table::print(&rows);
        }
        rows.push(row?);
    }
    if let Some(program) = program {
        let sent = command_line::offer(&mut board, program, folder_of_modules, folder.path(), COMMAND_LINE);
        if sent.is_err() {
            table::print(&rows);
        }
        rows.extend(sent.context("`aingle-wasm` did not do what it should")?);
    }
    table::print(&rows);
    println!("\n{} offers, and each ended as it should, for the same reason on both sides.", rows.len());
    if cuts > 0 {
        cut_power(&mut board, &modules, &signers, cuts)?;
    }
    println!("stack {}\nheap {}", board.stack, board.heap);
    Ok(())
}

fn cut_power(board: &mut Board, modules: &Modules, signers: &Signers, count: u32) -> Result<()> {
    let cuts::Counts { anew, resumed, new } = cuts::run(board, modules, signers, FIRST, count, SEED)?;
    println!(
        "{count} cuts of the power at random moments of updates: after {new} the new module ran, after {} the one before; of \
         these, {resumed} went on with the rest of the new one, and {anew} began again. In the end the new one ran, each time.",
        anew + resumed
    );
    Ok(())
}

/// The sequence of the module that the command line sends: more than any case has.
const COMMAND_LINE: u32 = 50;
/// The first sequence of the updates with cuts: still more.
const FIRST: u32 = 100;
/// Decides the moments.
const SEED: u64 = 12;
