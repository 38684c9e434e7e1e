//! What an engine is configured with.

use crate::admission::ModuleLimits;
use crate::cache::CacheKey;
use crate::compiler::Compiler;
#[cfg(feature = "encryption")]
use crate::encryption::EncryptionKey;
use crate::error::HostErrorKind;
use crate::isolation::CompileProcess;
use aingle_wasm_host_core::{Budget, Integrity, LoadError};
use aingle_wasm_metering::PriceList;
use aingle_wasm_types::limits::{
    DEFAULT_MAX_DECODED, DEFAULT_MAX_ITEMS, DEFAULT_MAX_PAYLOAD, DEFAULT_OLDER_RESPONSE_BUFFER,
};
use aingle_wasm_types::metering::{DEPTH_BYTES, MAX_FUEL};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

/// The size of a page of guest memory, in bytes.
pub(crate) const PAGE: u64 = 64 * 1024;
/// The pages that 32-bit addresses reach.
pub(crate) const MAX_PAGES: u32 = 0x1_0000;

/// The highest limit on the depth of calls.
pub const MAX_DEPTH_LIMIT: u32 = 4096;
/// The default limit on the depth of calls.
const DEFAULT_DEPTH_LIMIT: u32 = 2048;
/// The fixed depth that a module may have under every permitted limit.
const FIXED_UNITS: u32 = 4096;
/// The units of depth that the stack of a call takes.
pub(crate) const STACK_UNITS: u32 = MAX_DEPTH_LIMIT + FIXED_UNITS;
/// The stack of a call, in bytes. Compiled code keeps more in a frame than the 256 bytes of a unit. It is
/// address space; what a call does not reach takes no memory.
pub(crate) const STACK_BYTES: usize = STACK_UNITS as usize * 1408;

/// The static bound on iOS, where a process gets little address space.
const STATIC_MEMORY_BOUND: u32 = if cfg!(target_os = "ios") { 0x400 } else { 0x4000 };

