//! Native images that are offered to the board: those that it runs, and others, whose module it interprets.

use crate::blobs::{Modules, Signers};
use crate::cases::{Case, End};
use crate::keys::TRIPLE;
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::process::Command;

/// Another processor than the board's.
const OTHER: (&str, &str) = ("thumbv7em-hf", "thumbv7em-none-eabihf");

/// Codes of `Refusal` and of `NotNative`.
const UNSIGNED: u16 = 3;
const PAYLOAD_HASH: u16 = 8;
const NO_ENGINE: u16 = 12;
const NOT_AN_IMAGE: u16 = 33;
const OTHER_MODULE: u16 = 34;
const OTHER_PROCESSOR: u16 = 35;
const TOO_MUCH_MEMORY: u16 = 36;

/// Translates modules by the command line of the SDK.
pub struct Translator<'a> {
    pub program: &'a Path,
    pub modules: &'a Path,
    pub folder: &'a Path,
}

impl Translator<'_> {
    fn image(&self, module: &str, chip: &str, memory: &str) -> Result<Vec<u8>> {
        let file = self.folder.join("module.image");
        let mut command = Command::new(self.program);
        command.arg("native").arg(self.modules.join(module).with_extension("wasm"));
        command.args(["--target", chip, "--memory", memory, "-o"]).arg(&file);
        let output = command.output().context("aingle-wasm does not run")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "aingle-wasm does not translate {module}: {said}");
        Ok(std::fs::read(file)?)
    }
}

/// All offers, in their order. The board runs version 1 with the sequence 7 before them.
pub fn all(modules: &Modules, sign: &Signers, translator: &Translator<'_>) -> Result<Vec<Case>> {
    let Modules { v1, v3, .. } = modules;
    let image = translator.image("v1", TRIPLE, "8KiB")?;
    let other = translator.image("v1", OTHER.0, "8KiB")?;
    let large = translator.image("v1", TRIPLE, "16KiB")?;
    let third = translator.image("v3", TRIPLE, "8KiB")?;
    let traps = translator.image("traps", TRIPLE, "8KiB")?;
    let mut changed = sign.image(&image, v1, 8)?;
    let middle = changed.len() - image.len() / 2;
    changed[middle] ^= 1;
    let mut cases = Vec::new();
    let mut case = |what, blob, end| cases.push(Case { what, blob, end, cut: false });
    case("image of version 1, not signed", sign.unsigned_image(&image, v1, 1)?, End::Refused(UNSIGNED));
    case("one byte of the image changed", changed, End::Refused(PAYLOAD_HASH));
    case("image for another processor", sign.image_for(OTHER.1, &other, v1, 1)?, End::Refused(NO_ENGINE));
    case("the same, said to be for this one", sign.image(&other, v1, 1)?, End::NotNative(OTHER_PROCESSOR));
    case("image with 16 KiB of memory", sign.image(&large, v1, 2)?, End::NotNative(TOO_MUCH_MEMORY));
    case("image of version 3, for version 1", sign.image(&third, v3, 3)?, End::NotNative(OTHER_MODULE));
    case("a module as an image", sign.image(v1, v1, 4)?, End::NotNative(NOT_AN_IMAGE));
    case("image of version 1, signed", sign.image(&image, v1, 5)?, End::RunsNative(1, 7));
    case("version 3, without an image", sign.good(v3, 8)?, End::Runs(3, 8));
    case("image of version 3, signed", sign.image(&third, v3, 6)?, End::RunsNative(3, 8));
    case("a module that traps", sign.good(&modules.traps, 9)?, End::Reverted(Some(1)));
    case("its image", sign.image(&traps, &modules.traps, 7)?, End::NotNative(OTHER_MODULE));
    Ok(cases)
}
