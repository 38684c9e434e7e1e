//! The wasm3 backend.
