//! Compiled modules that are kept: in memory, and between processes on disk.

mod code;
mod disk;
mod key;
mod memory;
mod name;
mod place;
mod private;
mod refusals;
mod stats;

pub use code::CodeCache;
pub use key::CacheKey;
pub use place::CodePlace;
pub use stats::CacheStats;

pub(crate) use disk::DiskCache;
pub(crate) use memory::MemoryCache;
pub(crate) use name::Name;
pub(crate) use refusals::Refusals;
pub(crate) use stats::Counters;
