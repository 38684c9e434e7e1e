//! The native image of the module that runs: in slots of its own, and on trial as modules are.
//!
//! The module itself is always there, so that whatever becomes of its image, it can be interpreted.

use crate::board::layout;
use crate::boot::{open, policy};
use crate::engine::{self, Failure};
use crate::flash::Flash;
use crate::{keys, raw};
use aingle_wasm_host_embedded::native::{Choice, Fallback, NativeImage, NotNative};
use aingle_wasm_manifest::{Engine, Key, Manifest, Policy, sha256};
use aingle_wasm_update::{Device, Report, Started, UpdateError, Updater};

/// Whether this device interprets a module that has no native image.
const FALLBACK: Fallback = Fallback::Interpret;

/// The slots of images, and their state.
pub struct Images {
    updater: Updater<Flash>,
    keys: &'static [Key],
    /// Why the module that runs is interpreted. `None` if it is not.
    not_native: Option<u16>,
}

impl Images {
    /// Opens them. They accept the keys that are built in: lists of keys are for modules.
    #[inline(never)]
    pub fn open(device: Device) -> Result<Self, UpdateError> {
        let of_images = Device { policy: policy_of_images, ..device };
        let updater = open(of_images, layout::IMAGE_STATE, layout::IMAGE_A, layout::IMAGE_B)?;
        Ok(Self { updater, keys: device.keys, not_native: Some(NotNative::Absent.code()) })
    }

    /// Checks that a module works: as its native image if there is one that this device runs, or else on the interpreter.
    #[inline(never)]
    pub fn check(&mut self, wasm: &[u8]) -> Result<u32, Failure> {
        let started = self.updater.start();
        let on_trial = started.as_ref().is_ok_and(|started| started.boots_left.is_some());
        let image = started.map_err(|_| NotNative::Absent).and_then(|started| self.image(&started, wasm));
        let choice = FALLBACK.choose(image).map_err(|reason| Failure(reason.code()))?;
        let failed = match choice {
            Choice::Native(image) => match engine::check_native(image) {
                Err(Failure(code)) if on_trial => code,
                checked => {
                    self.not_native = None;
                    self.end_trial(on_trial, Updater::confirm);
                    return checked;
                }
            },
            Choice::Interpreter(reason) => reason.code(),
        };
        self.not_native = Some(failed);
        self.end_trial(on_trial, |updater| updater.fail(failed));
        engine::check(wasm)
    }

    /// Returns why the module that runs is interpreted. `None` if it is not.
    pub fn not_native(&self) -> Option<u16> {
        self.not_native
    }

    pub fn updater_mut(&mut self) -> &mut Updater<Flash> {
        &mut self.updater
    }

    pub fn report(&self) -> Report {
        self.updater.report()
    }

    /// Returns the image in a slot, if it is one of this module and for this device.
    #[inline(never)]
    fn image(&self, started: &Started, wasm: &[u8]) -> Result<NativeImage<'static>, NotNative> {
        let header = raw::flash_slice(started.header.offset, started.header.len).ok_or(NotNative::Absent)?;
        let bytes = raw::flash_slice(started.module.offset, started.module.len).ok_or(NotNative::Absent)?;
        let content = self.updater.state().control.contents[started.slot as usize];
        let manifest = Manifest::parse(header, content.len)?;
        let admitted = policy_of_images(self.keys).check(&manifest, None)?;
        NativeImage::of_module(bytes, &admitted, raw::signers(), &sha256(wasm), &engine::native_config())
    }

    fn end_trial(
        &mut self,
        on_trial: bool,
        how: impl FnOnce(&mut Updater<Flash>) -> Result<(), UpdateError>,
    ) {
        if on_trial {
            // If the flash fails, the trial goes on at the next restart.
            let _ = how(&mut self.updater);
        }
    }
}

/// Returns whether a blob says that it is a native image, or a delta of one.
pub fn is_image(header: &[u8], len: u32) -> bool {
    let manifest = Manifest::parse(header, len);
    manifest.is_ok_and(|manifest| matches!(manifest.fields().engine, Engine::Native { .. }))
}

fn policy_of_images(keys: &[Key]) -> Policy<'_> {
    policy(keys).wasm(false).native(keys::TRIPLE)
}