/// What an engine is configured with: limits, compiler, caches, protocol.
///
/// Set what differs and take the rest from the defaults:
///
/// ```
/// use aingle_wasm_host::EngineConfig;
///
/// let config = EngineConfig { metering_limit: 1_000_000_000, ..Default::default() };
/// assert!(config.canonicalize_nans);
/// ```
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// The fuel of one call, in the units of `docs/METERING.md`, which are the same on every engine.
    /// Start functions have the same budget. 0 stops every call. `u64::MAX` compiles without limits, for
    /// modules that are trusted to end; else at most 2^62. Default: 100,000,000,000.
    pub metering_limit: u64,
    /// How deep calls may nest, in units of 256 bytes of an interpreter's stack: an ordinary function's
    /// frame. At least 1, at most [`MAX_DEPTH_LIMIT`]. Bites where fuel is limited, too. Default: 2,048.
    /// Devices have a default of 128: a guest that runs on both should be tried with that.
    pub depth_limit: u32,
    /// How long one call may take, start functions included; `None` for as long as its fuel lasts. A call beyond it ends
    /// with [`HostErrorKind::DeadlineExceeded`]. Looked at in steps of a sixteenth of it, at least a millisecond and
    /// at most a second. [`WasmInstance::set_budget`](crate::WasmInstance::set_budget) gives an instance another one.
    /// Not zero. Default: 30 seconds.
    pub deadline: Option<Duration>,
    /// What each instruction costs. Default: the prices of `docs/METERING.md`.
    pub prices: PriceList,
    /// Whether a module that carries limits already is taken at its word. Its own prices then count.
    /// For modules that are signed; others can carry limits that do not bite. Default: no, it is refused.
    pub trust_carried_limits: bool,
    /// Whether every NaN that an operation produces has the same bits on every processor. It is replaced where it leaves a
    /// chain of such operations, which costs a comparison there. Default: yes.
    pub canonicalize_nans: bool,
    /// How much the compiled modules that [`compile_cached`](crate::WasmEngine::compile_cached) keeps
    /// in memory may hold together, in bytes; 0 keeps none. Default: 256 MiB.
    pub cache_size: usize,
    /// How many compiled modules are kept in memory at most; 0 keeps none. Each has two mappings of memory or more, and
    /// Linux gives a process 65,530 unless it is configured otherwise. Default: 4,096.
    pub cache_modules: usize,
    /// Guest memories of at most this many pages (of 64 KiB) are static: all the address space they
    /// can ever use is reserved at once, 8 GiB each, and code needs no bounds checks. Larger ones are
    /// dynamic: slower, and moved as they grow. Default: 0x4000 pages (1 GiB), on iOS 0x400.
    pub static_memory_bound: u32,
    /// How large a guest's memory may be or become, in bytes; what is left of a page is not used.
    /// Default: as much as `static_memory_bound` has.
    pub memory_limit: u64,
    /// How much an instance may take besides its memory, in bytes: tables as they begin, passive segments, functions,
    /// globals, imports and exports, as estimated from their numbers. A module that needs more is refused with
    /// [`HostErrorKind::InstanceLimit`] when it is compiled. Tables that grow are bounded by `table_limit`. Default: 16 MiB.
    pub instance_limit: u64,
    /// How many elements all tables of a module may have together; each may grow to an equal share. A module that needs
    /// more is refused with [`HostErrorKind::TableLimit`] when it is compiled, and `table.grow` beyond it fails in the
    /// guest. An element takes up to 16 bytes. Default: 2^20.
    pub table_limit: u32,
    /// How much memory an idle instance of a pool of [`Reuse::Fresh`](crate::Reuse::Fresh) may hold, in bytes: the pages
    /// of its guest's memory that were touched, and the copies of those that held something when it had started. An
    /// instance that touched more gives its pages back to the system when it returns; one that starts with more is not put
    /// back but made anew, as all are with 0. `u64::MAX` for no limit. Default: 16 MiB.
    pub pool_idle_memory: u64,
    /// Where compiled modules are kept between processes. The directory, and what is in it, must
    /// belong to the user that the process runs as, and be writable for no other. Default: nowhere.
    pub cache_dir: Option<PathBuf>,
    /// How much the files of `cache_dir` may hold together, in bytes, whatever key they were written with. When they hold
    /// more, those that were not used for longest are deleted first; within a day all uses are one. Default: 1 GiB.
    pub disk_cache_size: u64,
    /// The key that authenticates the files of `cache_dir`. Engines with different keys can share a directory: each finds
    /// only what was written with its own. Default: one of its own, drawn once and kept beside the files, readable for
    /// their owner only.
    pub cache_key: Option<CacheKey>,
    /// Whether payloads have a checksum between host and guest. Default: [`Integrity::Auto`], which is none: the guest's memory
    /// is this process's own.
    pub integrity: Integrity,
    /// Payloads of at least this many bytes are compressed where guest and host can; 0 for never. With 0 a compressed
    /// envelope from a wire is refused, too. Default: 0.
    pub lz4_threshold: u32,
    /// The largest payload that is sent or accepted, in bytes, after decompression. Default: 64 MiB.
    pub max_payload: u32,
    /// The memory that a typed reply, or the arguments of a typed host function, may take when they are read, in bytes,
    /// whatever their length was. More is [`ValueError::DecodedTooLarge`](aingle_wasm_codec::ValueError). Default:
    /// 128 MiB; 0 allows only values that need no heap.
    pub max_decoded: u32,
    /// The items that the sequences and maps of such a value may have together, those of no size included. More is
    /// [`ValueError::TooManyItems`](aingle_wasm_codec::ValueError). Default: 16 Mi; 0 allows none.
    pub max_items: u32,
    /// How many bytes an older guest is asked for before each call, for the responses of the host functions that it
    /// calls (`docs/ABI.md`, "Compatibility"). A response that does not fit is dropped: its import returns 0, and the
    /// log has a line. Default: 64 KiB; 0 for none.
    pub older_response_buffer: u32,
    /// Which compiler is used. Default: Cranelift where it is built in.
    pub compiler: Compiler,
    /// Whether instances tell where their fuel goes: [`WasmInstance::profile`](crate::WasmInstance::profile). Calls are many
    /// times slower; results, fuel and depth stay the same. Modules are compiled for it, so caches hold them apart. Not
    /// without metering. Default: no.
    pub profile: bool,
    /// What a module may have before any compiler sees it: bytes, counts, an estimate of work. Default: see
    /// [`ModuleLimits`].
    pub module_limits: ModuleLimits,
    /// The process in which modules are compiled, with limits of its memory and time. Default: `None`, this one,
    /// without limits, except `module_limits`.
    pub compile_process: Option<CompileProcess>,
    /// How long a module that the compiler or the compile process failed on is refused again without another try. The
    /// newest 1,000 are remembered. Default: 10 minutes; zero remembers none.
    pub remember_refusals: Duration,
    /// How many threads each compilation uses at most. They are its own: compilations do not wait for each other, and
    /// a process that forked after compiling can compile again. Default: `None`, as many as there are processors.
    pub compile_threads: Option<NonZeroUsize>,
    /// The key of encrypted envelopes, for [`call_envelope`](crate::WasmInstance::call_envelope). Default: None, encrypted
    /// envelopes are refused with [`DecodeError::NoKey`](crate::DecodeError::NoKey).
    #[cfg(feature = "encryption")]
    pub encryption_key: Option<EncryptionKey>,
    /// Whether `call_envelope` refuses requests that are not encrypted, with
    /// [`DecodeError::NotEncrypted`](crate::DecodeError::NotEncrypted). Default: None, they are refused if there is an
    /// `encryption_key`. `Some(true)` without a key is refused by [`WasmEngine::new`](crate::WasmEngine::new). With
    /// `Some(false)` and a key everyone is served, and whoever clears a request's flag of encryption hands the guest
    /// the ciphertext.
    #[cfg(feature = "encryption")]
    pub encryption_required: Option<bool>,
    /// How many sessions of senders of encrypted requests an engine remembers, so that no request is taken twice: some
    /// 200 bytes each. When there is one more, the oldest is forgotten, and requests of it and of older ones are
    /// refused from then on, with [`ReplayError::Stale`](crate::ReplayError::Stale). 0 remembers none, and every
    /// request can be replayed. Default: 1,024.
    #[cfg(feature = "encryption")]
    pub encryption_sessions: usize,
    /// How many later requests of its session may overtake an encrypted request; else it is refused with
    /// [`ReplayError::Overtaken`](crate::ReplayError::Overtaken). 0 takes requests of a session only in the order in
    /// which they were encrypted. At most 1,023. Default: 0.
    #[cfg(feature = "encryption")]
    pub encryption_reorder: u32,
    /// Encrypted requests of sessions that began before this are refused, with
    /// [`ReplayError::Stale`](crate::ReplayError::Stale), because an engine does not know what was received before it.
    /// It is as good as the clocks of both sides. `Some(UNIX_EPOCH)` takes all, and what was recorded before the engine
    /// was made can be replayed once. Default: None, the time at which the engine is made.
    #[cfg(feature = "encryption")]
    pub encryption_since: Option<std::time::SystemTime>,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            metering_limit: 100_000_000_000,
            depth_limit: DEFAULT_DEPTH_LIMIT,
            deadline: Some(Duration::from_secs(30)),
            prices: PriceList::default(),
            trust_carried_limits: false,
            canonicalize_nans: true,
            cache_size: 256 * 1024 * 1024,
            cache_modules: 4096,
            static_memory_bound: STATIC_MEMORY_BOUND,
            memory_limit: u64::from(STATIC_MEMORY_BOUND) * PAGE,
            instance_limit: 16 * 1024 * 1024,
            table_limit: 1 << 20,
            pool_idle_memory: 16 * 1024 * 1024,
            cache_dir: None,
            disk_cache_size: 1024 * 1024 * 1024,
            cache_key: None,
            integrity: Integrity::Auto,
            lz4_threshold: 0,
            max_payload: DEFAULT_MAX_PAYLOAD,
            max_decoded: DEFAULT_MAX_DECODED,
            max_items: DEFAULT_MAX_ITEMS,
            older_response_buffer: DEFAULT_OLDER_RESPONSE_BUFFER,
            compiler: Compiler::default(),
            profile: false,
            module_limits: ModuleLimits::default(),
            compile_process: None,
            remember_refusals: Duration::from_secs(600),
            compile_threads: None,
            #[cfg(feature = "encryption")]
            encryption_key: None,
            #[cfg(feature = "encryption")]
            encryption_required: None,
            #[cfg(feature = "encryption")]
            encryption_sessions: 1024,
            #[cfg(feature = "encryption")]
            encryption_reorder: 0,
            #[cfg(feature = "encryption")]
            encryption_since: None,
        }
    }
}

