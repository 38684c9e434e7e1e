//! The command line.

#[cfg(feature = "fleet")]
use crate::fleet_args::FleetArgs;
use crate::key_args::KeyArgs;
use crate::keys::Format;
use crate::numbers::{milliseconds, name, number, number_32, size};
use crate::policy_args::PolicyArgs;
#[cfg(feature = "run")]
use crate::run_args::{ProfileArgs, RunCommand};
#[cfg(feature = "serve")]
use crate::serve_args::ServeArgs;
use aingle_wasm_aot::{CHIPS, Chip};
use aingle_wasm_update::Timing;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

/// Builds, runs, packs, signs, inspects and sends WebAssembly modules.
#[derive(Debug, Parser)]
#[command(name = "aingle-wasm", version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done, 1 the guest's own error, 2 usage, 3 file, 4 input, 5 refused, 6 key, 7 device, 8 line, \
    9 arguments, 10 trap, 11 fuel, 12 memory, 13 stack, 14 timeout, 15 capability."
)]
pub struct Arguments {
    /// Print one JSON object in place of lines
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

/// The command line of `run` alone, as [`Arguments`] has it: to make all commands takes longer than to run a small program.
#[cfg(feature = "run")]
#[derive(Debug, Parser)]
#[command(name = "aingle-wasm", version, propagate_version = true, max_term_width = 100)]
pub struct RunArguments {
    /// As of all commands
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: OnlyRun,
}

#[cfg(feature = "run")]
#[derive(Debug, Subcommand)]
enum OnlyRun {
    Run(RunCommand),
}

#[cfg(feature = "run")]
impl From<RunArguments> for Arguments {
    fn from(RunArguments { json, command: OnlyRun::Run(run) }: RunArguments) -> Self {
        Self { json, command: Command::Run(run) }
    }
}

/// What `--help` and the manual page of `run` say of older command lines.
#[cfg(feature = "run")]
const OLDER: &str = "Older spellings, which go on working: `--function NAME` is `--invoke NAME`, `--wasi-fs DIR` is `--dir DIR`, \
    `--wasi-env NAME` is `--env NAME`, and `--wasi-arg A` is an argument behind `--`. `--no-std` changes nothing. A program that is \
    called `wrtd` means `aingle-wasm run`, or `aingle-wasm validate` with `--validate`.";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a project with a guest and a host
    New(NewArgs),
    /// Build a package as a small guest, and translate it if wanted
    Build(BuildArgs),
    /// Call a function of a guest, within limits
    #[cfg(feature = "run")]
    #[command(after_help = OLDER)]
    Run(RunCommand),
    /// Call a function as `run` does, and say where the fuel went
    #[cfg(feature = "run")]
    Profile(ProfileArgs),
    /// Serve the functions of a module, or a component, over HTTP
    #[cfg(feature = "serve")]
    Serve(ServeArgs),
    /// Say what a module needs and which engines run it, without running it
    Validate(ValidateArgs),
    /// Link components: the exports of some to the imports of one
    #[cfg(feature = "compose")]
    Compose(ComposeArgs),
    /// Put fuel and depth into a module, for engines that do not count
    Meter(MeterArgs),
    /// Translate a module into a native image for a microcontroller, or compare an image with its module
    Native(NativeArgs),
    /// Make a key pair, or write the public key of a private one
    Keygen(KeygenArgs),
    /// Pack a module, signed or not
    Pack(PackArgs),
    /// Sign a packed module, again or for the first time
    Sign(SignArgs),
    /// Verify a packed module as a device does
    Verify(VerifyArgs),
    /// Print what a packed module, a .wasm file, or a native image is and needs
    Inspect(InspectArgs),
    /// Make a signed delta from one module to another
    Delta(DeltaArgs),
    /// Make a signed list of the keys that devices accept
    KeyList(KeyListArgs),
    /// Pad a file with erased flash to a whole number of erase blocks
    Pad(PadArgs),
    /// Wrap a file for boards that take UF2 files by drag and drop
    Uf2(Uf2Args),
    /// Send a packed module to a device over a serial line
    Send(SendArgs),
    /// Bring modules to devices over an MQTT broker, and call those of hosts over NATS
    #[cfg(feature = "fleet")]
    Fleet(FleetArgs),
    /// Print the completions of a shell
    Completions(CompletionsArgs),
    /// Write the manual pages
    Man(ManArgs),
}

