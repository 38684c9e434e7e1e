//! The grants as what Wasmtime's WASI works on.

use crate::error::{Error, ErrorKind};
use crate::grants::{Dir, Grants};
use crate::interfaces::is_known;
use crate::limits::Limits;
use crate::streams::{set_outputs, set_stdin};
use std::collections::HashMap;
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

/// Opens what is granted. Blocks on the file system.
pub fn build(grants: &Grants, limits: &Limits) -> Result<WasiCtxBuilder, Error> {
    check_interfaces(grants)?;
    let mut builder = WasiCtxBuilder::new();
    add_arguments(&mut builder, grants)?;
    add_variables(&mut builder, grants)?;
    add_dirs(&mut builder, &grants.dirs)?;
    crate::sockets::add(&mut builder, &grants.net);
    set_stdin(&mut builder, &grants.stdin);
    set_outputs(&mut builder, &grants.stdout, &grants.stderr);
    builder.max_random_size(limits.random);
    Ok(builder)
}

fn check_interfaces(grants: &Grants) -> Result<(), Error> {
    match grants.interfaces.iter().find(|name| !is_known(name)) {
        Some(unknown) => Err(Error::grant(unknown, "there is no such interface here")),
        None => Ok(()),
    }
}

fn add_arguments(builder: &mut WasiCtxBuilder, grants: &Grants) -> Result<(), Error> {
    for argument in &grants.args {
        if argument.contains('\0') {
            return Err(Error::grant(argument, "an argument has no zero byte"));
        }
        builder.arg(argument);
    }
    Ok(())
}

fn add_variables(builder: &mut WasiCtxBuilder, grants: &Grants) -> Result<(), Error> {
    let mut seen = HashMap::new();
    for (name, value) in &grants.env {
        let reason = match name {
            name if name.is_empty() => "a variable has a name",
            name if name.contains('=') => "the name of a variable has no `=`",
            name if name.contains('\0') || value.contains('\0') => "a variable has no zero byte",
            name if seen.insert(name, value).is_some() => "the variable is there twice",
            _ => {
                builder.env(name, value);
                continue;
            }
        };
        return Err(Error::grant(name, reason));
    }
    Ok(())
}

fn add_dirs(builder: &mut WasiCtxBuilder, dirs: &[Dir]) -> Result<(), Error> {
    let mut seen = HashMap::new();
    for dir in dirs {
        if dir.guest.is_empty() || dir.guest.contains('\0') {
            return Err(Error::grant(&dir.guest, "a directory has a name, without a zero byte"));
        }
        if let Some(other) = seen.insert(normal(&dir.guest), &dir.guest) {
            return Err(Error::grant(&dir.guest, format!("the guest finds `{other}` by the same name")));
        }
        let perms = if dir.read_only { FsPerms::ReadOnly } else { FsPerms::ReadWrite };
        let opened = builder.preopened_dir(&dir.host, &dir.guest, perms).map(|_| ());
        opened.map_err(|error| ErrorKind::Io { path: Some(dir.host.clone()), error: io_error(error) })?;
    }
    Ok(())
}

/// Returns the name as C libraries of guests compare it: `/a/b`, `./a/b` and `a/b/` are one.
fn normal(guest: &str) -> Vec<&str> {
    guest.split('/').filter(|part| !part.is_empty() && *part != ".").collect()
}

fn io_error(error: wasmtime::Error) -> std::io::Error {
    error.downcast().unwrap_or_else(|error| std::io::Error::other(error.to_string()))
}
