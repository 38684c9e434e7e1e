//! Collects the Rust programs of `docs/how-to` and of the crates' READMEs, each as a module of its own.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The crates that are published.
const CRATES: [&str; 9] = [
    "types",
    "codec",
    "guest",
    "guest-macros",
    "host",
    "host-embedded",
    "crates/module",
    "crates/host-core",
    "crates/metering",
];

fn main() {
    let pages = Path::new(ROOT).join("docs/how-to");
    println!("cargo::rerun-if-changed={}", pages.display());
    let mut pages: Vec<PathBuf> = fs::read_dir(pages).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    let mut source = String::new();
    for page in pages {
        let name = page.file_stem().unwrap().to_str().unwrap();
        source += &programs(&name.replace('-', "_"), &page);
    }
    for name in CRATES {
        let page = Path::new(ROOT).join(name).join("README.md");
        println!("cargo::rerun-if-changed={}", page.display());
        source += &programs(&format!("readme_{}", name.replace(['-', '/'], "_")), &page);
    }
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap()).join("pages.rs"), source).unwrap();
}

/// The programs of a page. One with a `main` is run by a test.
fn programs(name: &str, page: &Path) -> String {
    let text = fs::read_to_string(page).unwrap();
    let blocks = text.split("\n```rust\n").skip(1).map(|rest| rest.split("\n```\n").next().unwrap());
    let mut source = String::new();
    for (number, block) in (1..).zip(blocks) {
        writeln!(source, "mod {name}_{number} {{\n{block}").unwrap();
        if block.contains("\nfn main()") {
            source.push_str("#[test]\nfn the_program_runs() {\n    super::run(main);\n}\n");
        }
        source.push_str("}\n");
    }
    source
}