#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// The module; `-` is standard input
    pub file: PathBuf,
    /// Fail if this engine does not run it; may be repeated [default: fail if none does]
    #[arg(long = "engine", value_name = "NAME", value_parser = ["wasm3", "spacewasm", "wasmi", "server", "wasi"])]
    pub engines: Vec<String>,
}

#[cfg(feature = "compose")]
#[derive(Debug, Args)]
pub struct ComposeArgs {
    /// The component whose imports are linked, and whose exports stay; `-` is standard input
    pub component: PathBuf,
    /// A component that exports what the first one imports; may be repeated
    #[arg(long = "plug", value_name = "FILE", required = true)]
    pub plugs: Vec<PathBuf>,
    /// Where the composed component goes; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

#[derive(Debug, Args)]
pub struct MeterArgs {
    /// The module; `-` is standard input
    pub module: PathBuf,
    /// Where the module with limits goes; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Leave out what lets wasm3 be stopped in a loop by a deadline: some per cent faster
    #[arg(long)]
    pub no_interrupts: bool,
}

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

#[derive(Debug, Args)]
pub struct ManArgs {
    /// The folder that the pages go into, which must exist
    pub folder: PathBuf,
}

#[derive(Debug, Args)]
pub struct NewArgs {
    /// The project's folder, which is new or empty; its name is that of the guest
    pub folder: PathBuf,
    /// Take the SDK from its sources in this folder [default: from the registry, in the version of this program]
    #[arg(long, value_name = "FOLDER")]
    pub sdk: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct BuildArgs {
    /// The package, as `cargo build --package` takes it [default: that of the current folder]
    pub package: Option<String>,
    /// Where the module goes
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// The Cargo.toml of the package or of its workspace
    #[arg(long, value_name = "FILE")]
    pub manifest_path: Option<PathBuf>,
    /// Features of the package, separated by commas
    #[arg(long, value_name = "NAMES")]
    pub features: Option<String>,
    /// Leave out the package's default features
    #[arg(long)]
    pub no_default_features: bool,
    /// Do without wasm-opt: the module is larger
    #[arg(long)]
    pub no_wasm_opt: bool,
    /// Make the module fast, not small, with what only servers run: SIMD, bulk memory and more
    #[arg(long, conflicts_with_all = ["native", "limits"])]
    pub server: bool,
    /// Put fuel and depth into the module, for engines that do not count
    #[arg(long)]
    pub limits: bool,
    /// Keep the names of functions, for `profile`: the module is larger
    #[arg(long)]
    pub names: bool,
    /// Also translate the module for this processor, such as thumbv7m
    #[arg(long, value_name = "CHIP", requires = "image", value_parser = chip)]
    pub native: Option<Chip>,
    /// Where the native image goes
    #[arg(long, value_name = "FILE", requires = "native")]
    pub image: Option<PathBuf>,
    /// Memory that the native image gives its guest [default: all that the module has at the start]
    #[arg(long, value_name = "SIZE", requires = "native", value_parser = size)]
    pub memory: Option<u32>,
}

#[derive(Debug, Args)]
pub struct NativeArgs {
    /// The module; `-` is standard input
    pub module: PathBuf,
    /// Where the image goes; `-` is standard output
    #[arg(short, long, value_name = "FILE", requires = "chip", required_unless_present = "compare")]
    pub output: Option<PathBuf>,
    /// The processor, such as thumbv7m, or the compiler's target
    #[arg(long = "target", value_name = "CHIP", requires = "output", value_parser = chip)]
    pub chip: Option<Chip>,
    /// Memory that the guest gets; may be less than a page [default: all that the module has at the start]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub memory: Option<u32>,
    /// Leave fuel and depth out: nothing stops a call then
    #[arg(long)]
    pub no_limits: bool,
    /// Translate the module again as it was for this image, packed or not, and compare the bytes
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "chip", "memory", "no_limits"])]
    pub compare: Option<PathBuf>,
}

