//! An image before it is written.

use crate::data::Data;
use crate::error::{ImageError, Part};
use crate::image::{Counters, Image, Stack};
use crate::layout::{self, HEADER_LEN, MAGIC, PAGE, aligned};
use crate::target::Target;

/// What an image is put together from.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'p> {
    /// What the code needs of a processor.
    pub target: Target,
    /// The size of the memory, in bytes.
    pub memory: u32,
    /// The size of the memory that the guest's `memory.size` answers, in pages of 64 KiB.
    pub pages: u32,
    /// The size of the head, in bytes.
    pub head: u32,
    /// Where the counters of limits are. `None` for an image without limits.
    pub counters: Option<Counters>,
    /// The native stack that calls take.
    pub stack: Stack,
    /// The SHA-256 of the module.
    pub source: [u8; 32],
    /// The skeleton module.
    pub skeleton: &'p [u8],
    /// The indexes of the functions that can be called, in ascending order.
    pub exports: &'p [u32],
    /// The ordinal of the start function. `None` if there is none.
    pub start: Option<u16>,
    /// The initial bytes of the head behind its fixed part.
    pub globals: &'p [u8],
    /// The segments of data.
    pub data: &'p [Data<'p>],
    /// The names and versions of the tools.
    pub tools: &'p str,
    /// The code.
    pub code: &'p [u8],
    /// Where the code is entered, in bytes from its beginning.
    pub entry: u32,
}

impl Default for Parts<'_> {
    /// A memory of one page, and nothing in it.
    fn default() -> Self {
        Self {
            target: Target::default(),
            memory: PAGE,
            pages: 1,
            head: crate::head::FIXED as u32,
            counters: None,
            stack: Stack::default(),
            source: [0; 32],
            skeleton: &[],
            exports: &[],
            start: None,
            globals: &[],
            data: &[],
            tools: "",
            code: &[],
            entry: 0,
        }
    }
}

impl Parts<'_> {
    /// Returns the length of the image, in bytes. `None` if no image can be so long.
    #[must_use]
    pub fn len(&self) -> Option<usize> {
        let len = Part::ALL
            .into_iter()
            .try_fold(HEADER_LEN, |end, part| end.checked_add(self.part_len(part)).and_then(aligned))?;
        u32::try_from(len).is_ok().then_some(len)
    }

    /// Returns whether the image has no code, and so cannot be run.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.code.is_empty()
    }

    /// Writes the image at the beginning of `out`, and returns its length in bytes.
    ///
    /// # Errors
    /// [`ImageError::Room`] when it does not fit, and what [`Image::parse`] says of what was written.
    pub fn write(&self, out: &mut [u8]) -> Result<usize, ImageError> {
        let room = ImageError::Room { expected: self.len().unwrap_or(usize::MAX), found: out.len() };
        let len = self.len().ok_or(room)?;
        let out = out.get_mut(..len).ok_or(room)?;
        out.fill(0);
        self.write_fields(out, len);
        let mut end = HEADER_LEN;
        for part in Part::ALL {
            let (len, at) = (self.part_len(part), layout::PARTS + 8 * part as usize);
            put(out, at, &(end as u32).to_le_bytes());
            put(out, at + 4, &(len as u32).to_le_bytes());
            self.write_part(part, out.get_mut(end..).unwrap_or_default());
            end = aligned(end + len).unwrap_or(end);
        }
        Image::parse(out).map(|_| len)
    }

    fn write_fields(&self, out: &mut [u8], len: usize) {
        let Target { core, float, unaligned } = self.target;
        let counters = self.counters.unwrap_or(Counters { fuel: 0, depth: 0 });
        put(out, 0, &MAGIC);
        put(out, layout::VERSION, &layout::FORMAT_VERSION.to_le_bytes());
        put(out, layout::HEADER, &(HEADER_LEN as u16).to_le_bytes());
        put(out, layout::LENGTH, &(len as u32).to_le_bytes());
        put(out, layout::CORE, &[core as u8]);
        put(out, layout::FLOAT, &[float as u8]);
        put(out, layout::FLAGS, &[if unaligned { layout::UNALIGNED } else { 0 }]);
        put(out, layout::MEMORY, &self.memory.to_le_bytes());
        put(out, layout::PAGES, &self.pages.to_le_bytes());
        put(out, layout::HEAD, &self.head.to_le_bytes());
        put(out, layout::FUEL, &counters.fuel.to_le_bytes());
        put(out, layout::DEPTH, &counters.depth.to_le_bytes());
        put(out, layout::STACK, &self.stack.fixed.to_le_bytes());
        put(out, layout::STACK_PER_DEPTH, &self.stack.per_depth.to_le_bytes());
        put(out, layout::SOURCE, &self.source);
        put(out, layout::ENTRY, &self.entry.to_le_bytes());
        put(out, layout::START, &self.start.unwrap_or(layout::NO_START).to_le_bytes());
    }

    fn part_len(&self, part: Part) -> usize {
        match part {
            Part::Skeleton => self.skeleton.len(),
            Part::Exports => self.exports.len().saturating_mul(4),
            Part::Globals => self.globals.len(),
            Part::Data => self.data.iter().map(segment_len).fold(0, usize::saturating_add),
            Part::Tools => self.tools.len(),
            Part::Code => self.code.len(),
        }
    }

    fn write_part(&self, part: Part, out: &mut [u8]) {
        match part {
            Part::Skeleton => put(out, 0, self.skeleton),
            Part::Exports => {
                for (at, function) in self.exports.iter().enumerate() {
                    put(out, 4 * at, &function.to_le_bytes());
                }
            }
            Part::Globals => put(out, 0, self.globals),
            Part::Data => {
                let mut at = 0;
                for segment in self.data {
                    put(out, at, &segment.address.to_le_bytes());
                    put(out, at + 4, &(segment.bytes.len() as u32).to_le_bytes());
                    put(out, at + 8, segment.bytes);
                    at += segment_len(segment);
                }
            }
            Part::Tools => put(out, 0, self.tools.as_bytes()),
            Part::Code => put(out, 0, self.code),
        }
    }
}

/// The bytes of a segment in the image.
fn segment_len(segment: &Data<'_>) -> usize {
    segment.bytes.len().saturating_add(8 + 3) & !3
}

fn put(out: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(place) = out.get_mut(at..).and_then(|out| out.get_mut(..bytes.len())) {
        place.copy_from_slice(bytes);
    }
}
