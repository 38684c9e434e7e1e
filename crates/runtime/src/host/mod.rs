//! Host functions: what guests may call.

mod context;
mod functions;
mod waited;

pub use context::HostContext;
pub use functions::HostFunctions;
pub(crate) use functions::Offered;
