//! The README's snippets are whole files of `examples/quickstart`, which are built and run; the server runs in a test of
//! its own package, and `cargo xtask portable` builds the firmware's for a device. The programs of `docs/how-to` are compiled and run by `examples/how-to`; here is what that leaves.

use aingle_wasm_tests::guest;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[test]
fn every_snippet_is_a_file_that_is_built() {
    let readme = read("README.md");
    let files = ["types/src/lib.rs", "guest/src/lib.rs", "host/src/main.rs", "device/src/lib.rs"];
    assert_eq!(blocks(&readme, "rust"), files.map(|file| read(&format!("examples/quickstart/{file}"))));
}

/// A guest that is a library for hosts warns in every build of firmware, and brings another guest its exports.
#[test]
fn hosts_depend_on_the_types_and_not_on_the_guest() {
    for host in ["examples/quickstart/host", "examples/quickstart/device", "examples/firmware/scenario"] {
        let manifest = read(&format!("{host}/Cargo.toml"));
        assert!(manifest.contains("_types = {"), "{host}");
        assert!(!manifest.contains("drift = ") && !manifest.contains("weather_guest = "), "{host}");
    }
    for guest in ["examples/quickstart/guest", "examples/guest"] {
        assert!(read(&format!("{guest}/Cargo.toml")).contains("crate-type = [\"cdylib\"]"), "{guest}");
    }
}

#[test]
fn the_device_runs_the_guest() {
    let drift = drift_device::drift_now(guest("drift"), &[20.0, 21.0]);
    assert_eq!(drift.map(Result::ok), Ok(Some(1.0)));
}

#[test]
fn the_guest_of_the_how_to_is_the_one_that_its_hosts_run() {
    let page = read("docs/how-to/write-a-guest.md");
    let found = blocks(&page, "rust");
    assert_eq!(found[0], read("examples/how-to/guest/src/lib.rs"));
    assert!(read("examples/how-to/guest/build.rs").ends_with(found[1]));
    let page = read("docs/how-to/http-from-a-guest.md");
    assert_eq!(blocks(&page, "rust")[0], read("examples/how-to/fetcher/src/lib.rs"));
}

/// Pages whose fragments cannot be compiled where the tests run, why, and the folder whose files they are taken from.
const FRAGMENTS: [(&str, &str, &str); 1] =
    [("firmware-from-zero.md", "they are parts of a program for Cortex-M", "examples/firmware")];

#[test]
fn every_fragment_of_a_how_to_is_part_of_a_file_that_is_built() {
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        let name = page.file_name().and_then(|name| name.to_str()).expect("a name");
        let languages = text.lines().filter_map(|line| line.strip_prefix("```rust"));
        assert!(languages.clone().all(|rest| matches!(rest, "" | ",ignore")), "{name}: rust, or rust,ignore");
        let entry = FRAGMENTS.iter().find(|entry| entry.0 == name);
        let fragments: Vec<_> =
            ["rust,ignore", "ld", "toml"].map(|language| blocks(&text, language)).concat();
        let Some((_, _, folder)) = entry else {
            assert!(blocks(&text, "rust,ignore").is_empty(), "{name}: say in FRAGMENTS why");
            continue;
        };
        let files = files(&Path::new(ROOT).join(folder));
        for fragment in fragments {
            assert!(
                files.iter().any(|file| file.contains(fragment)),
                "{name}: in no file of {folder}:\n{fragment}"
            );
        }
    }
}

/// The recipe is the one by which `cargo xtask guest` and `aingle-wasm build` build.
#[test]
fn the_recipe_for_small_guests_has_every_option() {
    let page = read("docs/how-to/small-guests.md");
    let recipe = read("crates/cli/src/recipe.rs");
    let given: Vec<_> =
        recipe.split('"').filter(|text| text.starts_with('-') && !text.contains('{')).collect();
    assert!(given.contains(&"-Oz") && given.contains(&"--disable-lsr"), "{given:?}");
    for option in given {
        assert!(page.contains(option), "{option}");
    }
    let cargo = read("Cargo.toml");
    let profile = cargo.split("[profile.guest]\n").nth(1).and_then(|rest| rest.split("\n\n").next());
    assert!(page.contains(&format!("[profile.guest]\n{}\n```", profile.expect("a profile").trim_end())));
}

/// Every link of the documentation to a file of this repository leads to one.
#[test]
fn links_lead_to_files() {
    let mut texts = vec![PathBuf::from("README.md"), "ARCHITECTURE.md".into(), "CONTRIBUTING.md".into()];
    texts.push("SECURITY.md".into());
    for folder in ["docs", "docs/how-to"] {
        let entries = fs::read_dir(Path::new(ROOT).join(folder)).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        texts.extend(names.map(|name| Path::new(folder).join(name)).filter(|path| has_extension(path, "md")));
    }
    for text in texts {
        let words = fs::read_to_string(Path::new(ROOT).join(&text)).expect("a page");
        let folder = text.parent().unwrap_or(Path::new(""));
        let links = words.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        for link in links.filter(|link| !link.is_empty() && !link.contains(':')) {
            assert!(Path::new(ROOT).join(folder).join(link).exists(), "{}: {link}", text.display());
        }
        let quoted = words.split('`').skip(1).step_by(2);
        for path in quoted.filter(|path| path.starts_with("docs/") && path.ends_with(".md")) {
            assert!(Path::new(ROOT).join(path).exists(), "{}: {path}", text.display());
        }
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The blocks of a page that are marked with a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("\n```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}

fn pages() -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new(ROOT).join("docs/how-to")).expect("a folder");
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

/// The texts of all files of a folder and of the folders in it.
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries
        .filter(|path| !path.ends_with("target"))
        .flat_map(
            |path| if path.is_dir() { files(&path) } else { fs::read_to_string(path).into_iter().collect() },
        )
        .collect()
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}
