//! A device of the tests: the real updater on a modelled flash.
#![allow(dead_code, reason = "each test uses a part of it")]

use aingle_wasm_flash_model::{Cut, Erased, Fault, Flash, Random, Rules, Torn};
use aingle_wasm_fleet::{Announcement, BlobId, Config, Timing};
use aingle_wasm_manifest::{Builder, Key, Policy, SigningKey};
use aingle_wasm_update::{Device, Layout, Started, UpdateError, Updater};
use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};

pub const PREFIX: &str = "test";
pub const GROUP: &str = "greenhouse";
pub const CHUNK: u16 = 256;
pub const MODULE: u32 = 7;

const BLOCK: usize = 1024;
const STATE: u32 = 4096;
const SLOT: u32 = 8192;

/// Who signs modules, and who announces.
pub static MAKER: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_bytes(&[1; 32]));
pub static OPERATOR: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_bytes(&[2; 32]));
static MAKERS: LazyLock<[Key; 1]> = LazyLock::new(|| [Key::module(MAKER.verifying_key().to_bytes())]);
static OPERATORS: LazyLock<[Key; 1]> = LazyLock::new(|| [Key::module(OPERATOR.verifying_key().to_bytes())]);

fn policy(keys: &[Key]) -> Policy<'_> {
    Policy::new(keys).max_module(SLOT)
}

/// A blob of so many bytes.
pub fn blob(sequence: u32, len: usize) -> Vec<u8> {
    let mut random = Random::new(sequence.into());
    let module: Vec<u8> = (0..len).map(|_| random.byte()).collect();
    Builder::module(MODULE, sequence, "main").build(&module, Some(&MAKER)).expect("a blob")
}

/// The bytes of a blob's manifest.
pub fn header(blob: &[u8]) -> &[u8] {
    let manifest = aingle_wasm_manifest::Manifest::parse(blob, blob.len() as u32).expect("a manifest");
    &blob[..manifest.payload_offset() as usize]
}

pub fn id(blob: &[u8]) -> BlobId {
    BlobId::of(header(blob))
}

/// What tells the whole group of a blob.
pub fn announced(blob: &[u8], number: u32) -> Announcement<'_> {
    Announcement {
        paused: false,
        permille: 1_000,
        number,
        blob_len: blob.len() as u32,
        chunk_len: CHUNK,
        group: GROUP,
        header: header(blob),
    }
}

pub fn config(device: &str, timing: Timing) -> Config<'_> {
    Config { timing, ..Config::new(PREFIX, GROUP, device, &*OPERATORS) }
}

/// A flash that says when its power was cut, and counts erased blocks of slots.
pub struct Storage {
    pub flash: Flash<8, BLOCK>,
    pub is_off: Arc<AtomicBool>,
    pub erased: Arc<AtomicU32>,
}

impl Storage {
    /// Makes the flash of a new device, which runs this blob, confirmed.
    pub fn new(seed: u64, first: &[u8]) -> Self {
        let blocks = ((STATE + 2 * SLOT) as usize) / BLOCK;
        let flash = Flash::new(blocks, Rules::ALL[seed as usize % Rules::ALL.len()], seed);
        let mut storage = Self { flash, is_off: Arc::default(), erased: Arc::default() };
        let (layout, device) = (layout(&storage), device());
        Updater::provision(&mut storage, layout, device).expect("provisioned");
        let mut updater = Updater::open(&mut storage, layout, device).expect("opens");
        updater.begin(header(first), first.len() as u32).expect("accepted");
        for (chunk, at) in first.chunks(CHUNK.into()).zip((0..).step_by(CHUNK.into())) {
            updater.write(at, chunk).expect("written");
        }
        updater.finish().expect("verified");
        let mut updater = Updater::open(&mut storage, layout, device).expect("opens");
        updater.start().expect("starts");
        updater.confirm().expect("confirmed");
        storage
    }

    /// Brings the power back, until it is cut again.
    pub fn power(&mut self, cut: Option<Cut>) {
        self.is_off.store(false, Ordering::Relaxed);
        self.flash.reboot();
        self.flash.cut_at(cut);
    }

    /// Does what firmware does at a restart. `None` if the power was cut meanwhile.
    pub fn boot(&mut self) -> Option<(Updater<&mut Self>, Started)> {
        let layout = layout(self);
        let opened = Updater::open(&mut *self, layout, device());
        let mut updater = unless_off(opened)?;
        if updater.is_received() {
            // What was altered on the way is refused, and the module that runs goes on.
            match updater.finish() {
                Err(UpdateError::Refused(_)) => {}
                finished => drop(unless_off(finished)?),
            }
        }
        let started = unless_off(updater.start())?;
        Some((updater, started))
    }

    fn note<T>(&self, result: Result<T, Fault>) -> Result<T, Fault> {
        if matches!(result, Err(Fault::PowerOff)) {
            self.is_off.store(true, Ordering::Relaxed);
        }
        result
    }
}

/// A device has a module at each start, unless its power was cut.
fn unless_off<T>(result: Result<T, UpdateError>) -> Option<T> {
    match result {
        Ok(it) => Some(it),
        Err(UpdateError::Flash(_) | UpdateError::State(_)) => None,
        Err(error) => panic!("the device does not start: {error}"),
    }
}

fn device() -> Device {
    Device::new(&*MAKERS, policy).trial_boots(3)
}

fn layout(storage: &Storage) -> Layout {
    Layout::in_a_row(storage, 0, STATE, SLOT).expect("a layout")
}

impl ErrorType for Storage {
    type Error = Fault;
}

impl ReadNorFlash for Storage {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Fault> {
        let read = self.flash.read(offset, bytes);
        self.note(read)
    }

    fn capacity(&self) -> usize {
        self.flash.capacity()
    }
}

impl NorFlash for Storage {
    const WRITE_SIZE: usize = 8;
    const ERASE_SIZE: usize = BLOCK;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Fault> {
        if from >= STATE {
            self.erased.fetch_add((to - from) / BLOCK as u32, Ordering::Relaxed);
        }
        let erased = self.flash.erase(from, to);
        self.note(erased)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Fault> {
        let written = self.flash.write(offset, bytes);
        self.note(written)
    }
}

/// A cut of power soon.
pub fn cut(random: &mut Random) -> Cut {
    Cut {
        operation: (random.number() % [5, 20, 60][(random.number() % 3) as usize]),
        bytes: random.below(CHUNK.into()),
        torn: Torn::ALL[random.below(Torn::ALL.len())],
        erased: Erased::ALL[random.below(Erased::ALL.len())],
    }
}
