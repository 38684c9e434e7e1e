//! Who takes the flash of a firmware.

use crate::project::Project;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use xshell::cmd;

/// What the name of a figure begins with that says what one of them takes.
pub const OF: &str = "flash of ";

/// Crates that take less than this are not told apart.
const LEAST: u64 = 512;

const MODULE: &str = "the guest's module";
pub const C: &str = "C, and symbols without a path";
pub const OTHERS: &str = "others";

/// What each section takes that lies in flash.
pub fn by_section(project: &Project, image: &Path) -> Result<Vec<(String, u64)>> {
    let sections = cmd!(project.shell, "arm-none-eabi-size -A {image}").quiet().read()?;
    let section = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next().filter(|name| [".text", ".rodata", ".data"].contains(name))?;
        Some((name.to_owned(), words.next()?.parse().ok()?))
    };
    Ok(sections.lines().filter_map(section).collect())
}

/// What each crate takes, and the guest's module of this length. Bytes between symbols are nobody's; of a place with
/// several names one counts.
pub fn by_owner(project: &Project, image: &Path, module: u64) -> Result<BTreeMap<String, u64>> {
    let sh = &project.shell;
    let symbols =
        cmd!(sh, "arm-none-eabi-nm --print-size --demangle=rust --defined-only {image}").quiet().read()?;
    let mut owners = BTreeMap::<String, u64>::new();
    let mut places = BTreeSet::new();
    for (owner, bytes) in
        symbols.lines().filter(|line| places.insert(place(line))).filter_map(|line| symbol(line, module))
    {
        *owners.entry(owner).or_default() += bytes;
    }
    let small: Vec<_> = owners.extract_if(.., |_, bytes| *bytes < LEAST).map(|(_, bytes)| bytes).collect();
    owners.insert(OTHERS.into(), small.iter().sum());
    Ok(owners)
}

/// The address of a symbol, and its size.
fn place(line: &str) -> &str {
    line.match_indices(' ').nth(1).map_or(line, |(end, _)| &line[..end])
}

/// The owner of a symbol in flash, and its size.
fn symbol(line: &str, module: u64) -> Option<(String, u64)> {
    let mut words = line.splitn(4, ' ');
    let (_, size, kind, name) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let size = u64::from_str_radix(size, 16).ok()?;
    let in_flash = "tTrRdDwWvV".contains(kind);
    in_flash.then(|| (owner(name, size == module).to_owned(), size))
}

/// The crate of a symbol. C has no crates.
pub fn owner(name: &str, as_long_as_the_module: bool) -> &str {
    let path = name.trim_start_matches(['<', '&', '(', '[', '_']);
    match path.split_once("::") {
        _ if as_long_as_the_module => MODULE,
        None => C,
        // A method of a primitive type has the type where others have their crate.
        Some((owner, _)) if owner.ends_with(['>', ']']) => "core",
        Some((owner, _)) => owner.rsplit(' ').next().unwrap_or(owner),
    }
}

#[cfg(test)]
mod tests {
    use super::{C, MODULE, place, symbol};

    #[test]
    fn symbols_belong_to_crates() {
        let owner = |line| symbol(line, 512);
        let of = |name: &str, bytes| Some((name.to_owned(), bytes));
        assert_eq!(
            owner("00000430 00000010 t <host_core::Guest<E> as core::ops::Drop>::drop"),
            of("host_core", 16)
        );
        assert_eq!(owner("00000430 00000100 T Compile_Block"), of(C, 256));
        assert_eq!(owner("00000430 00000200 r .Lanon.1619a8386b88133116c12c7fcef45dc5.36"), of(MODULE, 512));
        assert_eq!(owner("00000430 00000010 t <char>::is_alphabetic"), of("core", 16));
        assert_eq!(owner("20000000 00000100 B board::HEAP"), None);
        assert_eq!(owner("00000430 T no_size"), None);
        assert_eq!(place("00000430 00000010 t <char>::is_alphabetic"), "00000430 00000010");
    }
}
