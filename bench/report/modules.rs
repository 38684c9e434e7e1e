//! Modules of real packages, from the npm registry: how much larger the code is that a compiler makes of them with limits.

use super::figures::Figures;
use super::quantity::quantity;
use crate::project::Project;
use anyhow::{Context, Result};
use std::path::Path;
use xshell::cmd;

/// Each module's name, and where it is in `node_modules`. `bench/npm` has the versions.
const MODULES: [(&str, &str); 10] = [
    ("argon2", "argon2-browser/dist/argon2.wasm"),
    ("brotli", "brotli-wasm/pkg.node/brotli_wasm_bg.wasm"),
    ("harfbuzz", "harfbuzzjs/hb.wasm"),
    ("oniguruma", "vscode-oniguruma/release/onig.wasm"),
    ("png", "@jsquash/png/codec/pkg/squoosh_png_bg.wasm"),
    ("resvg", "@resvg/resvg-wasm/index_bg.wasm"),
    ("source-map", "source-map/lib/mappings.wasm"),
    ("sqlite", "sql.js/dist/sql-wasm.wasm"),
    ("webp", "@jsquash/webp/codec/enc/webp_enc.wasm"),
    ("yoga", "yoga-wasm-web/dist/yoga.wasm"),
];

/// What the case's name has before the module's.
const WORK: &str = "code-";

/// Installs the packages, and puts their modules into a folder of the guests, where the candidate looks for them.
pub fn fetch(project: &Project, guests: &Path) -> Result<()> {
    let sh = &project.shell;
    let place = project.target.join("tools/npm");
    sh.create_dir(&place)?;
    for file in ["package.json", "package-lock.json"] {
        sh.copy_file(project.root.join("bench/npm").join(file), &place)?;
    }
    let _folder = sh.push_dir(&place);
    cmd!(sh, "npm ci --ignore-scripts --no-audit --no-fund --loglevel=error")
        .quiet()
        .ignore_stdout()
        .run()?;
    let to = guests.join("modules");
    sh.create_dir(&to)?;
    for (name, path) in MODULES {
        let from = place.join("node_modules").join(path);
        sh.copy_file(from, to.join(name).with_extension("wasm")).with_context(|| path.to_owned())?;
    }
    Ok(())
}

/// The modules, and their code without limits and with them.
pub fn rows(figures: &Figures) -> Vec<Vec<String>> {
    let header = ["module", "its size", "code without limits", "code with limits", "ratio"];
    let mut rows = vec![header.map(String::from).into()];
    for (name, _) in MODULES {
        let of = |way: &str, what: &str| figures.median(&format!("{way}/{what}{name}"));
        let found = (of("aingle", "bytes-"), of("unmetered", WORK), of("aingle", WORK));
        let (Some(size), Some(without), Some(with)) = found else { continue };
        let sizes = [size, without, with].map(|bytes| quantity(bytes, "bytes"));
        let ratio = format!("{:.2} x", with / without);
        rows.push([name.to_owned()].into_iter().chain(sizes).chain([ratio]).collect());
    }
    rows
}
