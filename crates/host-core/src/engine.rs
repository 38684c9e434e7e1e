//! What an engine must do.

use crate::{Budget, Error, Host, Index, Module, Signature, Watch};
use aingle_wasm_module::reader::ReadError;
use aingle_wasm_types::description::{FNV_OFFSET, fnv1a};
use aingle_wasm_types::metering::{Counters, DEPTH_BYTES};
use core::fmt;

/// One module in one engine, instantiated or about to be.
///
/// The memory and the functions belong to the same instance. An implementation never calls back into
/// the guest while a host function runs: [`Host::dispatch`] needs the guest's memory and nothing else.
pub trait Engine {
    /// The state that host functions work on.
    type State;
    /// A function that was found in this instance.
    type Function;

    /// The module's bytes.
    fn wasm(&self) -> &[u8];

    /// Which module this is: handles taken from one are refused by another. An engine that starts many
    /// instances of a module keeps it, because hashing a large module takes longer than starting it.
    fn fingerprint(&self) -> u64 {
        fnv1a(FNV_OFFSET, self.wasm())
    }

    /// The module's index, where the engine keeps one. Without it, each look-up of a name is a pass over
    /// the module's exports.
    fn index(&self) -> Option<&Index> {
        None
    }

    /// Links the host functions, initialises memory and runs the start function. Called once, before
    /// any other method but [`Engine::wasm`], [`Engine::host`] and those that say what was loaded. A
    /// module that carries limits exports its start function instead, and [`Guest`](crate::Guest) calls
    /// it.
    ///
    /// # Errors
    /// [`Error::Load`], or [`Error::Trap`] from the start function.
    fn start(&mut self) -> Result<(), Error>;

    /// Finds an exported function of this signature.
    ///
    /// # Errors
    /// [`Error::MissingExport`] or [`Error::ExportSignature`].
    fn find(&mut self, name: &str, signature: Signature) -> Result<Self::Function, Error>;

    /// Calls a function. Arguments beyond those of its signature are ignored; an `i32` result is
    /// zero-extended, no result is 0.
    ///
    /// # Errors
    /// The trap that stopped it. The instance is not to be used again.
    fn call(&mut self, function: &Self::Function, a: u32, b: u32) -> Result<u64, Trap>;

    /// The guest's linear memory, as long as it is now; empty when the module has none.
    fn memory(&mut self) -> &mut [u8];

    /// The host functions and their state.
    fn host(&mut self) -> &mut Host<Self::State>;

    /// The host functions and their state.
    fn host_ref(&self) -> &Host<Self::State>;

    /// Whether the module carries limits: see `docs/METERING.md`.
    fn carries_limits(&self) -> bool {
        Module::parsed(self.wasm()).limits().is_some()
    }

    /// Whether the limits that the module carries are believed: the host put them in, or its configuration says that
    /// modules are signed. What they counted is told as the fuel that a call used only then.
    fn trusts_limits(&self) -> bool {
        true
    }

    /// What a call may use of a module that carries limits.
    fn budget(&self) -> Budget {
        Budget::default()
    }

    /// Takes another budget, from the next call on.
    ///
    /// # Errors
    /// [`LoadError::DepthLimit`] when the engine's stack has no room for the depth, [`LoadError::Engine`] for a deadline
    /// that the engine cannot enforce. The engine stays as it was.
    fn set_budget(&mut self, budget: Budget) -> Result<(), LoadError> {
        let _ = budget;
        Err(LoadError::Engine { reason: "the budget of this engine is fixed" })
    }

    /// What the engine asks whether a call is to end; `None` for an engine that is stopped in another way.
    fn watch(&mut self) -> Option<&mut Watch> {
        None
    }

    /// Finds the counters of a module that carries limits. Called once, after [`Engine::start`].
    ///
    /// # Errors
    /// [`LoadError::Counters`] when they are not there, or not what they have to be.
    fn find_counters(&mut self) -> Result<(), Error> {
        Err(LoadError::Counters.into())
    }

    /// Sets the counters that were found.
    fn set_counters(&mut self, counters: Counters) {
        let _ = counters;
    }

    /// The counters that were found; zero before.
    fn counters(&mut self) -> Counters {
        Counters { fuel: 0, depth: 0 }
    }

    /// Gives the next call its whole budget of the engine's own fuel, where it has any.
    fn refuel(&mut self) {}

    /// The engine's own fuel used since [`Engine::refuel`], or nothing when it does not count.
    fn fuel_used(&mut self) -> Option<u64> {
        None
    }

    /// The memory that is really there, in bytes, where it is less than the guest's pages say.
    fn memory_end(&self) -> Option<u32> {
        None
    }
}