/// Finds a processor.
fn chip(name: &str) -> Result<Chip, String> {
    Chip::named(name).ok_or_else(|| {
        let names: Vec<&str> = CHIPS.iter().map(|chip| chip.name).collect();
        format!("expected one of {}", names.join(", "))
    })
}

#[derive(Debug, Args)]
pub struct KeygenArgs {
    /// Where the private key goes; nobody else can read the file
    #[arg(short, long, value_name = "FILE", required_unless_present = "from")]
    pub output: Option<PathBuf>,
    /// Where the public key goes
    #[arg(long, value_name = "FILE")]
    pub public: Option<PathBuf>,
    /// Read this private key in place of making one; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// How the keys are written
    #[arg(long, value_enum, default_value_t = Format::Pem)]
    pub format: Format,
    /// Replace a private key that is there already
    #[arg(long)]
    pub force: bool,
}

/// The key that signs, from a file. Never on the command line, which every process of the machine can read.
/// What a manifest says beside what is known of the module.
#[derive(Debug, Args)]
pub struct FieldArgs {
    /// Class of devices that the module is for [default: any]
    #[arg(long, value_name = "CLASS", value_parser = name::<32>)]
    pub target: Option<String>,
    /// Version of the ABI [default: the module's]
    #[arg(long, value_name = "N", value_parser = number_32)]
    pub abi: Option<u32>,
    /// Linear memory that the module needs; may be less than a page [default: what it has at the start]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub memory: Option<u32>,
    /// Engine's stack that the module needs [default: by its depth, if it carries limits]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub stack: Option<u32>,
    /// Fuel of one call
    #[arg(long, value_name = "N", value_parser = number)]
    pub fuel: Option<u64>,
    /// Depth of one call
    #[arg(long, value_name = "N", value_parser = number_32)]
    pub depth: Option<u32>,
}

/// The limits of the device that a module is packed for.
#[derive(Debug, Args)]
pub struct DeviceArgs {
    /// Fail if this engine does not run the module; may be repeated [default: any engine of devices]
    #[arg(long = "engine", value_name = "NAME", value_parser = ["wasm3", "spacewasm", "wasmi", "server"])]
    pub engines: Vec<String>,
    /// Fail if the module is longer
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_module: Option<u32>,
    /// Fail if the module needs more linear memory
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_memory: Option<u32>,
    /// Fail if the module needs more stack
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_stack: Option<u32>,
}

#[derive(Debug, Args)]
pub struct PackArgs {
    /// The module; `-` is standard input
    pub module: PathBuf,
    /// Where the packed module goes; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Which module this is, of those that a device has
    #[arg(long, value_name = "N", value_parser = number_32)]
    pub module_id: u32,
    /// Name of the entry point
    #[arg(long, value_name = "NAME", value_parser = name::<255>)]
    pub entry: String,
    /// Number that grows with each release; version 1 of the manifest has none [default in version 2: 0]
    #[arg(long, value_name = "N", value_parser = number_32, required_unless_present = "manifest_version")]
    pub sequence: Option<u32>,
    /// Version of the manifest; 1 and 2 are for devices of the older system
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=3))]
    pub manifest_version: u8,
    /// Fail if there is no key; in version 2, also set the flag
    #[arg(long)]
    pub require_signature: bool,
    /// Set the flag of version 2; version 3 is always protected
    #[arg(long)]
    pub rollback_protected: bool,
    /// The file is a native image for this target
    #[arg(long, value_name = "TRIPLE", requires = "source", conflicts_with_all = ["memory", "stack"], value_parser = name::<32>)]
    pub native: Option<String>,
    /// The .wasm file that a native image was translated from
    #[arg(long, value_name = "FILE", requires = "native")]
    pub source: Option<PathBuf>,
    #[command(flatten)]
    pub key: KeyArgs,
    #[command(flatten)]
    pub fields: FieldArgs,
    #[command(flatten)]
    pub device: DeviceArgs,
}

#[derive(Debug, Args)]
pub struct SignArgs {
    /// The packed module; `-` is standard input
    pub blob: PathBuf,
    /// Where the signed one goes; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    #[command(flatten)]
    pub key: KeyArgs,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The packed module; `-` is standard input
    pub blob: PathBuf,
    #[command(flatten)]
    pub policy: PolicyArgs,
}

