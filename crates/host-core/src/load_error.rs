//! Why an engine refused a module.

use aingle_wasm_module::reader::ReadError;
use aingle_wasm_types::metering::DEPTH_BYTES;
use core::fmt;

/// Why an engine refused a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes are not a valid module for the features that the engine has.
    Invalid {
        /// Where in the module, in bytes from its beginning.
        offset: u32,
    },
    /// The module uses a feature that the engine lacks.
    Unsupported {
        /// What it is.
        feature: &'static str,
        /// Where in the module, in bytes from its beginning.
        offset: u32,
    },
    /// The module's memory does not fit the limit.
    MemoryLimit {
        /// The limit, in bytes.
        limit: u64,
        /// What the module needs at least, in bytes.
        needed: u64,
    },
    /// A data or element segment is outside its memory or table.
    Segment {
        /// Which one, counted from zero.
        index: u32,
    },
    /// The module carries no limits, and the configuration requires that it does.
    NoLimits,
    /// The module says that it carries limits, and the configuration requires limits and does not trust those that a
    /// module carries: anybody can write a module that claims so and does not count.
    UntrustedLimits,
    /// The module has more of something than the engine, or its configuration, takes.
    EngineLimit {
        /// What it is.
        what: &'static str,
        /// The most that is taken.
        limit: u32,
        /// How many the module has.
        found: u32,
    },
    /// The module says that it carries limits, and its counters are not there or not what they have to
    /// be.
    Counters,
    /// The limit on the depth of calls is more than the engine's stack takes.
    DepthLimit {
        /// The limit, in the units of `docs/METERING.md`.
        limit: u32,
        /// The fixed depth: what the module needs beside the limit, in the same units.
        fixed_depth: u32,
        /// What both together take of the engine's stack, in bytes.
        needed: u64,
        /// The engine's stack, in bytes.
        found: u64,
        /// Whether the engine's stack is this small because the native stack is. Then make the native stack larger.
        native: bool,
    },
    /// A native image does not fit the device or its configuration.
    Image {
        /// What does not fit.
        what: &'static str,
        /// What is there, or what is allowed.
        expected: u32,
        /// What the image has, or needs.
        found: u32,
    },
    /// The host has not enough memory for the module.
    OutOfMemory,
    /// The engine refused it for a reason of its own.
    Engine {
        /// The engine's message.
        reason: &'static str,
    },
}

impl From<ReadError> for LoadError {
    fn from(error: ReadError) -> Self {
        Self::Invalid { offset: error.offset }
    }
}

impl LoadError {
    /// Compares how many of something a module has with the most that is taken.
    ///
    /// # Errors
    /// [`LoadError::EngineLimit`].
    pub const fn check_count(what: &'static str, limit: u32, found: u32) -> Result<(), Self> {
        if found > limit { Err(Self::EngineLimit { what, limit, found }) } else { Ok(()) }
    }

    /// Compares a limit on the depth of calls, and what a module needs beside it, with an engine's stack of so many
    /// bytes; `native` says whether the native stack made it smaller than it was configured.
    ///
    /// # Errors
    /// [`LoadError::DepthLimit`].
    pub fn check_depth(limit: u32, fixed_depth: u32, found: u64, native: bool) -> Result<(), Self> {
        let needed = (u64::from(limit) + u64::from(fixed_depth)) * u64::from(DEPTH_BYTES);
        if needed > found {
            Err(Self::DepthLimit { limit, fixed_depth, needed, found, native })
        } else {
            Ok(())
        }
    }
}

/// What Rust's linker gives a guest as its stack, if it is not told otherwise.
const LINKERS_STACK: u64 = 1 << 20;

impl core::error::Error for LoadError {}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Invalid { offset } => write!(f, "invalid module at byte {offset}"),
            Self::Unsupported { feature, offset } => {
                write!(
                    f,
                    "the engine has no {feature}, which the module uses at byte {offset}: build it for `wasm32v1-none`"
                )
            }
            Self::MemoryLimit { limit, needed } => {
                write!(f, "`memory_limit` too low: limit {limit} bytes, the module needs {needed}")?;
                let stack = needed > LINKERS_STACK;
                if stack { f.write_str("; most of that is the linker's stack of 1 MiB, if no `-zstack-size` is set") } else { Ok(()) }
            }
            Self::Segment { index } => write!(f, "segment {index} lies outside its memory or table"),
            Self::NoLimits => f.write_str("the module carries no limits, which the configuration requires"),
            Self::UntrustedLimits => f.write_str(
                "the module carries limits, which count only where modules are signed: set `trust_carried_limits` there, \
                 or leave `fuel` out and set `engine_fuel` where the engine has fuel of its own",
            ),
            Self::EngineLimit { what, limit, found } => {
                write!(f, "the module has {found} {what}, of which the engine takes {limit}")
            }
            Self::Counters => f.write_str("the module says that it carries limits, but has no such counters"),
            Self::DepthLimit { limit, fixed_depth, needed, found, native } => {
                let stack =
                    if native { "the native stack (wasm3: `native_stack`)" } else { "`stack_size`" };
                write!(
                    f,
                    "`depth_limit` too high: limit {limit} and {fixed_depth} beside it take {needed} bytes, \
                     {stack} has room for {found}"
                )
            }
            Self::Image { what, expected, found } => {
                write!(f, "native image: {what}: expected {expected}, found {found}")
            }
            Self::OutOfMemory => f.write_str("not enough memory to load the module"),
            Self::Engine { reason } => write!(f, "the engine refused the module: {reason}"),
        }
    }
}
