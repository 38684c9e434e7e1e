//! Who is in the race: this project's own program, and one for each peer.

use super::contestant::{Contestant, Program};
use crate::project::Project;
use anyhow::Result;
use std::path::Path;
use xshell::cmd;

/// A system that does what this one does. Each lies in `bench/peers`, with a lock file of its own.
pub struct Peer {
    /// Its folder, and its way's name.
    pub name: &'static str,
    /// Its guest's target, where that is built apart from the program.
    guest_target: Option<&'static str>,
}

/// All of them.
pub const PEERS: [Peer; 4] = [
    Peer { name: "components", guest_target: Some("wasm32-wasip2") },
    Peer { name: "extism", guest_target: Some("wasm32-unknown-unknown") },
    Peer { name: "holochain", guest_target: Some("wasm32-unknown-unknown") },
    Peer { name: "wapc", guest_target: Some("wasm32-unknown-unknown") },
];

/// A peer, or something else, that could not be measured, and why.
pub struct Absent {
    pub name: &'static str,
    pub reason: String,
}

/// Builds and starts all contestants. A peer that cannot be built or started is left out.
pub fn enter(project: &Project, guests: &Path, with_peers: bool) -> Result<(Vec<Contestant>, Vec<Absent>)> {
    let mut field = vec![own(project, guests)?];
    let mut absent = Vec::new();
    for peer in PEERS.iter().filter(|_| with_peers) {
        match enter_peer(project, peer) {
            Ok(contestant) => field.push(contestant),
            Err(error) => {
                eprintln!("without {}: {error:#}", peer.name);
                absent.push(Absent { name: peer.name, reason: format!("{error:#}") });
            }
        }
    }
    Ok((field, absent))
}

fn own(project: &Project, guests: &Path) -> Result<Contestant> {
    let sh = &project.shell;
    eprintln!("building this project's own program");
    cmd!(sh, "cargo build --quiet --profile bench --package aingle_wasm_bench --bin contestant")
        .quiet()
        .run()?;
    let path = project.target.join("release/contestant");
    Contestant::start(Program { path, guests: guests.to_owned() })
}

fn enter_peer(project: &Project, peer: &Peer) -> Result<Contestant> {
    let sh = &project.shell;
    eprintln!("building the peer {}", peer.name);
    let folder = project.root.join("bench/peers").join(peer.name);
    let target = project.target_for("peers").join(peer.name);
    if let Some(guest_target) = peer.guest_target {
        let _dir = sh.push_dir(folder.join("guest"));
        cmd!(sh, "rustup --quiet target add {guest_target}").quiet().ignore_stderr().run()?;
        cmd!(sh, "cargo build --quiet --locked --release --target {guest_target} --target-dir {target}")
            .quiet()
            .run()?;
    }
    let _dir = sh.push_dir(folder.join("host"));
    cmd!(sh, "cargo build --quiet --locked --release --target-dir {target}").quiet().run()?;
    let guests = target.join(peer.guest_target.unwrap_or_default()).join("release");
    Contestant::start(Program { path: target.join("release").join(format!("peer_{}", peer.name)), guests })
}
