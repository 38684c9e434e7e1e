//! Instances made fresh again: what calls have changed is put back, instead of making another instance.
//!
//! An instance's state is its memory, its globals, its tables, and which passive segments it has dropped. Memory is put
//! back by pages: the system knows which pages of a mapping were ever touched, and those are few. Globals are put
//! back all of them. A module that can change a table or drop a segment is not put back at all, nor is an instance
//! whose memory has grown, nor any where the system does not tell the touched pages.
//!
//! What the system tells is not taken on trust. A snapshot writes to a page and has to see it, and each time that an
//! instance is put back all pages of its snapshot have to be seen. A child after `fork` opens a pagemap of its own.

mod constant;
mod pages;
mod snapshot;

pub(crate) use constant::only_memory_and_globals;
pub(crate) use snapshot::Snapshot;