impl EngineConfig {
    /// Refuses what cannot be done, so that no field is ignored in silence.
    pub(crate) fn check(&self) -> Result<(), HostErrorKind> {
        let refuse = |field, reason| Err(HostErrorKind::Config { field, reason });
        if !self.compiler.is_built() {
            return refuse("compiler", "built without this compiler");
        }
        if self.static_memory_bound > MAX_PAGES {
            return refuse("static_memory_bound", "more than the 65,536 pages that can be addressed");
        }
        if self.metered() && self.metering_limit > MAX_FUEL {
            return refuse("metering_limit", "more than 2^62, the most that can be counted");
        }
        if self.profile && !self.metered() {
            return refuse("profile", "without metering there is no fuel to tell of");
        }
        if !(1..=MAX_DEPTH_LIMIT).contains(&self.depth_limit) {
            const { assert!(MAX_DEPTH_LIMIT == 4096) };
            return refuse("depth_limit", "not between 1 and 4,096, which the native stack takes");
        }
        if let Some(reason) = self.compile_process.as_ref().and_then(CompileProcess::refusal) {
            return refuse("compile_process", reason);
        }
        if self.deadline.is_some_and(|deadline| deadline.is_zero()) {
            return refuse("deadline", "zero, which no call keeps");
        }
        self.prices.check().map_err(HostErrorKind::Limits)?;
        if self.lz4_threshold != 0 && !cfg!(feature = "lz4") {
            return refuse("lz4_threshold", "built without the feature `lz4`");
        }
        #[cfg(feature = "encryption")]
        if self.encryption_required == Some(true) && self.encryption_key.is_none() {
            return refuse("encryption_required", "there is no `encryption_key` to open requests with");
        }
        #[cfg(feature = "encryption")]
        if self.encryption_reorder > aingle_wasm_codec::encryption::MAX_REORDER {
            const { assert!(aingle_wasm_codec::encryption::MAX_REORDER == 1023) };
            return refuse("encryption_reorder", "more than 1,023 requests");
        }
        Ok(())
    }

