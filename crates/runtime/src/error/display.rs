//! Kinds of errors in words.

use super::kind::ErrorKind;
use super::shown::{MAX_ERROR, MAX_NAMES, MAX_VALUE, Name, Names, Short};
use std::fmt;

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config { field, reason } => write!(f, "configuration field `{field}`: {reason}"),
            Self::Registration(error) | Self::Load(error) | Self::Call(error) => error.fmt(f),
            Self::Grant { grant, reason } => write!(f, "grant `{grant}`: {reason}"),
            Self::NotGranted { what, grant } => write!(f, "{what} is not granted: {grant} grants it"),
            Self::UnknownModule { name, loaded } => {
                write!(f, "no module `{}` is loaded, there are: {}", Name(name), Names(loaded))
            }
            Self::AlreadyLoaded { name } => {
                write!(
                    f,
                    "a module `{}` is loaded already: put another in its place by `replace_module`",
                    Name(name)
                )
            }
            Self::UnknownFunction { name, exports } => {
                write!(f, "no function `{}`, there are: {}", Name(name), Names(exports))
            }
            Self::Bytes { name } => {
                write!(f, "`{}` takes and returns bytes: call it with `execute_bytes`", Name(name))
            }
            Self::Numbers { signature } => {
                write!(f, "`{}` takes and returns no bytes: call it with `execute`", Name(signature))
            }
            Self::Description { name, error } => write!(f, "the description of `{}`: {error}", Name(name)),
            Self::CompileTimeout { limit } => write!(f, "the compilation took longer than {limit:?}"),
            Self::Interface { breaks } => {
                f.write_str("the interface is broken:")?;
                for (at, broken) in breaks.iter().take(MAX_NAMES).enumerate() {
                    write!(f, "{} {broken}", if at == 0 { "" } else { ";" })?;
                }
                match breaks.len().saturating_sub(MAX_NAMES) {
                    0 => Ok(()),
                    more => write!(f, "; and {more} more"),
                }
            }
            Self::NoText { signature } => {
                write!(
                    f,
                    "`{signature}` cannot return a text: that takes one i32, and a memory that is exported"
                )
            }
            Self::Text { address, reason } => write!(f, "the text at {address:#x} cannot be read: {reason}"),
            Self::Texts { at: Some(at), found } => {
                write!(f, "argument {}: expected a text, found {}", at + 1, Short(found, MAX_VALUE))
            }
            Self::Texts { at: None, found } => {
                write!(f, "expected an array of texts, found {}", Short(found, MAX_VALUE))
            }
            Self::Arguments(error) => error.fmt(f),
            Self::Result(error) => write!(f, "the reply: {error}"),
            Self::QueueFull { limit } => write!(f, "the queue is full (limit {limit})"),
            Self::QueueTimeout { limit, waited } => {
                write!(f, "no place to run (limit {limit:?}, waited {waited:?})")
            }
            Self::OutOfFuel { limit, used } => write!(f, "out of fuel (limit {limit}, used {used})"),
            Self::OutOfMemory { limit, asked } => {
                write!(f, "out of memory (limit {limit} bytes, asked {asked})")
            }
            #[cfg(feature = "wasi")]
            Self::Wasi(error) => error.fmt(f),
            #[cfg(feature = "wasi")]
            Self::Uncallable(refused) => refused.fmt(f),
            #[cfg(feature = "wasi")]
            Self::WasiStopped { error, stderr } => {
                write!(f, "{error}, after it wrote to standard error: {}", stderr.trim_end())
            }
            Self::CallDepth { limit } => write!(f, "calls nested too deeply (limit {limit})"),
            Self::Timeout { limit, elapsed } => {
                write!(f, "took too long (limit {limit:?}, elapsed {elapsed:?})")
            }
            Self::Cancelled => f.write_str("cancelled"),
            Self::Trap(trap) => trap.fmt(f),
            Self::Panic { message } => write!(f, "the guest panicked: {message}"),
            Self::HostFunction { message } => write!(f, "host function {message}"),
            Self::HostPanic { message } => write!(f, "a host function panicked: {message}"),
            Self::Guest { value, .. } => {
                write!(f, "the function returned an error: {}", Short(value, MAX_ERROR))
            }
            Self::NoTokio => f.write_str("polled outside of a tokio runtime"),
            Self::NoThread { reason } => write!(f, "no thread to run on: {reason}"),
        }
    }
}