/// What stopped a guest. The instance is poisoned afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trap {
    /// The instruction `unreachable`: how guests abort.
    Unreachable,
    /// A memory access outside the memory that is there.
    MemoryOutOfBounds,
    /// An indirect call outside the table, to an empty element, or to another type.
    IndirectCall,
    /// An integer division by zero.
    DivisionByZero,
    /// An integer operation whose result has no representation.
    IntegerOverflow,
    /// A float that no integer can hold, converted to one.
    InvalidConversion,
    /// The call stack is exhausted.
    StackOverflow,
    /// The fuel is used up: that of the limits which the module carries, or the engine's own.
    OutOfFuel {
        /// The budget of the call.
        limit: u64,
        /// What was used when it stopped.
        used: u64,
    },
    /// Calls were nested more deeply than the limit that the module carries.
    CallDepth {
        /// The limit, in the units of `docs/METERING.md`.
        limit: u32,
    },
    /// The call was cancelled from outside.
    Cancelled,
    /// The call went beyond its deadline.
    Deadline {
        /// The deadline of the call, in microseconds after its beginning.
        limit: u64,
        /// How long the call had run when it was found to be late, in microseconds.
        elapsed: u64,
    },
    /// The engine itself ran out of memory.
    EngineOutOfMemory,
    /// Something that this engine reports in no more detail.
    Other,
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::OutOfFuel { limit, used } => {
                return write!(f, "out of fuel (limit {limit}, used {used})");
            }
            Self::CallDepth { limit } => return write!(f, "calls nested too deeply (limit {limit})"),
            Self::Deadline { limit, elapsed } => {
                return write!(f, "deadline exceeded (limit {limit} us, elapsed {elapsed} us)");
            }
            Self::Cancelled => "cancelled",
            Self::Unreachable => "unreachable executed",
            Self::MemoryOutOfBounds => "memory access out of bounds",
            Self::IndirectCall => "invalid indirect call",
            Self::DivisionByZero => "integer division by zero",
            Self::IntegerOverflow => "integer overflow",
            Self::InvalidConversion => "invalid conversion to integer",
            Self::StackOverflow => "call stack exhausted",
            Self::EngineOutOfMemory => "the engine is out of memory",
            Self::Other => "trapped",
        })
    }
}

/// Why an engine refused a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// A data or element segment lies outside its memory or table.
    Segment {
        /// Which one, counted from zero.
        index: u32,
    },
    /// The module carries no limits, and the configuration demands that it does.
    NoLimits,
    /// The module says that it carries limits, and the configuration demands limits and does not trust those that a
    /// module carries: anybody can write a module that says so and counts nothing.
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
        /// What the module needs besides, in the same units.
        beside: u32,
        /// What both take of the engine's stack, in bytes.
        needed: u64,
        /// The engine's stack, in bytes.
        found: u64,
        /// Whether it is only this small because the native stack is: then that one is to be made larger.
        native: bool,
    },
    /// The host has not enough memory for the module.
    OutOfMemory,
    /// The engine refused it for a reason of its own.
    Engine {
        /// The engine's own words.
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
    pub fn check_depth(limit: u32, beside: u32, found: u64, native: bool) -> Result<(), Self> {
        let needed = (u64::from(limit) + u64::from(beside)) * u64::from(DEPTH_BYTES);
        if needed > found { Err(Self::DepthLimit { limit, beside, needed, found, native }) } else { Ok(()) }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Invalid { offset } => write!(f, "invalid module at byte {offset}"),
            Self::Unsupported { feature, offset } => {
                write!(f, "the engine has no {feature}, which the module uses at byte {offset}")
            }
            Self::MemoryLimit { limit, needed } => {
                write!(f, "memory limit too low: limit {limit} bytes, the module needs {needed}")
            }
            Self::Segment { index } => write!(f, "segment {index} lies outside its memory or table"),
            Self::NoLimits => f.write_str("the module carries no limits, which the configuration demands"),
            Self::UntrustedLimits => f.write_str(
                "the module carries limits, which count only where modules are signed: set `trust_carried_limits` there, \
                 or leave `fuel` out and set `engine_fuel` where the engine has fuel of its own",
            ),
            Self::EngineLimit { what, limit, found } => {
                write!(f, "the module has {found} {what}, of which the engine takes {limit}")
            }
            Self::Counters => f.write_str("the module says that it carries limits, but has no such counters"),
            Self::DepthLimit { limit, beside, needed, found, native } => {
                let why = if native { ", for the native stack allows no more" } else { "" };
                write!(
                    f,
                    "depth limit too high: limit {limit} and {beside} beside it take {needed} bytes of the engine's \
                     stack, which has {found}{why}"
                )
            }
            Self::OutOfMemory => f.write_str("not enough memory to load the module"),
            Self::Engine { reason } => write!(f, "the engine refused the module: {reason}"),
        }
    }
}
