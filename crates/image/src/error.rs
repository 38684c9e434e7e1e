//! Why bytes are no native image.

use core::fmt;

/// A part of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Part {
    /// The skeleton module.
    Skeleton,
    /// The table of exported functions.
    Exports,
    /// The initial values of globals.
    Globals,
    /// The segments of data.
    Data,
    /// The versions of the tools.
    Tools,
    /// The code.
    Code,
}

impl Part {
    pub(crate) const ALL: [Self; 6] =
        [Self::Skeleton, Self::Exports, Self::Globals, Self::Data, Self::Tools, Self::Code];

    const fn name(self) -> &'static str {
        match self {
            Self::Skeleton => "skeleton",
            Self::Exports => "exports",
            Self::Globals => "globals",
            Self::Data => "data",
            Self::Tools => "tools",
            Self::Code => "code",
        }
    }
}

/// Why bytes are no native image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ImageError {
    /// There are fewer or more bytes than needed.
    Length {
        /// The length that the header says; [`HEADER_LEN`](crate::HEADER_LEN) if there is no whole header.
        expected: u32,
        /// The bytes that are there.
        found: u32,
    },
    /// The bytes begin otherwise.
    Magic {
        /// The first four bytes.
        found: [u8; 4],
    },
    /// The image has another version of the format.
    Version {
        /// The version of this crate.
        expected: u16,
        /// The version of the image.
        found: u16,
    },
    /// A field of the header has a value that it cannot have.
    Field {
        /// The name of the field.
        field: &'static str,
        /// Its value.
        found: u32,
    },
    /// A part is not where the parts before it end.
    Place {
        /// Which part.
        part: Part,
        /// Where it has to be, in bytes from the beginning.
        expected: u32,
        /// Where the header says that it is.
        found: u32,
    },
    /// A part does not end within the image.
    PartLength {
        /// Which part.
        part: Part,
        /// The most bytes that it can have.
        expected: u32,
        /// The bytes that the header says.
        found: u32,
    },
    /// The bytes between two parts are not zero.
    Padding {
        /// Where, in bytes from the beginning.
        offset: u32,
    },
    /// The functions of the export table are not in ascending order.
    ExportOrder {
        /// The entry that is not larger than the one before it.
        index: u32,
    },
    /// A segment of data is damaged, or outside the memory.
    Segment {
        /// Which one, counted from zero.
        index: u32,
    },
    /// The names of the tools are not UTF-8.
    Tools,
    /// There is no room to write the image.
    Room {
        /// The bytes that it takes.
        expected: usize,
        /// The bytes that are there.
        found: usize,
    },
}

impl core::error::Error for ImageError {}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Length { expected, found } => {
                write!(f, "length of the image: expected {expected} bytes, found {found}")
            }
            Self::Magic { found } => write!(f, "not a native image: it begins with {found:02x?}"),
            Self::Version { expected, found } => {
                write!(f, "version of the format: expected {expected}, found {found}")
            }
            Self::Field { field, found } => write!(f, "field `{field}` of the image cannot be {found}"),
            Self::Place { part, expected, found } => {
                write!(f, "place of the {}: expected {expected}, found {found}", part.name())
            }
            Self::PartLength { part, expected, found } => {
                write!(f, "length of the {}: expected at most {expected} bytes, found {found}", part.name())
            }
            Self::Padding { offset } => write!(f, "byte {offset} between two parts is not zero"),
            Self::ExportOrder { index } => write!(f, "entry {index} of the export table is out of order"),
            Self::Segment { index } => write!(f, "segment {index} of data is damaged or outside the memory"),
            Self::Tools => f.write_str("the names of the tools are not UTF-8"),
            Self::Room { expected, found } => write!(f, "the image takes {expected} bytes, found {found}"),
        }
    }
}
