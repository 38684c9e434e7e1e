//! An image whose header was checked.

use crate::data::DataSegments;
use crate::error::{ImageError, Part};
use crate::head;
use crate::layout::{self, HEADER_LEN, MAGIC, PAGE, aligned, array, half, word};
use crate::target::{Core, FloatAbi, Target};

/// A native image whose header, tables and lengths were checked.
///
/// What its code does was not checked, and cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image<'i> {
    bytes: &'i [u8],
    target: Target,
}

/// Where the counters of limits are, in bytes from the beginning of the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// The fuel, eight bytes.
    pub fuel: u16,
    /// The depth, four bytes.
    pub depth: u16,
}

/// The native stack that calls of an image take, in bytes. What host functions take is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stack {
    /// What any call takes at most, if no function calls itself; else what it takes beside the calls that recursion nests.
    pub fixed: u32,
    /// What each unit of depth takes at most, or each nested call if the image has no limits. 0 if no function calls itself,
    /// directly or through others.
    pub per_depth: u32,
}

impl<'i> Image<'i> {
    /// Reads and checks an image. It has to be all of the bytes.
    ///
    /// # Errors
    /// [`ImageError`], which has what was expected and what was found.
    pub fn parse(bytes: &'i [u8]) -> Result<Self, ImageError> {
        let found = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        if bytes.len() < HEADER_LEN {
            return Err(ImageError::Length { expected: HEADER_LEN as u32, found });
        }
        if array(bytes, 0) != MAGIC {
            return Err(ImageError::Magic { found: array(bytes, 0) });
        }
        let version = half(bytes, layout::VERSION);
        if version != layout::FORMAT_VERSION {
            return Err(ImageError::Version { expected: layout::FORMAT_VERSION, found: version });
        }
        let expected = word(bytes, layout::LENGTH);
        if expected as usize != bytes.len() {
            return Err(ImageError::Length { expected, found });
        }
        let image = Self { bytes, target: target(bytes)? };
        image.check_fields()?;
        image.check_parts()?;
        image.check_tables()?;
        Ok(image)
    }

