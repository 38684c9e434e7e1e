//! The spacewasm backend.
