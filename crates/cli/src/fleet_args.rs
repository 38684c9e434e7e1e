//! The options of `fleet`.

use crate::key_args::KeyArgs;
use crate::nats_args::{AccountsArgs, CallArgs, FleetServeArgs, HostArgs, StoreArgs};
use crate::numbers::{milliseconds, number_32, share, size};
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
    /// Take a module off the broker, or devices that are gone for good out of their group
    Forget(ForgetArgs),
    /// Bring what a group is offered to devices behind serial lines
    Gateway(GatewayArgs),
    /// Serve the functions of signed modules to callers over NATS
    Host(HostArgs),
    /// Call a function of a host over NATS
    Call(CallArgs),
    /// Serve the functions of hosts over HTTP: POST /FUNCTION with JSON
    Serve(FleetServeArgs),
    /// Put a packed module into JetStream, where hosts find it by its name
    Store(StoreArgs),
    /// Print the calls and the fuel of each caller, summed over all hosts
    Accounts(AccountsArgs),
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

/// What is offered, to whom, and by whom.
#[derive(Debug, Args)]
pub struct OfferArgs {
    /// The packed module, signed
    pub blob: PathBuf,
    /// The group of devices
    #[arg(long, value_name = "NAME")]
    pub group: String,
    #[command(flatten)]
    pub broker: BrokerArgs,
    #[command(flatten)]
    pub key: KeyArgs,
    /// Bytes of each message that has a part of the module: a multiple of 32
    #[arg(long, value_name = "SIZE", default_value = "1KiB", value_parser = size)]
    pub chunk: u32,
}

#[derive(Debug, Args)]
pub struct PublishArgs {
    #[command(flatten)]
    pub offer: OfferArgs,
    /// The share of the group that may take it, such as 12.5%
    #[arg(long, value_name = "PERCENT", default_value = "100%", value_parser = share)]
    pub share: u16,
}

#[derive(Debug, Args)]
pub struct RolloutArgs {
    #[command(flatten)]
    pub offer: OfferArgs,
    /// The shares of the group that are offered the module, one after the other
    #[arg(long, value_name = "PERCENTS", default_value = "1%,10%,100%", value_delimiter = ',', value_parser = share)]
    pub steps: Vec<u16>,
    /// The share of a step's devices that must have confirmed before the next step
    #[arg(long, value_name = "PERCENT", default_value = "100%", value_parser = share)]
    pub success_threshold: u16,
    /// The share of a step's devices that may fail; more than that pauses the rollout
    #[arg(long, value_name = "PERCENT", default_value = "0%", value_parser = share)]
    pub error_threshold: u16,
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

#[derive(Debug, Args)]
pub struct ForgetArgs {
    /// The packed module that is taken off the broker
    #[arg(required_unless_present = "devices")]
    pub blob: Option<PathBuf>,
    /// The group of the devices
    #[arg(long, value_name = "NAME", requires = "devices")]
    pub group: Option<String>,
    /// A device that is gone for good; may be repeated
    #[arg(long = "device", value_name = "NAME", requires = "group", conflicts_with = "blob")]
    pub devices: Vec<String>,
    #[command(flatten)]
    pub broker: BrokerArgs,
}

#[derive(Debug, Args)]
pub struct GatewayArgs {
    /// The group of devices
    #[arg(long, value_name = "NAME")]
    pub group: String,
    #[command(flatten)]
    pub broker: BrokerArgs,
    /// A device and the line to it, as `send` takes it; may be repeated
    #[arg(long = "device", value_name = "NAME=PORT", required = true, value_parser = device)]
    pub devices: Vec<(String, String)>,
    /// The public key of an operator; may be repeated
    #[arg(long = "operator", value_name = "FILE", required = true)]
    pub operators: Vec<PathBuf>,
    /// How many devices are sent to at once
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub parallel: usize,
    /// The longest module that is kept in memory
    #[arg(long, value_name = "SIZE", default_value = "16MiB", value_parser = size)]
    pub max_module: u32,
    /// Speed of serial ports, in baud
    #[arg(long, value_name = "N", value_parser = number_32, default_value = "115200")]
    pub baud: u32,
    /// How long a device may take to restart and to confirm a module
    #[arg(long, value_name = "TIME", value_parser = milliseconds, default_value = "60s")]
    pub wait: u32,
}

/// Reads a device's name and its line.
fn device(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, port)) if !port.is_empty() => match aingle_wasm_fleet::check_name(name) {
            Ok(()) => Ok((name.into(), port.into())),
            Err(error) => Err(format!("`{name}`: {error}")),
        },
        _ => Err(format!("`{text}` is not NAME=PORT")),
    }
}
