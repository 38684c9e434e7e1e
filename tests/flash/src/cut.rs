//! Where the power is cut: at which operation, and how far that operation had come.

/// Contents that an interrupted erase leaves in its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Erased {
    /// All bits as they were.
    Old,
    /// All bits are ones.
    Whole,
    /// The first half is erased.
    FirstHalf,
    /// The second half is erased.
    SecondHalf,
    /// Every other bit is erased.
    Alternating,
    /// About half of the bits are erased.
    Random,
}

impl Erased {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Old, Self::Whole, Self::FirstHalf, Self::SecondHalf, Self::Alternating, Self::Random];
}

/// What an interrupted write did to the bytes behind those that it had finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Torn {
    /// Nothing: the word was not begun.
    Clean,
    /// The word was begun, and reads as it was before.
    Faint,
    /// Some bits of the word are programmed.
    Bits,
    /// All bits of the word are programmed, none of them for sure.
    Full,
    /// Some bits of all bytes that are left are programmed, as a chip does that programs a page at once.
    Page,
}

impl Torn {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Clean, Self::Faint, Self::Bits, Self::Full, Self::Page];
}

/// A cut of power: the operation in which it happens, counted from 0, and how far that one comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cut {
    /// Number of the write or erase. Each erased block counts as one.
    pub operation: u64,
    /// How many bytes are programmed, if the operation is a write. More than it has means that it was finished.
    pub bytes: usize,
    /// What happened behind those bytes, if the operation is a write.
    pub torn: Torn,
    /// What the block holds, if the operation is an erase.
    pub erased: Erased,
}

/// One write, or the erase of one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A write.
    Write {
        /// Where it began.
        offset: u32,
        /// How many bytes it had.
        len: usize,
    },
    /// The erase of a block.
    Erase {
        /// Where the block begins.
        offset: u32,
    },
}

impl Operation {
    /// Lists the cuts inside this operation: after every byte of a write, with each kind of torn word behind it, and
    /// with all contents that an erase can leave. With `step` above 1 only every `step`th byte of a write.
    pub fn cuts(self, operation: u64, step: usize) -> Vec<Cut> {
        let cut = |bytes, torn, erased| Cut { operation, bytes, torn, erased };
        match self {
            Self::Erase { .. } => Erased::ALL.iter().map(|erased| cut(0, Torn::Clean, *erased)).collect(),
            Self::Write { len, .. } => (0..len)
                .step_by(step.max(1))
                .flat_map(|bytes| Torn::ALL.map(|torn| cut(bytes, torn, Erased::Old)))
                .chain([cut(len, Torn::Clean, Erased::Old)])
                .collect(),
        }
    }
}
