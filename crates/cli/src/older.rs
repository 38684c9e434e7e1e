//! The older command line `wrtd`: a program of that name only runs modules, or validates them. `docs/WASI.md` has the
//! options that are spelled anew; those are aliases in `run_args.rs` and `wasi_args.rs`.

use std::ffi::OsString;
use std::path::Path;

/// The name of the older program.
const NAME: &str = "wrtd";

/// The option that asked it to run nothing.
const VALIDATE: &str = "--validate";

/// Returns a command line with the command that an older one means. Another one is returned as it is.
pub fn with_command(mut words: Vec<OsString>) -> Vec<OsString> {
    let is_older =
        words.first().is_some_and(|program| Path::new(program).file_stem().is_some_and(|stem| stem == NAME));
    if !is_older {
        return words;
    }
    // What is behind `--` is the guest's.
    let own = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let validate = words.iter().take(own).position(|word| word == VALIDATE);
    let command = if let Some(at) = validate {
        words.remove(at);
        "validate"
    } else {
        "run"
    };
    words.insert(1, command.into());
    words
}

#[cfg(test)]
mod tests {
    use super::with_command;
    use std::ffi::OsString;

    fn line(text: &str) -> Vec<OsString> {
        text.split(' ').map(Into::into).collect()
    }

    #[test]
    fn an_older_command_line_gets_its_command() {
        for (older, present) in [
            ("wrtd m.wasm --function main", "wrtd run m.wasm --function main"),
            ("/usr/bin/wrtd m.wasm", "/usr/bin/wrtd run m.wasm"),
            ("wrtd m.wasm --validate", "wrtd validate m.wasm"),
            ("wrtd m.wasm -- --validate", "wrtd run m.wasm -- --validate"),
            ("wrtd", "wrtd run"),
            ("aingle-wasm run m.wasm", "aingle-wasm run m.wasm"),
            ("aingle-wasm wrtd", "aingle-wasm wrtd"),
        ] {
            assert_eq!(with_command(line(older)), line(present));
        }
    }
}
