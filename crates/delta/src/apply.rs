//! Applies a patch that comes in chunks.

use crate::error::ApplyError;
use crate::header::Header;
use crate::model::Model;
use crate::old::ReadOld;
use crate::range::{Decoder, Input};

/// How many bytes of the old module are read at once, at most. Some are read again if a chunk ends between them.
const BLOCK: usize = 64;

/// What comes next in the patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Header,
    CopyLen,
    /// Whether a copied byte is as expected.
    Hit,
    Kept,
    Again,
    Difference,
    LiteralLen,
    Literal,
    Backwards,
    Seek {
        backwards: bool,
    },
    End,
    Done,
    Failed,
}

/// Applies one patch. It has no heap, and needs some 600 bytes.
#[derive(Debug, Clone)]
pub struct Applier {
    next: Next,
    header: [u8; Header::LEN],
    /// How many bytes of the header are there.
    filled: u8,
    old_len: u32,
    max_len: u32,
    new_len: u32,
    written: u32,
    /// Where the next byte is copied from.
    cursor: u32,
    /// How many bytes the running instruction writes still.
    left: u32,
    /// Whether the running instruction has copied a byte.
    copied: bool,
    decoder: Decoder,
    model: Model,
}

impl Applier {
    /// Returns an applier for an old module of this length. A patch that makes a module of more than `max_len` bytes is
    /// refused.
    #[must_use]
    pub const fn new(old_len: u32, max_len: u32) -> Self {
        Self {
            next: Next::Header,
            header: [0; Header::LEN],
            filled: 0,
            old_len,
            max_len,
            new_len: 0,
            written: 0,
            cursor: 0,
            left: 0,
            copied: false,
            decoder: Decoder::new(),
            model: Model::new(),
        }
    }

    /// Returns the length of the new module, in bytes. `None` before the header is read.
    #[must_use]
    pub fn new_len(&self) -> Option<u32> {
        (usize::from(self.filled) == Header::LEN).then_some(self.new_len)
    }

    /// Returns how many bytes of the new module were written.
    #[must_use]
    pub fn written(&self) -> u32 {
        self.written
    }

