//! Which module runs, and whether it may stay.
//!
//! The functions are not inlined, so that what one of them needs of the stack is free again when the next one runs.

use crate::board::{self, layout};
use crate::console::Console;
#[cfg(not(feature = "native"))]
use crate::engine;
use crate::engine::Failure;
use crate::flash::Flash;
#[cfg(feature = "native")]
use crate::images::{self, Images};
use crate::{keys, raw, watchdog};
use aingle_wasm_manifest::{Key, Policy};
use aingle_wasm_update::{
    Area, Device, Finished, Layout, Report, Sink, Started, StateError, UpdateError, Updater,
};
use cortex_m::peripheral::SCB;
use cortex_m::singleton;

/// How long a module may take to show that it works, in milliseconds. It takes some five.
const TRIAL: u32 = 100;

/// How often a module is started that does not show it.
const BOOTS: u8 = 2;

/// The slots of this board, and its boot state.
pub struct Slots {
    modules: Updater<Flash>,
    #[cfg(feature = "native")]
    images: Images,
    /// Whether the last blob was a native image.
    #[cfg(feature = "native")]
    to_images: bool,
}

impl Slots {
    /// Opens the boot state, once. A device that never had one gets it.
    #[inline(never)]
    pub fn open() -> Result<&'static mut Self, UpdateError> {
        let device = device();
        let slots = Self {
            modules: open(device, layout::STATE, layout::SLOT_A, layout::SLOT_B)?,
            #[cfg(feature = "native")]
            images: Images::open(device)?,
            #[cfg(feature = "native")]
            to_images: false,
        };
        singleton!(: Slots = slots).ok_or(UpdateError::NoModule)
    }

    /// Runs the module that is to run, and returns whether there is one. One on trial is confirmed if it works, and given up if it
    /// does not.
    pub fn run(&mut self, console: &mut Console) -> Result<bool, UpdateError> {
        let Some(started) = self.start()? else {
            console.line(format_args!("runs nothing"));
            return Ok(false);
        };
        let sequence = started.sequence;
        console.line(format_args!("starts sequence {sequence}"));
        let module =
            raw::flash_slice(started.module.offset, started.module.len).ok_or(UpdateError::NoModule)?;
        let on_trial = started.boots_left.is_some();
        match watchdog::within(TRIAL, || self.check(module)) {
            Ok(version) => {
                if on_trial {
                    self.confirm()?;
                }
                console.line(format_args!("runs version {version}, sequence {sequence}"));
            }
            Err(Failure(code)) => {
                console.line(format_args!("sequence {sequence} failed with code {code}"));
                if on_trial {
                    self.fail(code)?;
                    SCB::sys_reset();
                }
            }
        }
        Ok(true)
    }

    /// Returns what receives modules.
    #[cfg(feature = "fleet")]
    pub fn modules_mut(&mut self) -> &mut Updater<Flash> {
        &mut self.modules
    }

    /// Says what the last update came to, in numbers.
    #[cfg(feature = "serial")]
    pub fn print_report(&self, console: &mut Console) {
        let Report { outcome, code, sequence, .. } = Sink::report(self);
        console.line(format_args!("report {} {code} {sequence}", outcome.code()));
    }

    /// Says whether the module runs as a native image, and if not, why.
    #[cfg(feature = "native")]
    pub fn print_choice(&self, console: &mut Console) {
        match self.images.not_native() {
            None => console.line(format_args!("image native")),
            Some(code) => console.line(format_args!("image {code}")),
        }
    }

    /// Checks that a module works: on the interpreter, or as its native image if there is one.
    fn check(&mut self, module: &[u8]) -> Result<u32, Failure> {
        #[cfg(feature = "native")]
        {
            let before = self.images.report();
            let checked = self.images.check(module);
            self.to_images = self.images.report() != before;
            checked
        }
        #[cfg(not(feature = "native"))]
        engine::check(module)
    }

    /// Returns what receives the blob that is under way.
    fn receiver(&mut self) -> &mut Updater<Flash> {
        #[cfg(feature = "native")]
        if self.to_images {
            return self.images.updater_mut();
        }
        &mut self.modules
    }

    #[inline(never)]
    fn start(&mut self) -> Result<Option<Started>, UpdateError> {
        match self.modules.start() {
            Ok(started) => Ok(Some(started)),
            Err(UpdateError::NoModule) => Ok(None),
            Err(error) => Err(error),
        }
    }

    #[inline(never)]
    fn confirm(&mut self) -> Result<(), UpdateError> {
        self.modules.confirm()
    }

    #[inline(never)]
    fn fail(&mut self, code: u16) -> Result<(), UpdateError> {
        self.modules.fail(code)
    }
}

/// Opens the state and the slots of one kind of blob. A device that never had them gets them.
pub fn open(device: Device, state: Area, a: Area, b: Area) -> Result<Updater<Flash>, UpdateError> {
    let layout = Layout::new(&Flash, state, a, b).map_err(|_| UpdateError::NoModule)?;
    match Updater::open(Flash, layout, device) {
        Err(UpdateError::State(StateError::NotFormatted)) => Updater::provision(Flash, layout, device),
        other => other,
    }
}

fn device() -> Device {
    let keys = singleton!(: [Key; 3] = [
        Key::module(keys::MODULES),
        Key::module(keys::REVOKED).revoked(),
        Key::root(keys::ROOT),
    ]);
    Device::new(keys.map_or(&[], |keys| keys), policy).trial_boots(BOOTS)
}

/// What the device accepts of modules.
pub fn policy(keys: &[Key]) -> Policy<'_> {
    Policy::new(keys)
        .target(keys::TARGET)
        .max_module(layout::SLOT_A.len)
        .max_memory(board::GUEST_MEMORY)
        .max_stack(board::ENGINE_STACK)
}

impl Sink for Slots {
    #[inline(never)]
    fn begin(&mut self, header: &[u8], len: u32) -> Result<u32, UpdateError> {
        #[cfg(feature = "native")]
        {
            self.to_images = images::is_image(header, len);
        }
        self.receiver().begin(header, len)
    }

    #[inline(never)]
    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), UpdateError> {
        self.receiver().write(offset, bytes)
    }

    #[inline(never)]
    fn finish(&mut self) -> Result<Finished, UpdateError> {
        self.receiver().finish()
    }

    fn abort(&mut self) -> Result<(), UpdateError> {
        self.receiver().abort()
    }

    fn report(&self) -> Report {
        #[cfg(feature = "native")]
        if self.to_images {
            return self.images.report();
        }
        self.modules.report()
    }
}
