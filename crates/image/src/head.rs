//! The head of an instance: the words before the guest's memory, which the code of an image uses.
//!
//! A block of memory has the head, and then the guest's linear memory. The code gets the address of the block. Places are in bytes
//! from its beginning, for processors with pointers of 32 bits.

/// The function that answers calls of imports.
pub const HOST: usize = 0;
/// What the host keeps for itself. The code does not use it.
pub const CONTEXT: usize = 4;
/// The stack pointer to which a trap returns. The code sets it.
pub const STACK_POINTER: usize = 8;
/// The [`TrapCode`](crate::TrapCode) of the call; 0 while there is none.
pub const TRAP: usize = 12;
/// The lowest stack pointer at which a function that checks the stack begins.
pub const STACK_LIMIT: usize = 16;
/// The length of the fixed part. The module's globals follow.
pub const FIXED: usize = 32;
/// The alignment of the block and of the memory in it.
pub const ALIGN: usize = 16;
