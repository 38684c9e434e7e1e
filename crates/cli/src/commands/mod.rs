//! What each command does.

mod build;
#[cfg(feature = "compose")]
mod compose;
mod delta;
mod done;
#[cfg(feature = "fleet")]
mod fleet;
mod generated;
#[cfg(any(feature = "serve", feature = "fleet"))]
mod http_server;
mod inspect;
mod key_list;
mod keygen;
mod meter;
mod native;
mod new;
#[cfg(any(feature = "serve", feature = "fleet"))]
mod not_loaded;
#[cfg(any(feature = "serve", feature = "fleet"))]
mod on_tokio;
mod pack;
mod pad;
#[cfg(feature = "run")]
mod profile;
#[cfg(feature = "run")]
mod run;
mod send;
#[cfg(feature = "serve")]
mod serve;
mod sign;
mod signer;
mod uf2;
mod validate;
mod verify;

use crate::args::{Arguments, Command};
use crate::failure::Outcome;
use done::Done;

/// Runs a command.
///
/// # Errors
/// The failure of the command.
pub fn run(arguments: Arguments) -> Outcome<Done> {
    match arguments.command {
        Command::New(args) => new::run(&args),
        Command::Build(args) => build::run(&args),
        Command::Validate(args) => validate::run(&args),
        #[cfg(feature = "compose")]
        Command::Compose(args) => compose::run(&args),
        Command::Meter(args) => meter::run(&args),
        Command::Native(args) => native::run(&args),
        Command::Keygen(args) => keygen::run(&args),
        Command::Pack(args) => pack::run(&args),
        Command::Sign(args) => sign::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Delta(args) => delta::run(&args),
        Command::KeyList(args) => key_list::run(&args),
        Command::Pad(args) => pad::run(&args),
        Command::Uf2(args) => uf2::run(&args),
        #[cfg(feature = "run")]
        Command::Run(args) => run::run(&args),
        #[cfg(feature = "run")]
        Command::Profile(args) => profile::run(&args, arguments.json),
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(&args),
        #[cfg(feature = "fleet")]
        Command::Fleet(args) => fleet::run(&args, arguments.json),
        Command::Completions(args) => Ok(generated::completions(&args)),
        Command::Man(args) => generated::man(&args),
        Command::Send(args) => send::run(&args, arguments.json),
    }
}
