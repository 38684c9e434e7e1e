//! A simulated device: updater, agent and engine are those of firmware, the flash is in RAM.

use crate::devices::GROUP;
use crate::keys::{MODULES, OPERATOR, TARGET};
use aingle_wasm_fleet::mqtt::{self, Broker};
use aingle_wasm_fleet::{Agent, Config, Timing};
use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
use aingle_wasm_host_embedded::{Error, Runtime};
use aingle_wasm_manifest::{Key, Policy};
use aingle_wasm_update::{Device, Layout, ModuleSource, RamFlash, Started, UpdateError, Updater};
use anyhow::{Context, Result};
use std::sync::LazyLock;
use std::time::Instant;

const STATE: u32 = 8 * 1024;
const SLOT: u32 = 64 * 1024;

type Flash = RamFlash<8, 4096, { (STATE + 2 * SLOT) as usize }>;

static MAKERS: LazyLock<[Key; 1]> = LazyLock::new(|| [Key::module(MODULES)]);
static OPERATORS: LazyLock<[Key; 1]> = LazyLock::new(|| [Key::module(OPERATOR)]);

fn policy(keys: &[Key]) -> Policy<'_> {
    Policy::new(keys).target(TARGET).max_module(SLOT)
}

fn device() -> Device {
    Device::new(&*MAKERS, policy).trial_boots(2)
}

/// Lives until this is dropped: starts what is to run, follows the group, restarts.
pub async fn live(broker: Broker, name: String, first: Vec<u8>) -> Result<()> {
    let mut flash = Box::new(Flash::new());
    let layout = Layout::in_a_row(&*flash, 0, STATE, SLOT)?;
    make(&mut flash, layout, &first)?;
    let timing = Timing { chunk: 1_000, retry: 1_000, ..Timing::default() };
    let began = Instant::now();
    loop {
        let mut updater = Updater::open(&mut *flash, layout, device())?;
        let started = updater.start()?;
        if started.boots_left.is_some() && !tries(&mut updater, &started)? {
            continue;
        }
        let config = Config { timing, ..Config::new(crate::devices::PREFIX, GROUP, &name, &*OPERATORS) };
        let mut agent = Agent::new(config, &mut updater, Some(&started))?;
        let now = || began.elapsed().as_millis() as u64;
        mqtt::run(&broker, &mut agent, &mut updater, now, |_| false).await;
    }
}

/// Makes a new device that runs its first module.
fn make(flash: &mut Flash, layout: Layout, first: &[u8]) -> Result<()> {
    Updater::provision(&mut *flash, layout, device())?;
    let mut updater = Updater::open(&mut *flash, layout, device())?;
    updater.begin(first, first.len() as u32)?;
    for (chunk, at) in first.chunks(256).zip((0..).step_by(256)) {
        updater.write(at, chunk)?;
    }
    updater.finish()?;
    let mut updater = Updater::open(&mut *flash, layout, device())?;
    let started = updater.start()?;
    tries(&mut updater, &started)?.then_some(()).context("the first module does not work")
}

/// Runs a module on trial, and confirms it if it works. Returns whether it does.
fn tries(updater: &mut Updater<&mut Flash>, started: &Started) -> Result<bool, UpdateError> {
    let mut module = vec![0; started.module.len as usize];
    updater.source(started.module).read(0, &mut module)?;
    match ask(&module) {
        Ok(_) => updater.confirm().map(|()| true),
        Err(Error::Trap(_) | Error::Panic { .. }) => updater.fail(1).map(|()| false),
        Err(_) => updater.fail(2).map(|()| false),
    }
}

/// Asks a module what it is there for, as the firmware does.
fn ask(module: &[u8]) -> Result<u32, Error> {
    let config = Wasm3Config { memory_limit: 8 * 1024, stack_size: 4 * 1024, ..Wasm3Config::default() };
    let mut runtime = Runtime::new(Wasm3::new(config), module)?;
    let version = runtime.call("version", ())?;
    let _: Option<bool> = runtime.call("heat", (19.0_f32, true))?;
    Ok(version)
}
