//! What was compiled.

use wasmtime::Module;
use wasmtime::component::Component;

/// What was compiled.
pub enum Compiled {
    Core(Module),
    Component(Box<Component>),
}