    /// The limit in whole pages.
    pub(crate) fn memory_pages(&self) -> u32 {
        u32::try_from(self.memory_limit / PAGE).unwrap_or(MAX_PAGES).min(MAX_PAGES)
    }

    /// Whether modules are compiled with limits in them.
    pub(crate) fn metered(&self) -> bool {
        self.metering_limit != u64::MAX
    }

    /// Whether the native stack has room for the depth limit and what a module needs beside it.
    pub(crate) fn check_depth(&self, fixed_depth: u32) -> Result<(), HostErrorKind> {
        let stack = u64::from(STACK_UNITS) * u64::from(DEPTH_BYTES);
        Ok(LoadError::check_depth(self.depth_limit, fixed_depth, stack, true)?)
    }

    /// What a call may use.
    pub(crate) fn budget(&self) -> Budget {
        let fuel = self.metered().then_some(self.metering_limit);
        Budget { fuel, depth: self.depth_limit, deadline: self.deadline }
    }

    /// What the shared protocol is configured with.
    pub(crate) fn protocol(&self) -> aingle_wasm_host_core::Config {
        let mut protocol = aingle_wasm_host_core::Config::default();
        protocol.integrity = self.integrity;
        protocol.max_payload = self.max_payload;
        protocol.max_decoded = self.max_decoded;
        protocol.max_items = self.max_items;
        protocol.lz4_threshold = self.lz4_threshold;
        protocol.older_response_buffer = self.older_response_buffer;
        protocol
    }
}
