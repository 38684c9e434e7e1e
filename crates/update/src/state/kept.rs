//! All that the state area keeps.

use super::control::Control;
use super::record::{PAYLOAD, Record};
use aingle_wasm_manifest::{Key, Role};

/// How many modules a device can keep a highest sequence of.
pub const MAX_MODULES: usize = 14;

/// How many keys a device can keep.
pub const MAX_KEYS: usize = 8;

/// Modules of one record.
const PAIRS: usize = 7;

/// Highest sequence that was confirmed of one module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HighWater {
    /// Id of the module.
    pub module_id: u32,
    /// The sequence.
    pub sequence: u32,
}

/// The records that a state is made of, and the memory they are read into.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// What each record carries.
    pub control: Control,
    high_water: [Option<HighWater>; MAX_MODULES],
    keys: [Key; MAX_KEYS],
    key_count: u8,
}

/// Places that hold no key are not compared.
impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.control == other.control && self.high_water == other.high_water && self.keys() == other.keys()
    }
}

impl Eq for State {}

impl Default for State {
    fn default() -> Self {
        let nobody = Key::new([0; 32], Role::Module, true);
        Self {
            control: Control::default(),
            high_water: [None; MAX_MODULES],
            keys: [nobody; MAX_KEYS],
            key_count: 0,
        }
    }
}

impl State {
    /// Returns the highest sequence of a module that was confirmed.
    #[must_use]
    pub fn high_water(&self, module_id: u32) -> Option<u32> {
        self.high_waters().find(|entry| entry.module_id == module_id).map(|entry| entry.sequence)
    }

    /// Lists the highest sequences.
    pub fn high_waters(&self) -> impl Iterator<Item = HighWater> + '_ {
        self.high_water.iter().flatten().copied()
    }

    /// Returns the keys that a list of keys brought.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        self.keys.get(..self.key_count.into()).unwrap_or_default()
    }

    /// Returns whether the sequence of this module can be kept.
    pub(crate) fn has_place_for(&self, module_id: u32) -> bool {
        self.high_water(module_id).is_some() || self.high_water.iter().any(Option::is_none)
    }

    /// Raises the sequence of a module. A lower one changes nothing, and one that has no place is not kept.
    pub fn raise(&mut self, raise: HighWater) {
        let known =
            self.high_water.iter().position(|entry| entry.is_some_and(|it| it.module_id == raise.module_id));
        let place = known.or_else(|| self.high_water.iter().position(Option::is_none));
        if let Some(entry) = place.and_then(|place| self.high_water.get_mut(place)) {
            let before = entry.map_or(0, |entry| entry.sequence);
            *entry = Some(HighWater { sequence: raise.sequence.max(before), ..raise });
        }
    }

    /// Takes over a list of keys in place of the one before. What is over [`MAX_KEYS`] is not kept.
    pub fn set_keys(&mut self, keys: impl Iterator<Item = Key>) {
        self.key_count = 0;
        keys.for_each(|key| self.add_key(key));
    }

    fn add_key(&mut self, key: Key) {
        if let Some(place) = self.keys.get_mut(usize::from(self.key_count)) {
            *place = key;
            self.key_count += 1;
        }
    }

    /// Returns record `index` of the records that are this state, or `None` behind the last.
    pub(crate) fn record(&self, index: usize) -> Option<Record> {
        const WATERS: usize = MAX_MODULES / PAIRS;
        match index {
            0 => Some(control_record(&self.control, None)),
            1..=WATERS => Some(self.water_record(index - 1)),
            _ => self.keys().get(index - 1 - WATERS).map(key_record),
        }
    }

    fn water_record(&self, part: usize) -> Record {
        let mut payload = [0xFF; PAYLOAD];
        let pairs = self.high_water.iter().skip(part * PAIRS).take(PAIRS).flatten();
        for (bytes, pair) in payload.chunks_exact_mut(8).zip(pairs) {
            bytes[..4].copy_from_slice(&pair.module_id.to_le_bytes());
            bytes[4..].copy_from_slice(&pair.sequence.to_le_bytes());
        }
        let count = self.high_water.iter().skip(part * PAIRS).take(PAIRS).flatten().count();
        Record { kind: Record::HIGH_WATER, detail: count as u8, payload }
    }

    /// Applies a record.
    pub(crate) fn apply(&mut self, record: &Record) {
        match record.kind {
            Record::CONTROL => {
                if let Some(control) = record.payload.first_chunk() {
                    self.control = Control::decode(control);
                }
                if record.detail == 1 {
                    self.raise(pair(&record.payload[Control::LEN..]));
                }
            }
            Record::HIGH_WATER => {
                for bytes in record.payload.chunks_exact(8).take(usize::from(record.detail)) {
                    self.raise(pair(bytes));
                }
            }
            Record::KEY => {
                if let Some(public) = record.payload.first_chunk() {
                    let role = if record.payload[32] == Role::Root as u8 { Role::Root } else { Role::Module };
                    self.add_key(Key::new(*public, role, record.payload[33] != 0));
                }
            }
            _ => {}
        }
    }
}

/// Makes the record of the control part, and of a raised sequence with it.
pub(crate) fn control_record(control: &Control, raise: Option<HighWater>) -> Record {
    let mut payload = [0xFF; PAYLOAD];
    payload[..Control::LEN].copy_from_slice(&control.encode());
    if let Some(raise) = raise {
        payload[Control::LEN..Control::LEN + 4].copy_from_slice(&raise.module_id.to_le_bytes());
        payload[Control::LEN + 4..Control::LEN + 8].copy_from_slice(&raise.sequence.to_le_bytes());
    }
    Record { kind: Record::CONTROL, detail: u8::from(raise.is_some()), payload }
}

fn key_record(key: &Key) -> Record {
    let mut payload = [0xFF; PAYLOAD];
    payload[..32].copy_from_slice(key.public());
    payload[32] = key.role() as u8;
    payload[33] = u8::from(key.is_revoked());
    Record { kind: Record::KEY, detail: 0, payload }
}

/// Reads a module id and a sequence.
fn pair(bytes: &[u8]) -> HighWater {
    let word = |at: usize| {
        let word = bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        word.map_or(0, u32::from_le_bytes)
    };
    HighWater { module_id: word(0), sequence: word(4) }
}
