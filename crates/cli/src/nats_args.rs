//! The options of `fleet` for hosts and their callers.

use crate::http_args::HttpArgs;
use crate::limit_args::{DrainArgs, LimitArgs};
use crate::numbers::{milliseconds, number};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct NatsArgs {
    /// The NATS server: nats://[USER[:PASSWORD]@]HOST[:PORT], or tls://; several with commas between
    #[arg(long, env = "AINGLE_WASM_NATS", hide_env_values = true, value_name = "URL")]
    pub nats: String,
    /// Certificates (PEM) of who may vouch for the server [default: those of the system]
    #[arg(long = "nats-ca", value_name = "FILE")]
    pub ca: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct HostArgs {
    #[command(flatten)]
    pub nats: NatsArgs,
    /// A module: a file, or the name of one in the store; may be repeated
    #[arg(long = "module", value_name = "FILE|NAME", required = true)]
    pub modules: Vec<String>,
    /// A public key that may sign modules; may be repeated
    #[arg(long = "signer", value_name = "FILE")]
    pub signers: Vec<PathBuf>,
    /// Modules without a signature
    #[arg(long)]
    pub allow_unsigned: bool,
    /// The lowest sequence that a module of the store may have
    #[arg(long, value_name = "N", value_parser = number)]
    pub least_sequence: Option<u64>,
    /// The beginning of the host's name
    #[arg(long, value_name = "NAME", default_value = "host")]
    pub name: String,
    /// Refuse calls that have to run once; needs no JetStream
    #[arg(long)]
    pub only_idempotent: bool,
    #[command(flatten)]
    pub limits: LimitArgs,
    #[command(flatten)]
    pub drain: DrainArgs,
}

/// How functions of a module are called.
#[derive(Debug, Args)]
pub struct HowArgs {
    /// The module: its hash, as `fleet host` prints it, or its file
    #[arg(long, value_name = "HASH|FILE")]
    pub module: String,
    /// The call may run more than once
    #[arg(long)]
    pub idempotent: bool,
    /// The name under which fuel is accounted
    #[arg(long, value_name = "NAME", default_value = "cli")]
    pub caller: String,
    /// How long to wait for the reply
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = milliseconds)]
    pub deadline: u32,
    /// What the call may use, in units of fuel [default: what the host gives]
    #[arg(long, value_name = "N", value_parser = number)]
    pub fuel: Option<u64>,
}

#[derive(Debug, Args)]
pub struct CallArgs {
    #[command(flatten)]
    pub nats: NatsArgs,
    #[command(flatten)]
    pub how: HowArgs,
    /// The function
    #[arg(long, value_name = "NAME")]
    pub function: String,
    /// Its arguments: a JSON array, or an object by the names of the parameters
    #[arg(long, value_name = "JSON", default_value = "[]")]
    pub args: String,
    /// The id of the call, with which it can be asked for again
    #[arg(long, value_name = "ID", conflicts_with = "idempotent")]
    pub id: Option<String>,
}

#[derive(Debug, Args)]
pub struct FleetServeArgs {
    #[command(flatten)]
    pub nats: NatsArgs,
    #[command(flatten)]
    pub how: HowArgs,
    #[command(flatten)]
    pub http: HttpArgs,
}

#[derive(Debug, Args)]
pub struct StoreArgs {
    #[command(flatten)]
    pub nats: NatsArgs,
    /// The packed module
    pub blob: PathBuf,
    /// Its name in the store
    #[arg(long, value_name = "NAME")]
    pub name: String,
}

#[derive(Debug, Args)]
pub struct AccountsArgs {
    #[command(flatten)]
    pub nats: NatsArgs,
    /// How long a host may take to answer
    #[arg(long, value_name = "TIME", default_value = "500ms", value_parser = milliseconds)]
    pub wait: u32,
}
