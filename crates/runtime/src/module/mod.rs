//! Modules that are loaded.

mod command;
mod fault;
mod info;
mod instances;
mod interface;
mod loaded;
mod missing;
mod payload;
mod plain_pool;
mod registry;
#[cfg(feature = "wasi")]
mod wasi_pool;

pub(crate) use command::arguments;
pub(crate) use fault::Fault;
pub use info::{FunctionInfo, FunctionKind, ModuleInfo};
pub(crate) use instances::Taken;
pub(crate) use interface::Export;
pub(crate) use loaded::Loaded;
pub(crate) use payload::Payload;
pub(crate) use registry::Registry;
pub use registry::Replaced;
