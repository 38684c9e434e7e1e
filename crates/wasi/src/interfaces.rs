//! The interfaces of WASI 0.2 and 0.3 that are offered, and what each needs.

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

/// Interfaces of one package and version of WASI that are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interface {
    /// The package, such as `wasi:cli`.
    pub package: &'static str,
    /// The minor version of WASI: 2 is 0.2.0 and later ones of 0.2, 3 is 0.3.0 and later ones of 0.3.
    pub minor: u32,
    /// The names of interfaces in it.
    pub names: &'static [&'static str],
    /// What they need.
    pub policy: Policy,
}

/// What both versions of `wasi:cli` have.
const CLI: &[&str] = &[
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
];

/// All interfaces that are offered.
pub const INTERFACES: [Interface; 16] = [
    of("wasi:cli", 2, CLI, Policy::Granted),
    of("wasi:clocks", 2, &["monotonic-clock", "wall-clock"], Policy::Granted),
    of("wasi:io", 2, &["error", "poll", "streams"], Policy::Granted),
    of("wasi:random", 2, &["random", "insecure", "insecure-seed"], Policy::Granted),
    of("wasi:filesystem", 2, &["types", "preopens"], Policy::Dir),
    of(
        "wasi:sockets",
        2,
        &[
            "instance-network",
            "ip-name-lookup",
            "network",
            "tcp",
            "tcp-create-socket",
            "udp",
            "udp-create-socket",
        ],
        Policy::Net,
    ),
    of("wasi:http", 2, &["types"], Policy::Granted),
    of("wasi:http", 2, &["outgoing-handler"], Policy::Net),
    of("wasi:cli", 3, &["types"], Policy::Granted),
    of("wasi:cli", 3, CLI, Policy::Granted),
    of("wasi:clocks", 3, &["types", "monotonic-clock", "system-clock"], Policy::Granted),
    of("wasi:random", 3, &["random", "insecure", "insecure-seed"], Policy::Granted),
    of("wasi:filesystem", 3, &["types", "preopens"], Policy::Dir),
    of("wasi:sockets", 3, &["types", "ip-name-lookup"], Policy::Net),
    of("wasi:http", 3, &["types"], Policy::Granted),
    of("wasi:http", 3, &["client"], Policy::Net),
];

const fn of(package: &'static str, minor: u32, names: &'static [&'static str], policy: Policy) -> Interface {
    Interface { package, minor, names, policy }
}

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
    let all =
        || INTERFACES.iter().filter(|known| known.package == package && known.names.contains(&interface));
    let Some(known) = all().find(|known| is_version(version, known.minor)) else {
        return Some(if all().next().is_some() { Needs::Version } else { Needs::Nothing });
    };
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

/// Returns whether a name is this interface in a version of WASI: `wasi:cli/run@0.2.6` is `wasi:cli/run` of 0.2.
pub fn is_of(name: &str, interface: &str, minor: u32) -> bool {
    name.split_once('@').is_some_and(|(name, version)| name == interface && is_version(version, minor))
}

/// Returns whether a version is 0.`minor` and no release candidate.
fn is_version(version: &str, minor: u32) -> bool {
    let patch = version.strip_prefix("0.").and_then(|rest| rest.split_once('.'));
    patch.is_some_and(|(found, patch)| found.parse() == Ok(minor) && patch.parse::<u32>().is_ok())
}

fn covers(granted: &str, package: &str, interface: &str) -> bool {
    let (granted, only) = split(granted);
    granted == package && only.is_none_or(|only| only == interface)
}

/// Splits a name into package and interface.
fn split(name: &str) -> (&str, Option<&str>) {
    name.split_once('/').map_or((name, None), |(package, interface)| (package, Some(interface)))
}
