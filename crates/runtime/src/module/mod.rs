//! Modules that are loaded.

mod info;
mod instances;
mod interface;
mod loaded;
mod plain_pool;
mod registry;

pub use info::{FunctionInfo, FunctionKind, ModuleInfo};
pub(crate) use instances::Payload;
pub(crate) use interface::Export;
pub(crate) use loaded::Loaded;
pub(crate) use registry::Registry;
pub use registry::Replaced;
