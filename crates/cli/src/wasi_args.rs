//! The options of `run` for programs of WASI.

use crate::numbers::size;
use aingle_wasm_wasi::{Address, Dir, Grants, Input, Output};
use clap::{Args, ValueEnum};

/// A version of WASI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WasiVersion {
    /// Core modules
    Preview1,
    /// Components of WASI 0.2
    Preview2,
    /// Components of WASI 0.3
    Preview3,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Programs of WASI")]
pub struct WasiArgs {
    /// Run a core module that imports nothing of WASI as a program of preview 1
    #[arg(long)]
    pub wasi: bool,
    /// Refuse what is no component
    #[arg(long)]
    pub component: bool,
    /// Refuse a program of another version
    #[arg(long, value_name = "VERSION", value_enum)]
    pub wasi_version: Option<WasiVersion>,
    #[command(flatten)]
    pub grants: GrantArgs,
    /// An older spelling of an argument behind `--`
    #[arg(long, hide = true, value_name = "ARGUMENT", allow_hyphen_values = true)]
    pub wasi_arg: Vec<String>,
    /// How large the guest's native stack may become
    #[arg(long, env = "AINGLE_WASM_STACK", value_name = "SIZE", default_value = "1MiB", value_parser = size)]
    pub stack: u32,
}

/// The default of `--stack`, in bytes.
const STACK: u32 = 1 << 20;

/// Returns whether a variable is there: an option may have its value from it, and is not always for the module that is run.
#[must_use]
pub fn is_in_environment(name: &str) -> bool {
    std::env::var_os(name).is_some()
}

/// What a program is granted.
#[derive(Debug, Clone, Args)]
pub struct GrantArgs {
    /// Grant a directory, as HOST or under the name GUEST; with `:ro` it can only be read
    #[arg(long = "dir", alias = "wasi-fs", value_name = "HOST[::GUEST][:ro]", value_parser = dir)]
    pub dirs: Vec<Dir>,
    /// Grant an environment variable, with this value or the one that it has here
    #[arg(long, alias = "wasi-env", value_name = "NAME[=VALUE]", value_parser = variable)]
    pub env: Vec<(String, String)>,
    /// Grant an address: HOST:PORT to connect to, listen:HOST:PORT to listen at; `*` is any
    #[arg(long, value_name = "ALLOW")]
    pub net: Vec<Address>,
    /// Grant an interface of components, such as `wasi:filesystem`
    #[arg(long, value_name = "NAME")]
    pub interface: Vec<String>,
    /// Grant only the interfaces that are named
    #[arg(long)]
    pub no_default_interfaces: bool,
}

impl WasiArgs {
    /// Returns the first option that only programs of WASI have.
    #[must_use]
    pub fn given(&self) -> Option<&'static str> {
        let given = [
            (self.wasi, "--wasi"),
            (self.component, "--component"),
            (self.wasi_version.is_some(), "--wasi-version"),
            (!self.wasi_arg.is_empty(), "--wasi-arg"),
            (self.stack != STACK && !is_in_environment("AINGLE_WASM_STACK"), "--stack"),
        ];
        given.into_iter().find_map(|(given, name)| given.then_some(name)).or_else(|| self.grants.given())
    }
}

impl GrantArgs {
    /// Returns the first option that was given.
    #[must_use]
    pub fn given(&self) -> Option<&'static str> {
        let given = [
            (!self.dirs.is_empty(), "--dir"),
            (!self.env.is_empty(), "--env"),
            (!self.net.is_empty(), "--net"),
            (!self.interface.is_empty(), "--interface"),
            (self.no_default_interfaces, "--no-default-interfaces"),
        ];
        given.into_iter().find_map(|(given, name)| given.then_some(name))
    }

    /// Returns the grants of a program with these arguments, the first of which is its name. Its outputs are those of this
    /// process.
    #[must_use]
    pub fn grants(&self, args: Vec<String>, stdin: Input) -> Grants {
        Grants {
            dirs: self.dirs.clone(),
            env: self.env.clone(),
            args,
            net: self.net.clone(),
            interfaces: self.interface.clone(),
            default_interfaces: !self.no_default_interfaces,
            stdin,
            stdout: Output::Inherit,
            stderr: Output::Inherit,
        }
    }
}

/// Reads `HOST`, `HOST::GUEST`, and either with `:ro` behind it.
fn dir(text: &str) -> Result<Dir, String> {
    let (names, read_only) = text.strip_suffix(":ro").map_or((text, false), |names| (names, true));
    let (host, guest) = names.split_once("::").unwrap_or((names, names));
    if host.is_empty() || guest.is_empty() {
        return Err("expected HOST or HOST::GUEST, with `:ro` behind it if it is only read".into());
    }
    Ok(if read_only { Dir::read_only(host, guest) } else { Dir::new(host, guest) })
}

/// Reads `NAME=VALUE`, or takes the value that `NAME` has in this process.
fn variable(text: &str) -> Result<(String, String), String> {
    if let Some((name, value)) = text.split_once('=') {
        return Ok((name.into(), value.into()));
    }
    match std::env::var(text) {
        Ok(value) => Ok((text.into(), value)),
        Err(error) => Err(format!("{error}: set it, or grant `{text}=VALUE`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_have_names_and_ways() {
        assert_eq!(dir("data"), Ok(Dir::new("data", "data")));
        assert_eq!(dir("data:ro"), Ok(Dir::read_only("data", "data")));
        assert_eq!(dir("data::/in"), Ok(Dir::new("data", "/in")));
        assert_eq!(dir("/a:b::/in:ro"), Ok(Dir::read_only("/a:b", "/in")));
        for wrong in ["", "::", "::/in", "data::", ":ro", "data:::ro"] {
            assert!(dir(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn variables_have_values() {
        assert_eq!(variable("A=b=c"), Ok(("A".into(), "b=c".into())));
        assert_eq!(variable("A="), Ok(("A".into(), String::new())));
        assert!(variable("AINGLE_WASM_NOT_SET").is_err());
    }
}
