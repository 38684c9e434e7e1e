//! The components are the examples of this package: one of it can have several libraries. Each is empty for other targets than
//! `wasm32-wasip2`.
