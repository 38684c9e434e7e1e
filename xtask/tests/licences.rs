//! The licences of what the workspace depends on are those that `deny.toml` permits. cargo-deny, which reads the same file,
//! checks more, and is not installed everywhere.

use serde_json::Value;
use std::process::Command;

/// The texts between quotes in the lists of `deny.toml` that permit licences: of all crates, and of one crate each.
fn permitted(deny: &str) -> (Vec<&str>, Vec<(&str, &str)>) {
    let section = deny.split("[licenses]").nth(1).expect("licences").split("\n[").next().unwrap_or_default();
    let (all, exceptions) = section.split_once("exceptions").expect("exceptions");
    let all = all.split('"').skip(1).step_by(2).collect();
    let exceptions = exceptions.lines().filter(|line| !line.trim_start().starts_with('#'));
    let pairs = exceptions.filter_map(|line| {
        let mut texts = line.split('"').skip(1).step_by(2);
        Some((texts.next()?, texts.next()?))
    });
    (all, pairs.collect())
}

/// Whether an expression has an alternative of which every part is permitted.
fn is_permitted(expression: &str, permits: impl Fn(&str) -> bool) -> bool {
    let plain = expression.replace('/', " OR ").replace(['(', ')'], " ");
    plain.split(" OR ").any(|alternative| alternative.split(" AND ").all(|part| permits(part.trim())))
}

#[test]
fn every_dependency_has_a_permitted_licence() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let deny = std::fs::read_to_string(format!("{root}/deny.toml")).expect("deny.toml");
    let (all, exceptions) = permitted(&deny);
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--manifest-path"])
        .arg(format!("{root}/Cargo.toml"))
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&cargo.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.len() > 100 && all.len() > 3);
    for package in packages {
        let (name, licence) = (package["name"].as_str().expect("a name"), package["license"].as_str());
        let permits = |part: &str| all.contains(&part) || exceptions.contains(&(part, name));
        let fine = licence.is_some_and(|licence| is_permitted(licence, permits));
        assert!(fine, "`{name}` has the licence {licence:?}, which deny.toml does not permit");
    }
}

#[test]
fn an_expression_needs_one_alternative_of_permitted_parts() {
    let permits = |part: &str| ["MIT", "Zlib"].contains(&part);
    assert!(is_permitted("(MIT OR Apache-2.0) AND Zlib", permits) && is_permitted("GPL-3.0/MIT", permits));
    assert!(!is_permitted("MIT AND GPL-3.0", permits) && !is_permitted("GPL-3.0", permits));
}
