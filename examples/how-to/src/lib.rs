//! Nothing is here. `build.rs` collects the programs of `docs/how-to`, and `tests/pages.rs` runs them.
