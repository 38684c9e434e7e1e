//! The options of `fleet`.

use crate::args::KeyArgs;
use crate::numbers::{milliseconds, share, size};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct FleetArgs {
    #[command(subcommand)]
    pub command: FleetCommand,
}

#[derive(Debug, Subcommand)]
pub enum FleetCommand {
    /// Put a signed module on a broker, and announce it to a group of devices
    Publish(PublishArgs),
    /// Publish a signed module, and offer it to a group step by step, until it is done or too many devices fail
    Rollout(RolloutArgs),
    /// Say what devices run, and how far they are
    Status(StatusArgs),
    /// Let devices of a group wait that have not finished fetching
    Pause(ChangeArgs),
    /// Let devices of a group go on
    Resume(ChangeArgs),
    /// Offer a group the module of before, packed with a newer sequence, at once
    Abort(PublishArgs),
}

#[derive(Debug, Args)]
pub struct BrokerArgs {
    /// The MQTT broker: mqtt://[USER[:PASSWORD]@]HOST[:PORT], or mqtts:// for TLS
    #[arg(long, env = "AINGLE_WASM_BROKER", hide_env_values = true, value_name = "URL")]
    pub broker: String,
    /// Certificates (PEM) of who may vouch for the broker [default: those of the system]
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// The certificate (PEM) that the broker asks for
    #[arg(long, value_name = "FILE", requires = "certificate_key")]
    pub certificate: Option<PathBuf>,
    /// The key (PEM) of that certificate
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub certificate_key: Option<PathBuf>,
    /// What all topics of the fleet begin with
    #[arg(long, value_name = "NAME", default_value = "aingle")]
    pub prefix: String,
}

#[derive(Debug, Args)]
pub struct PublishArgs {
    /// The packed module, signed
    pub blob: PathBuf,
    /// The group of devices
    #[arg(long, value_name = "NAME")]
    pub group: String,
    #[command(flatten)]
    pub broker: BrokerArgs,
    #[command(flatten)]
    pub key: KeyArgs,
    /// The share of the group that may take it, such as 12.5%
    #[arg(long, value_name = "PERCENT", default_value = "100%", value_parser = share)]
    pub share: u16,
    /// Bytes of each message that has a part of the module: a multiple of 32
    #[arg(long, value_name = "SIZE", default_value = "1KiB", value_parser = size)]
    pub chunk: u32,
}

#[derive(Debug, Args)]
pub struct RolloutArgs {
    /// The packed module, signed
    pub blob: PathBuf,
    /// The group of devices
    #[arg(long, value_name = "NAME")]
    pub group: String,
    #[command(flatten)]
    pub broker: BrokerArgs,
    #[command(flatten)]
    pub key: KeyArgs,
    /// The shares of the group that are offered the module, one after the other
    #[arg(long, value_name = "PERCENTS", default_value = "1%,10%,100%", value_delimiter = ',', value_parser = share)]
    pub steps: Vec<u16>,
    /// The share of a step's devices that must have confirmed before the next step
    #[arg(long, value_name = "PERCENT", default_value = "100%", value_parser = share)]
    pub success_threshold: u16,
    /// The share of a step's devices that may fail; more than that pauses the rollout
    #[arg(long, value_name = "PERCENT", default_value = "0%", value_parser = share)]
    pub error_threshold: u16,
    /// Bytes of each message that has a part of the module: a multiple of 32
    #[arg(long, value_name = "SIZE", default_value = "1KiB", value_parser = size)]
    pub chunk: u32,
    /// How long to follow the rollout; it stays as it is then [default: until it has ended]
    #[arg(long, value_name = "TIME", value_parser = milliseconds)]
    pub timeout: Option<u32>,
}

#[derive(Debug, Args)]
pub struct StatusArgs {
    /// The group of devices [default: all]
    #[arg(long, value_name = "NAME")]
    pub group: Option<String>,
    #[command(flatten)]
    pub broker: BrokerArgs,
    /// Print a line, or an object, whenever a device says something new, until the program is ended
    #[arg(long)]
    pub watch: bool,
}

#[derive(Debug, Args)]
pub struct ChangeArgs {
    /// The group of devices
    #[arg(long, value_name = "NAME")]
    pub group: String,
    #[command(flatten)]
    pub broker: BrokerArgs,
    #[command(flatten)]
    pub key: KeyArgs,
}
