//! The engine, and how it loads an image.

use super::config::NativeConfig;
use super::error::{NO_PROCESSOR, check_target};
use super::instance::NativeInstance;
use super::limits::check_stack;
use super::raw::{Block, NativeImage};
use crate::limits::Requirements;
use crate::runtime::{Backend, Capabilities};
use aingle_wasm_host_core::{Error, Host, LoadError, Module, abi};
use aingle_wasm_image::{ALIGN, Image};

/// The engine of one image.
#[derive(Debug, Clone, Copy)]
pub struct Native<'i> {
    image: NativeImage<'i>,
    config: NativeConfig,
}

impl<'i> Native<'i> {
    /// Returns an engine for this image. The bytes that a [`Runtime`](crate::Runtime) is given have to be
    /// [`NativeImage::bytes`].
    #[must_use]
    pub const fn new(image: NativeImage<'i>, config: NativeConfig) -> Self {
        Self { image, config }
    }
}

impl Backend for Native<'_> {
    type Instance<'m, S> = NativeInstance<'m, S>;

    const CAPABILITIES: Capabilities =
        Capabilities { memory_below_a_page: true, ..Capabilities::none("native") };

    fn load<'m, S>(self, wasm: &'m [u8], host: Host<S>) -> Result<NativeInstance<'m, S>, Error> {
        let image = self.image.borrowed(wasm).ok_or(LoadError::Engine {
            reason: "the bytes are not those of the native image that the engine was made for",
        })?;
        let (module, requirements) = check(&image, &self.config)?;
        if NativeConfig::target_of_build().is_none() {
            return Err(LoadError::Engine { reason: NO_PROCESSOR }.into());
        }
        let block = Block::new(image, host, self.config.native_stack).ok_or(LoadError::OutOfMemory)?;
        Ok(NativeInstance::new(image, module, block, requirements, self.config.native_stack))
    }
}

/// Compares an image with the device and its configuration, and reads its skeleton. No code runs.
pub(super) fn check<'m>(
    image: &Image<'m>,
    config: &NativeConfig,
) -> Result<(Module<'m>, Requirements), Error> {
    check_place(image, config)?;
    let module = Module::parse(image.skeleton())?;
    abi::check_imports(module)?;
    if module.limits().is_some() != image.counters().is_some() {
        return Err(LoadError::Counters.into());
    }
    // What interpreters take for a unit of depth is not what this code takes: `check_stack` compares that.
    let requirements = config.requirements().check(module, u64::MAX, false)?;
    check_stack(image, config.native_stack, config.depth_limit)?;
    Ok((module, requirements))
}

/// Compares an image with the processor, and its place and memory with what they may be.
fn check_place(image: &Image<'_>, config: &NativeConfig) -> Result<(), LoadError> {
    check_target(config.target, image.target())?;
    let misaligned = image.bytes().as_ptr().addr() % ALIGN;
    if misaligned != 0 {
        return Err(LoadError::Image { what: "address modulo 8", expected: 0, found: misaligned as u32 });
    }
    let (limit, needed) = (u64::from(config.memory_limit), u64::from(image.memory()));
    if needed > limit { Err(LoadError::MemoryLimit { limit, needed }) } else { Ok(()) }
}
