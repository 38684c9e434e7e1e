//! Who is in the race: this project's own program, and one for each peer.

use super::candidate::{Candidate, Program};
use crate::project::Project;
use anyhow::Result;
use std::path::Path;
use xshell::cmd;

/// Systems that do what this one does. Each lies in `bench/peers`, a guest and a host with lock files of their own; the
/// names are those of its folder and of its way.
pub const PEERS: [&str; 4] = ["components", "extism", "holochain", "wapc"];

/// What their guests are built for.
const PEER_TARGET: &str = "wasm32-unknown-unknown";

/// A peer, or something else, that could not be measured, and why.
pub struct Absent {
    pub name: &'static str,
    pub reason: String,
}

/// Builds and starts all candidates. A peer that cannot be built or started is left out.
pub fn enter(
    project: &Project,
    guests: &Path,
    wanted: impl Fn(&str) -> bool,
) -> Result<(Vec<Candidate>, Vec<Absent>)> {
    let mut participants = vec![Candidate::start(own_program(project, guests)?)?];
    let mut absent = Vec::new();
    for peer in PEERS {
        if !wanted(peer) {
            absent.push(Absent { name: peer, reason: "left out of this run".into() });
            continue;
        }
        match enter_peer(project, peer) {
            Ok(candidate) => participants.push(candidate),
            Err(error) => {
                eprintln!("without {peer}: {error:#}");
                absent.push(Absent { name: peer, reason: format!("{error:#}") });
            }
        }
    }
    Ok((participants, absent))
}

/// Builds this project's own program.
pub fn own_program(project: &Project, guests: &Path) -> Result<Program> {
    let sh = &project.shell;
    eprintln!("building this project's own program");
    cmd!(sh, "cargo build --quiet --profile bench --package aingle_wasm_bench --bin candidate")
        .quiet()
        .run()?;
    Ok(Program { path: project.target.join("release/candidate"), guests: guests.to_owned() })
}

fn enter_peer(project: &Project, peer: &str) -> Result<Candidate> {
    let sh = &project.shell;
    eprintln!("building the peer {peer}");
    let folder = project.root.join("bench/peers").join(peer);
    let target = project.target_for("peers").join(peer);
    cmd!(sh, "rustup --quiet target add {PEER_TARGET}").quiet().ignore_stderr().run()?;
    for (part, for_target) in [("guest", Some(PEER_TARGET)), ("host", None)] {
        let _dir = sh.push_dir(folder.join(part));
        cmd!(sh, "cargo build --quiet --locked --release --target-dir {target}")
            .args(for_target.map(|name| ["--target", name]).into_iter().flatten())
            .quiet()
            .run()?;
    }
    let guests = target.join(PEER_TARGET).join("release");
    Candidate::start(Program { path: target.join("release").join(format!("peer_{peer}")), guests })
}
