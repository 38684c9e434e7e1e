//! The interfaces of WASI 0.2 that are offered, and what each needs.

use crate::grants::Grants;
use crate::missing::{Missing, Needs};

/// What an interface needs before a component may import it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Policy {
    /// Nothing: it reaches only what is granted otherwise, such as variables, arguments and streams.
    Granted,
    /// A directory.
    Dir,
    /// An address.
    Net,
}

/// Interface of WASI 0.2 that is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interface {
    /// The package, such as `wasi:cli`.
    pub package: &'static str,
    /// The names of interfaces in it.
    pub names: &'static [&'static str],
    /// What they need.
    pub policy: Policy,
}

/// All interfaces that are offered, in versions 0.2.0 and later ones of 0.2.
pub const INTERFACES: [Interface; 6] = [
    Interface {
        package: "wasi:cli",
        names: &[
            "environment",
            "exit",
            "stdin",
            "stdout",
            "stderr",
            "terminal-input",
            "terminal-output",
            "terminal-stdin",
            "terminal-stdout",
            "terminal-stderr",
        ],
        policy: Policy::Granted,
    },
    Interface { package: "wasi:clocks", names: &["monotonic-clock", "wall-clock"], policy: Policy::Granted },
    Interface { package: "wasi:io", names: &["error", "poll", "streams"], policy: Policy::Granted },
    Interface {
        package: "wasi:random",
        names: &["random", "insecure", "insecure-seed"],
        policy: Policy::Granted,
    },
    Interface { package: "wasi:filesystem", names: &["types", "preopens"], policy: Policy::Dir },
    Interface {
        package: "wasi:sockets",
        names: &[
            "instance-network",
            "ip-name-lookup",
            "network",
            "tcp",
            "tcp-create-socket",
            "udp",
            "udp-create-socket",
        ],
        policy: Policy::Net,
    },
];

/// Returns whether an interface, or a package, of this name is offered: `wasi:cli` or `wasi:cli/stdin`.
pub fn is_known(name: &str) -> bool {
    let (package, interface) = split(name);
    let mut found = INTERFACES.iter().filter(|known| known.package == package);
    found.any(|known| interface.is_none_or(|interface| known.names.contains(&interface)))
}

/// Returns the missing import if a component's import of this name is not granted.
pub fn check(import: &str, grants: &Grants) -> Option<Missing> {
    let (name, version) = import.split_once('@').unwrap_or((import, ""));
    let needs = match name.split_once('/') {
        Some((package, interface)) => needs(package, interface, version, grants),
        None => Some(Needs::Nothing),
    };
    needs.map(|needs| Missing { name: import.into(), needs })
}

fn needs(package: &str, interface: &str, version: &str, grants: &Grants) -> Option<Needs> {
    let mut known = INTERFACES.iter().filter(|known| known.package == package);
    let Some(known) = known.find(|known| known.names.contains(&interface)) else {
        return Some(Needs::Nothing);
    };
    if !is_offered(version) {
        return Some(Needs::Version);
    }
    if grants.interfaces.iter().any(|granted| covers(granted, package, interface)) {
        return None;
    }
    match known.policy {
        Policy::Granted if grants.default_interfaces => None,
        Policy::Granted => Some(Needs::Interface(package.into())),
        Policy::Dir if grants.dirs.is_empty() => Some(Needs::Dir(package.into())),
        Policy::Net if grants.net.is_empty() => Some(Needs::Net(package.into())),
        Policy::Dir | Policy::Net => None,
    }
}

/// Returns whether a version is 0.2 and no release candidate.
fn is_offered(version: &str) -> bool {
    version.strip_prefix("0.2.").is_some_and(|patch| patch.parse::<u32>().is_ok())
}

fn covers(granted: &str, package: &str, interface: &str) -> bool {
    let (granted, only) = split(granted);
    granted == package && only.is_none_or(|only| only == interface)
}

/// Splits a name into package and interface.
fn split(name: &str) -> (&str, Option<&str>) {
    name.split_once('/').map_or((name, None), |(package, interface)| (package, Some(interface)))
}
