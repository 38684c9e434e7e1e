//! Writes instructions as a patch.

use super::plan::Instruction;
use super::range::Encoder;
use crate::header::Header;
use crate::model::Model;
use std::vec::Vec;

/// Writes the patch of these instructions.
pub(crate) fn encode(old: &[u8], new: &[u8], instructions: &[Instruction]) -> Vec<u8> {
    let header = Header { old_len: old.len() as u32, new_len: new.len() as u32 };
    let mut writer = Writer { encoder: Encoder::new(header.bytes().to_vec()), model: Model::new() };
    let mut cursor = 0;
    for Instruction { old_at, new_at, copy, literal } in instructions.iter().copied() {
        writer.seek(cursor, old_at);
        writer.copy(&old[old_at..old_at + copy], &new[new_at..new_at + copy]);
        let end = new_at + copy;
        if end < new.len() {
            writer.literal(&new[end..end + literal]);
        }
        cursor = old_at + copy;
    }
    writer.encoder.finish()
}

struct Writer {
    encoder: Encoder,
    model: Model,
}

impl Writer {
    fn seek(&mut self, from: usize, to: usize) {
        self.encoder.bit(&mut self.model.backwards, to < from);
        self.encoder.number(&mut self.model.seek, to.abs_diff(from) as u32);
    }

    fn copy(&mut self, old: &[u8], new: &[u8]) {
        self.encoder.number(&mut self.model.copy, old.len() as u32);
        for (old, new) in old.iter().zip(new) {
            let expected = self.model.expect(*old);
            let add = new.wrapping_sub(*old);
            let hit = add == expected.add;
            self.encoder.bit(self.model.hit(expected), !hit);
            if !hit {
                self.difference(expected.add, add);
            }
            self.model.copied(expected, add, *new);
        }
    }

    /// Writes a difference that was not expected.
    fn difference(&mut self, expected: u8, add: u8) {
        if expected != 0 {
            self.encoder.bit(&mut self.model.kept, add != 0);
            if add == 0 {
                return;
            }
        }
        let again = add == self.model.last;
        self.encoder.bit(&mut self.model.again, !again);
        if !again {
            self.encoder.byte(&mut self.model.bytes, add);
            self.model.last = add;
        }
    }

    fn literal(&mut self, bytes: &[u8]) {
        self.encoder.number(&mut self.model.literal, bytes.len() as u32);
        for byte in bytes {
            self.encoder.byte(&mut self.model.bytes, *byte);
            self.model.written(*byte);
        }
    }
}
