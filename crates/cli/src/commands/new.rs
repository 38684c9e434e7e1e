//! `new`: a project with a guest and a host, which builds and passes its test.

use super::done::Done;
use crate::args::NewArgs;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::report::Report;
use std::fs;
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};

/// Each file, and what is in it: `@name@` is the project's name, `@crate@` the same in code.
const FILES: [(&str, &str); 10] = [
    ("Cargo.toml", include_str!("../template/workspace.toml")),
    ("README.md", include_str!("../template/README.md")),
    (".gitignore", "target/\n*.wasm\n"),
    ("guest/Cargo.toml", include_str!("../template/guest.toml")),
    ("guest/build.rs", include_str!("../template/guest_build.rs")),
    ("guest/src/lib.rs", include_str!("../template/guest.rs")),
    ("types/Cargo.toml", include_str!("../template/types.toml")),
    ("types/src/lib.rs", include_str!("../template/types.rs")),
    ("host/Cargo.toml", include_str!("../template/host.toml")),
    ("host/src/main.rs", include_str!("../template/host.rs")),
];

pub(super) fn run(args: &NewArgs) -> Outcome<Done> {
    let name = name(&args.folder)?;
    check_new(&args.folder)?;
    let sdk = args.sdk.as_deref().map(sdk).transpose()?;
    for (path, template) in FILES {
        let text = template
            .replace("@name@", &name)
            .replace("@crate@", &name.replace('-', "_"))
            .replace("@guest@", &dependency(sdk.as_deref(), "guest"))
            .replace("@host@", &dependency(sdk.as_deref(), "host"));
        if let Err(failure) = write(&args.folder.join(path), &text) {
            take_back(&args.folder);
            return Err(failure);
        }
    }
    if sdk.is_none() {
        // Nobody need read it.
        let _ = writeln!(
            stderr(),
            "note: the project takes the SDK's crates from the registry; `--sdk FOLDER` takes them from a copy of its sources"
        );
    }
    let written = FILES.map(|(path, _)| args.folder.join(path).display().to_string());
    let mut report = Report::new();
    report.add("name", name);
    report.add_list("files", written.map(|path| (path.clone(), path.into())).into());
    Ok(Done::new(report))
}

/// Writes a file, in a folder that is made if it is not there.
fn write(path: &Path, text: &str) -> Outcome<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(|error| {
        Failure::new(Kind::Io, format!("cannot make the folder {}: {error}", folder.display()))
    })?;
    files::write(path, text.as_bytes())
}

/// Removes what was written of a project, so that the command can be repeated. The folder was empty before.
fn take_back(folder: &Path) {
    for (path, _) in FILES {
        let path = folder.join(path);
        // Most are not there.
        let _ = fs::remove_file(&path);
        for parent in path.ancestors().skip(1).take_while(|parent| *parent != folder) {
            let _ = fs::remove_dir(parent);
        }
    }
}

/// The project's name: that of its folder, if a package can have it.
fn name(folder: &Path) -> Outcome<String> {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let first = name.chars().next().is_some_and(|letter| letter.is_ascii_lowercase());
    let rest = name
        .chars()
        .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-_".contains(letter));
    if first && rest && name.len() <= 64 {
        return Ok(name);
    }
    let message = format!(
        "`{name}` is no name for packages: expected at most 64 lower-case letters, digits, `-` or `_`, a letter first"
    );
    Err(Failure::new(Kind::Usage, message))
}

/// Refuses a folder that has something in it.
fn check_new(folder: &Path) -> Outcome<()> {
    match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => {
            Err(Failure::new(Kind::Usage, format!("{} is not empty: nothing was written", folder.display())))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::new(Kind::Io, format!("cannot read {}: {error}", folder.display()))),
    }
}

/// The folder of the SDK's sources.
fn sdk(folder: &Path) -> Outcome<PathBuf> {
    if !folder.join("codec/Cargo.toml").is_file() {
        let message = format!("--sdk: {} has not the sources of the SDK", folder.display());
        return Err(Failure::new(Kind::Usage, message));
    }
    fs::canonicalize(folder)
        .map_err(|error| Failure::new(Kind::Io, format!("cannot read {}: {error}", folder.display())))
}

/// Where a crate of the SDK comes from.
fn dependency(sdk: Option<&Path>, folder: &str) -> String {
    match sdk {
        // A text of TOML and one of JSON are alike here.
        Some(sdk) => format!("path = {}", serde_json::Value::from(sdk.join(folder).display().to_string())),
        None => format!("version = \"{}\"", env!("CARGO_PKG_VERSION")),
    }
}
