//! Has the compiler leave frame pointers out. Targets for Cortex-M ask for them, and no option of the compiler takes that back. An
//! attribute of each function does, and LLVM reads attributes from a file.

use std::fmt::Write;

/// What is compiled to see how the compiler mangles names of the crate: the same for all sources.
pub const PROBE: &str =
    "#![no_std]\n#[inline(never)]\npub fn probe(n: &mut u32) -> u32 { *n += 1; core::hint::black_box(*n) }\n";

/// The name of the function in [`PROBE`], as it is mangled behind the name of the crate.
const PROBED: &str = "5probe";

/// The mangled name of the crate, from what the compiler said of the frame of the function in [`PROBE`].
pub fn crate_name(frames: &[(String, u32)]) -> Option<&str> {
    frames.iter().find_map(|(name, _)| name.strip_suffix(PROBED))
}

/// The attributes of all functions of a source, as LLVM's pass `forceattrs` reads them.
pub fn attributes(crate_name: &str, source: &str) -> String {
    let mut text = String::new();
    for name in source.lines().filter_map(function) {
        let _ = writeln!(text, "{crate_name}{}{name},frame-pointer=none", name.len());
    }
    text
}

/// The name of the function that a line begins, except of those that are generic.
fn function(line: &str) -> Option<&str> {
    if line.starts_with([' ', '/']) {
        return None;
    }
    let (_, rest) = line.split_once("fn ")?;
    let name = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()?;
    (!name.is_empty() && rest[name.len()..].starts_with('(')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_a_source_are_named_as_the_compiler_does() {
        let source = "/// Calls fn other(\nunsafe fn f12(i: I) -> u32 {\n    fn inner() {}\nunsafe extern \"C\" fn dispatch(i: I)\n\
                      unsafe fn fill<const A: u32>(i: I)\npub host: unsafe extern \"C\" fn(I)\n";
        let expected = "_RNvCsx_5image3f12,frame-pointer=none\n_RNvCsx_5image8dispatch,frame-pointer=none\n";
        assert_eq!(attributes("_RNvCsx_5image", source), expected);
        let said = [("_RNvCsx_5image5probe".to_owned(), 8)];
        assert_eq!(crate_name(&said), Some("_RNvCsx_5image"));
    }
}
