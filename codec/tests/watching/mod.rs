//! An allocator that remembers the largest request.

pub mod raw;