    /// Returns whether the patch was complete, and with it the new module.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.next == Next::Done
    }

    /// Applies the next bytes of the patch: writes to the beginning of `out`, and returns how many bytes it wrote.
    ///
    /// `patch` is the chunk, and becomes what is left of it. If `out` is full, call again: more may follow, even if the
    /// chunk is empty. Otherwise the chunk is used up.
    ///
    /// # Errors
    /// [`ApplyError`] when the patch or the old module is at fault. What was written before is of no use.
    pub fn step<R: ReadOld>(
        &mut self,
        old: &mut R,
        patch: &mut &[u8],
        out: &mut [u8],
    ) -> Result<usize, ApplyError<R::Error>> {
        let mut to = 0;
        let result = self.run(old, patch, out, &mut to);
        if result.is_err() {
            self.next = Next::Failed;
        }
        result.map(|()| to)
    }

    /// Checks that the patch was complete. Call it when there are no more chunks.
    ///
    /// # Errors
    /// [`ApplyError::Truncated`], or [`ApplyError::Failed`] after an error.
    pub fn finish(&self) -> Result<(), ApplyError<core::convert::Infallible>> {
        match self.next {
            Next::Done => Ok(()),
            Next::Failed => Err(ApplyError::Failed),
            _ => Err(ApplyError::Truncated { at: self.written }),
        }
    }

    /// Runs until the chunk is used up, or the output is full.
    fn run<R: ReadOld>(
        &mut self,
        old: &mut R,
        patch: Input<'_, '_>,
        out: &mut [u8],
        to: &mut usize,
    ) -> Result<(), ApplyError<R::Error>> {
        loop {
            let ready = match self.next {
                Next::Header => self.read_header(patch)?,
                Next::CopyLen | Next::LiteralLen => self.read_len(patch)?,
                Next::Hit | Next::Kept | Next::Again | Next::Difference => self.copy(old, patch, out, to)?,
                Next::Literal => self.write_literal(patch, out, to),
                Next::Backwards | Next::Seek { .. } => self.read_seek(patch)?,
                Next::End => self.read_end(patch)?,
                Next::Done if patch.is_empty() => None,
                Next::Done => return Err(ApplyError::Trailing),
                Next::Failed => return Err(ApplyError::Failed),
            };
            if ready.is_none() {
                return Ok(());
            }
        }
    }

    fn read_header<E>(&mut self, patch: Input<'_, '_>) -> Result<Option<()>, ApplyError<E>> {
        let filled = usize::from(self.filled);
        let (now, rest) = patch.split_at(patch.len().min(Header::LEN - filled));
        self.header[filled..filled + now.len()].copy_from_slice(now);
        self.filled += now.len() as u8;
        *patch = rest;
        if usize::from(self.filled) < Header::LEN {
            return Ok(None);
        }
        self.new_len = Header::check(&self.header, self.old_len, self.max_len)?.new_len;
        self.begin_instruction();
        Ok(Some(()))
    }

    /// Reads how many bytes are copied, or written as they are.
    fn read_len<E>(&mut self, patch: Input<'_, '_>) -> Result<Option<()>, ApplyError<E>> {
        let copies = self.next == Next::CopyLen;
        let tree = if copies { &mut self.model.copy } else { &mut self.model.literal };
        let Some(len) = self.decoder.number(tree, patch) else { return Ok(None) };
        let left = self.new_len - self.written;
        if len > left {
            return Err(ApplyError::TooMuch { left, len });
        }
        if copies && len > self.old_len - self.cursor {
            return Err(ApplyError::OutsideOld { at: self.cursor.into(), len });
        }
        if !copies && len == 0 && !self.copied {
            return Err(ApplyError::Empty { at: self.written });
        }
        self.left = len;
        self.copied = copies && len > 0;
        self.next = match (copies, len) {
            (true, 0) => Next::LiteralLen,
            (true, _) => Next::Hit,
            (false, 0) => Next::Backwards,
            (false, _) => Next::Literal,
        };
        Ok(Some(()))
    }

    /// Copies bytes, with differences. `None` if the chunk or the output ends before.
    fn copy<R: ReadOld>(
        &mut self,
        old: &mut R,
        patch: Input<'_, '_>,
        out: &mut [u8],
        to: &mut usize,
    ) -> Result<Option<()>, ApplyError<R::Error>> {
        let room = &mut out[*to..];
        let len = room.len().min(self.left as usize).min(BLOCK);
        let block = &mut room[..len];
        if block.is_empty() {
            return Ok(None);
        }
        old.read(self.cursor, block).map_err(ApplyError::Read)?;
        for byte in block {
            let Some(new) = self.copied_byte(*byte, patch) else { return Ok(None) };
            *byte = new;
            *to += 1;
            self.cursor += 1;
            self.wrote_one(Next::Hit);
        }
        if self.left == 0 && self.written < self.new_len {
            self.next = Next::LiteralLen;
        }
        Ok(Some(()))
    }

    /// Reads what becomes of one byte of the old module.
    fn copied_byte(&mut self, old: u8, patch: Input<'_, '_>) -> Option<u8> {
        let expected = self.model.expect(old);
        let add = loop {
            self.next = match self.next {
                Next::Kept => match self.decoder.bit(&mut self.model.kept, patch)? {
                    false => break 0,
                    true => Next::Again,
                },
                Next::Again => match self.decoder.bit(&mut self.model.again, patch)? {
                    false => break self.model.last,
                    true => Next::Difference,
                },
                Next::Difference => {
                    let add = self.decoder.byte(&mut self.model.bytes, patch)?;
                    self.model.last = add;
                    break add;
                }
                _ => match self.decoder.bit(self.model.hit(expected), patch)? {
                    false => break expected.add,
                    true if expected.add == 0 => Next::Again,
                    true => Next::Kept,
                },
            };
        };
        let new = old.wrapping_add(add);
        self.model.copied(expected, add, new);
        Some(new)
    }

    /// Writes bytes that the patch contains. `None` if the chunk or the output ends before.
    fn write_literal(&mut self, patch: Input<'_, '_>, out: &mut [u8], to: &mut usize) -> Option<()> {
        let place = out.get_mut(*to)?;
        let byte = self.decoder.byte(&mut self.model.bytes, patch)?;
        *place = byte;
        *to += 1;
        self.model.written(byte);
        self.wrote_one(Next::Literal);
        if self.left == 0 && self.written < self.new_len {
            self.next = Next::Backwards;
        }
        Some(())
    }

    /// Counts a byte of the running instruction, after which come more of its kind.
    fn wrote_one(&mut self, more: Next) {
        self.left -= 1;
        self.written += 1;
        self.next = if self.written == self.new_len { Next::End } else { more };
    }

    fn read_seek<E>(&mut self, patch: Input<'_, '_>) -> Result<Option<()>, ApplyError<E>> {
        let Next::Seek { backwards } = self.next else {
            let bit = self.decoder.bit(&mut self.model.backwards, patch);
            return Ok(bit.map(|backwards| self.next = Next::Seek { backwards }));
        };
        let Some(by) = self.decoder.number(&mut self.model.seek, patch) else { return Ok(None) };
        let by = i64::from(by);
        let at = i64::from(self.cursor) + if backwards { -by } else { by };
        let cursor = u32::try_from(at).ok().filter(|cursor| *cursor <= self.old_len);
        self.cursor = cursor.ok_or(ApplyError::OutsideOld { at, len: 0 })?;
        self.next = Next::CopyLen;
        Ok(Some(()))
    }

    fn begin_instruction(&mut self) {
        self.next = if self.written == self.new_len { Next::End } else { Next::Backwards };
    }

    fn read_end<E>(&mut self, patch: Input<'_, '_>) -> Result<Option<()>, ApplyError<E>> {
        match self.decoder.ends(patch) {
            None => Ok(None),
            Some(false) => Err(ApplyError::Damaged),
            Some(true) => {
                self.next = Next::Done;
                Ok(Some(()))
            }
        }
    }
}
