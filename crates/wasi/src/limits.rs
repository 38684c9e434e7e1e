//! What a program may use.

use std::time::Duration;

/// Limits on compilation and on one run. Start functions, instantiation and every instance of a component count.
///
/// ```
/// use aingle_wasm_wasi::Limits;
/// use std::time::Duration;
///
/// let limits = Limits { memory: 64 << 20, timeout: Some(Duration::from_secs(5)), ..Limits::default() };
/// assert_eq!(limits.fuel, None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Work that the run may do, in units of Wasmtime: about one for each operator, and one for each byte of bulk memory and
    /// each element of bulk tables. They are not those of `docs/METERING-REFERENCE.md`. Wasmtime looks at it where functions
    /// begin and loops repeat. `None` is no limit, and counts nothing. Default: `None`.
    pub fuel: Option<u64>,
    /// Size of all memories together, in bytes. Growth beyond it is refused to the guest. Default: 1 GiB.
    pub memory: u64,
    /// Elements of all tables together. Growth beyond it is refused to the guest. Default: 1,000,000.
    pub table_elements: u64,
    /// Core instances. A core module needs one, a component as many as it has modules and adapters. Default: 256.
    pub instances: u32,
    /// Resources of the host that the guest may hold at a time: descriptors, streams, directories. Default: 10,000.
    pub handles: u32,
    /// How long the run may take, host calls included. A bulk operation on memory and a host function that Wasmtime runs
    /// in one piece are not interrupted; `memory` and `random` bound the time of these. `None` is no limit. Default: 30 s.
    pub timeout: Option<Duration>,
    /// The guest's native stack, in bytes. Default: 1 MiB. Less than 64 KiB counts as 64 KiB.
    pub stack: u32,
    /// The most random bytes that one call may ask for. Default: 1 MiB.
    pub random: u64,
    /// Size of a request's body, in bytes, of a [`Handler`](crate::Handler). Default: 2 MiB.
    pub request_body: u64,
    /// Size of a response's body, in bytes, of a [`Handler`](crate::Handler). Default: 64 MiB.
    pub response_body: u64,
    /// Size of the file, in bytes. Default: 256 MiB.
    pub module: u64,
    /// Size of the body of one function, in bytes. The compiler takes more time for each byte of a larger one. Default: 1 MiB.
    pub function: u64,
    /// How long compilation may take. Beyond it, [`Program::compile`](crate::Program::compile) returns; its thread ends when
    /// the compiler is done, which cannot be interrupted. `None` is no limit. Default: 60 s.
    pub compile_time: Option<Duration>,
}

/// The least stack, in bytes.
const LEAST_STACK: u32 = 64 << 10;

impl Limits {
    /// Returns the size of the native stack, in bytes.
    pub(crate) fn native_stack(&self) -> u32 {
        self.stack.max(LEAST_STACK)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: None,
            memory: 1 << 30,
            table_elements: 1_000_000,
            instances: 256,
            handles: 10_000,
            timeout: Some(Duration::from_secs(30)),
            stack: 1 << 20,
            random: 1 << 20,
            request_body: 2 << 20,
            response_body: 64 << 20,
            module: 256 << 20,
            function: 1 << 20,
            compile_time: Some(Duration::from_secs(60)),
        }
    }
}
