//! A guest that was validated before it came into the flash, where there is no room to do it again.

pub mod raw;
