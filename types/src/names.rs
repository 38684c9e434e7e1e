//! Every symbol name of the ABI.
//!
//! Names that begin with `__aingle_` belong to the ABI; a guest's own exports and host functions
//! may not use them.

/// The prefix of names that belong to the ABI.
pub const RESERVED_PREFIX: &str = "__aingle_";

/// The exported linear memory.
pub const MEMORY: &str = "memory";

/// Before the decimal ABI version in the name of the function that returns the address of the control block.
/// Bump the number, and [`ABI_VERSION`](crate::ABI_VERSION) with it, when a guest built before the
/// change would misread a host built after it, or the reverse.
pub const ABI_PREFIX: &str = "__aingle_abi_";
/// `() -> i32`: the address of the control block ([`control_block`](crate::control_block)). Its presence makes a guest one of
/// ABI version 2.
pub const ABI: &str = "__aingle_abi_2";

/// `(len: i32) -> i32`: room for a request of `len` bytes, header included; 0 when there is none.
pub const ALLOCATE: &str = "__aingle_guest_allocate";
/// `(ptr: i32, len: i32)`: frees memory of a request. Only older hosts call it.
pub const DEALLOCATE: &str = "__aingle_guest_deallocate";
/// `()`: empties the arena. Only older hosts call it; every call begins with an empty arena anyway.
pub const RESET_ARENA: &str = "__aingle_guest_reset_arena";
/// Holochain's name for [`ALLOCATE`].
pub const HC_ALLOCATE: &str = "__hc__allocate_1";
/// Holochain's name for [`DEALLOCATE`].
pub const HC_DEALLOCATE: &str = "__hc__deallocate_1";

/// `()`: runs the static constructors. A host calls it once, after the start function, where a module exports it: the
/// convention of reactors, which linkers and other hosts know too.
pub const INITIALIZE: &str = "_initialize";

/// The module that all host functions are imported from.
pub const IMPORT_MODULE: &str = "env";
/// Import `(ptr: i32, len: i32) -> i64`: copies the response that did not fit the guest's response buffer.
pub const FETCH: &str = "__aingle_fetch";
/// Import `(ptr: i32, len: i32) -> i64`: a one-way notification, one level byte and UTF-8 text.
pub const LOG: &str = "__aingle_log";

/// The custom section that holds the module's [`description`](crate::description).
pub const DESCRIPTION_SECTION: &str = "aingle.abi";

/// The exported mutable global of type `i64` in which a module that carries limits keeps the fuel that
/// is left; see [`metering`](crate::metering).
pub const FUEL: &str = "__aingle_fuel";
/// The exported mutable global of type `i32` in which it keeps the depth of calls that is left.
pub const DEPTH: &str = "__aingle_depth";
/// `()`: the start function of a module that carries limits, for the host to call when it has set them.
pub const START: &str = "__aingle_start";
/// The custom section of a module that carries limits.
pub const LIMITS_SECTION: &str = "aingle.meter";
/// `(i32, i32) -> i64`: the entry point that a function of numbers with its arguments was made into, for one call.
pub const BOUND: &str = "__aingle_bound";

/// The module that a module which is profiled imports these two from.
pub const PROFILE_MODULE: &str = "__aingle_profile";
/// Import `(function: i32)`: the function of this index begins.
pub const PROFILE_ENTER: &str = "enter";
/// Import `()`: the function that began last, and has not returned yet, returns.
pub const PROFILE_LEAVE: &str = "leave";