#[derive(Debug, Args)]
pub struct InspectArgs {
    /// A packed module, a .wasm file, or a native image; `-` is standard input
    pub file: PathBuf,
    #[command(flatten)]
    pub policy: PolicyArgs,
}

#[derive(Debug, Args)]
pub struct DeltaArgs {
    /// The module that the device has: packed or .wasm
    pub old: PathBuf,
    /// The module that it gets: packed or .wasm
    pub new: PathBuf,
    /// Where the delta goes; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Which module this is [default: as the new one is packed]
    #[arg(long, value_name = "N", value_parser = number_32)]
    pub module_id: Option<u32>,
    /// Name of the entry point [default: as the new one is packed]
    #[arg(long, value_name = "NAME", value_parser = name::<255>)]
    pub entry: Option<String>,
    /// Number that grows with each release [default: as the new one is packed]
    #[arg(long, value_name = "N", value_parser = number_32)]
    pub sequence: Option<u32>,
    #[command(flatten)]
    pub key: KeyArgs,
    #[command(flatten)]
    pub fields: FieldArgs,
}

#[derive(Debug, Args)]
pub struct KeyListArgs {
    /// Where the list goes; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Number that grows with each list
    #[arg(long, value_name = "N", value_parser = number_32)]
    pub sequence: u32,
    /// Public key that may sign modules; may be repeated
    #[arg(long = "module-key", value_name = "FILE")]
    pub module: Vec<PathBuf>,
    /// Public key that may sign key lists; may be repeated
    #[arg(long = "root-key", value_name = "FILE")]
    pub root: Vec<PathBuf>,
    /// Public key that may sign nothing any more; may be repeated
    #[arg(long = "revoked-key", value_name = "FILE")]
    pub revoked: Vec<PathBuf>,
    #[command(flatten)]
    pub key: KeyArgs,
}

#[derive(Debug, Args)]
pub struct PadArgs {
    /// The file; `-` is standard input
    pub file: PathBuf,
    /// Where the padded one goes; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Length of an erase block
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "4K")]
    pub erase_block: u32,
}

#[derive(Debug, Args)]
pub struct Uf2Args {
    /// The file; `-` is standard input
    pub file: PathBuf,
    /// Where the UF2 file goes; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Family of the chip, such as rp2040, or its number
    #[arg(long, value_name = "NAME")]
    pub family: String,
    /// Address in flash of the first byte, a multiple of 256
    #[arg(long, value_name = "ADDRESS", value_parser = number_32)]
    pub base: u32,
}

#[derive(Debug, Args)]
pub struct SendArgs {
    /// The packed module; `-` is standard input
    pub blob: PathBuf,
    /// Where the device is: the path of a serial port or a pty, `tcp:HOST:PORT`, or `unix:PATH`
    #[arg(long, value_name = "PORT", env = "AINGLE_WASM_PORT")]
    pub port: String,
    /// Speed of a serial port, in baud
    #[arg(long, value_name = "N", value_parser = number_32, default_value = "115200")]
    pub baud: u32,
    /// How long the device may take for a greeting or a chunk
    #[arg(long, value_name = "TIME", value_parser = milliseconds, default_value = "1s")]
    pub timeout: u32,
    /// How long it may take to verify the signature and to erase a slot
    #[arg(long, value_name = "TIME", value_parser = milliseconds, default_value = "60s")]
    pub offer_timeout: u32,
    /// How long it may take at the end, to verify the module and to apply a delta
    #[arg(long, value_name = "TIME", value_parser = milliseconds, default_value = "120s")]
    pub finish_timeout: u32,
    /// How often the same message is sent
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..))]
    pub tries: u8,
    /// Wait so long for the device to restart and to confirm the module
    #[arg(long, value_name = "TIME", value_parser = milliseconds)]
    pub wait: Option<u32>,
}

impl SendArgs {
    /// Returns how long the transfer waits for the device.
    #[must_use]
    pub fn timing(&self) -> Timing {
        Timing {
            chunk: self.timeout,
            offer: self.offer_timeout,
            finish: self.finish_timeout,
            tries: self.tries,
            ..Timing::default()
        }
    }
}