    /// Returns the bytes of the image.
    #[must_use]
    pub fn bytes(&self) -> &'i [u8] {
        self.bytes
    }

    /// Returns what the code needs of a processor.
    #[must_use]
    pub fn target(&self) -> Target {
        self.target
    }

    /// Returns the size of the guest's memory, in bytes. It is a constant of the code.
    #[must_use]
    pub fn memory(&self) -> u32 {
        word(self.bytes, layout::MEMORY)
    }

    /// Returns the size of the memory that the guest's `memory.size` answers, in pages of 64 KiB.
    #[must_use]
    pub fn pages(&self) -> u32 {
        word(self.bytes, layout::PAGES)
    }

    /// Returns the size of the head, in bytes: a multiple of [`head::ALIGN`].
    #[must_use]
    pub fn head(&self) -> u32 {
        word(self.bytes, layout::HEAD)
    }

    /// Returns where the counters of limits are. `None` if the image has no limits.
    #[must_use]
    pub fn counters(&self) -> Option<Counters> {
        let (fuel, depth) = (half(self.bytes, layout::FUEL), half(self.bytes, layout::DEPTH));
        (fuel != 0).then_some(Counters { fuel, depth })
    }

    /// Returns the native stack that calls take.
    #[must_use]
    pub fn stack(&self) -> Stack {
        let per_depth = word(self.bytes, layout::STACK_PER_DEPTH);
        Stack { fixed: word(self.bytes, layout::STACK), per_depth }
    }

    /// Returns the SHA-256 of the module that the image was made from.
    #[must_use]
    pub fn source(&self) -> [u8; 32] {
        array(self.bytes, layout::SOURCE)
    }

    /// Returns the skeleton: the module without code and data. It has types, imports, functions, exports and the custom sections
    /// by which a host knows the module.
    #[must_use]
    pub fn skeleton(&self) -> &'i [u8] {
        self.part(Part::Skeleton)
    }

    /// Returns the number by which the code knows an exported function. `None` for a function that is not exported, or whose
    /// type is none of the ABI's.
    #[must_use]
    pub fn ordinal(&self, function: u32) -> Option<u32> {
        self.exports().position(|found| found == function).map(|at| at as u32)
    }

    /// Returns the indexes of the functions that can be called, in ascending order. A function's place is its ordinal.
    pub fn exports(&self) -> impl Iterator<Item = u32> + use<'i> {
        let part = self.part(Part::Exports);
        (0..part.len() / 4).map(move |at| word(part, at * 4))
    }

    /// Returns the ordinal of the start function. `None` if there is none, or if it is exported because of limits.
    #[must_use]
    pub fn start(&self) -> Option<u16> {
        Some(half(self.bytes, layout::START)).filter(|start| *start != layout::NO_START)
    }

    /// Returns the initial bytes of the head behind its fixed part.
    #[must_use]
    pub fn globals(&self) -> &'i [u8] {
        self.part(Part::Globals)
    }

    /// Returns the segments of data. All are within the memory.
    #[must_use]
    pub fn data(&self) -> DataSegments<'i> {
        DataSegments { rest: self.part(Part::Data) }
    }

    /// Returns the names and versions of the tools that made the image.
    #[must_use]
    pub fn tools(&self) -> &'i str {
        core::str::from_utf8(self.part(Part::Tools)).unwrap_or_default()
    }

    /// Returns the code and its constants.
    #[must_use]
    pub fn code(&self) -> &'i [u8] {
        self.part(Part::Code)
    }

    /// Returns where the code is entered, in bytes from its beginning.
    #[must_use]
    pub fn entry(&self) -> u32 {
        word(self.bytes, layout::ENTRY)
    }

    fn place(&self, part: Part) -> (usize, usize) {
        let at = layout::PARTS + 8 * part as usize;
        (word(self.bytes, at) as usize, word(self.bytes, at + 4) as usize)
    }

    fn part(&self, part: Part) -> &'i [u8] {
        let (offset, len) = self.place(part);
        self.bytes.get(offset..).and_then(|rest| rest.get(..len)).unwrap_or_default()
    }

    fn check_fields(&self) -> Result<(), ImageError> {
        let field = |ok: bool, field, found: u32| {
            if ok { Ok(()) } else { Err(ImageError::Field { field, found }) }
        };
        let header = half(self.bytes, layout::HEADER);
        field(usize::from(header) == HEADER_LEN, "header length", header.into())?;
        for at in layout::RESERVED {
            let found = self.bytes.get(at).copied().unwrap_or_default();
            field(found == 0, "reserved", found.into())?;
        }
        let (memory, pages, head) = (self.memory(), self.pages(), self.head());
        field(pages <= PAGE, "pages", pages)?;
        field(u64::from(memory) <= u64::from(pages) * u64::from(PAGE), "memory", memory)?;
        let head_fits = head as usize >= head::FIXED && (head as usize).is_multiple_of(head::ALIGN);
        field(head_fits && head.checked_add(memory).is_some(), "head", head)?;
        let (fuel, depth) = (half(self.bytes, layout::FUEL), half(self.bytes, layout::DEPTH));
        if (fuel, depth) != (0, 0) {
            let fits = |place: u16, len: usize| {
                let at = usize::from(place);
                at >= head::FIXED && at.is_multiple_of(len) && at + len <= head as usize
            };
            field(fits(fuel, 8), "fuel", fuel.into())?;
            field(fits(depth, 4) && (depth < fuel || depth >= fuel + 8), "depth", depth.into())?;
        }
        Ok(())
    }

    fn check_parts(&self) -> Result<(), ImageError> {
        let mut end = HEADER_LEN;
        for part in Part::ALL {
            let (offset, len) = self.place(part);
            if offset != end {
                let (expected, found) = (end as u32, offset as u32);
                return Err(ImageError::Place { part, expected, found });
            }
            let most = self.bytes.len() - end;
            let next = end.checked_add(len).and_then(aligned).filter(|next| *next <= self.bytes.len());
            let Some(next) = next else {
                return Err(ImageError::PartLength { part, expected: most as u32, found: len as u32 });
            };
            let padding = self.bytes.get(end + len..next).unwrap_or_default();
            if let Some(at) = padding.iter().position(|byte| *byte != 0) {
                return Err(ImageError::Padding { offset: (end + len + at) as u32 });
            }
            end = next;
        }
        if end != self.bytes.len() {
            return Err(ImageError::Length { expected: end as u32, found: self.bytes.len() as u32 });
        }
        Ok(())
    }

    fn check_tables(&self) -> Result<(), ImageError> {
        let len = |part, ok: bool, expected: usize, found: usize| {
            let (expected, found) = (expected as u32, found as u32);
            if ok { Ok(()) } else { Err(ImageError::PartLength { part, expected, found }) }
        };
        let (exports, globals) = (self.part(Part::Exports), self.globals());
        len(Part::Exports, exports.len().is_multiple_of(4), exports.len() & !3, exports.len())?;
        let wanted = self.head() as usize - head::FIXED;
        len(Part::Globals, globals.len() == wanted, wanted, globals.len())?;
        let mut last = None;
        for (index, function) in self.exports().enumerate() {
            if last.is_some_and(|last| function <= last) {
                return Err(ImageError::ExportOrder { index: index as u32 });
            }
            last = Some(function);
        }
        if let Some(start) = self.start()
            && usize::from(start) >= exports.len() / 4
        {
            return Err(ImageError::Field { field: "start", found: start.into() });
        }
        let mut segments = self.data();
        let mut index = 0;
        while let Some(segment) = segments.step() {
            let end = segment.map(|data| u64::from(data.address) + data.bytes.len() as u64);
            if end.is_none_or(|end| end > u64::from(self.memory())) {
                return Err(ImageError::Segment { index });
            }
            index += 1;
        }
        core::str::from_utf8(self.part(Part::Tools)).map_err(|_| ImageError::Tools)?;
        let entry = self.entry();
        if entry as usize >= self.code().len() || !entry.is_multiple_of(2) {
            return Err(ImageError::Field { field: "entry", found: entry });
        }
        Ok(())
    }
}

fn target(bytes: &[u8]) -> Result<Target, ImageError> {
    let [core, float, flags] = array(bytes, layout::CORE);
    let bad = |field, found: u8| ImageError::Field { field, found: found.into() };
    let known = Core::from_byte(core).ok_or(bad("core", core))?;
    let float = match float {
        0 => FloatAbi::Soft,
        1 => FloatAbi::Hard,
        other => return Err(bad("float ABI", other)),
    };
    if flags & !layout::UNALIGNED != 0 {
        return Err(bad("flags", flags));
    }
    Ok(Target { core: known, float, unaligned: flags & layout::UNALIGNED != 0 })
}
