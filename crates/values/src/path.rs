//! The place of a value among the arguments or in a result.

use crate::shown;
use std::fmt;

/// The place of a value: ``argument 2 `readings`[3].celsius``.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Path {
    /// Where it begins.
    pub root: Root,
    /// The steps from there, the outermost last. [`Path::steps`] has them in the order in which they are read.
    segments: Vec<Segment>,
}

/// Where a path begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Root {
    /// A value of a type by itself.
    #[default]
    Value,
    /// All arguments of a function.
    Arguments,
    /// One argument.
    Argument {
        /// Its position, from 0.
        index: usize,
        /// The parameter's name, if the description has it.
        name: Option<String>,
    },
    /// The result of a function.
    Result,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Segment {
    /// A field or a variant.
    Name(String),
    /// An item of a sequence or a tuple, from 0.
    Index(usize),
    /// A value of a map, by its key.
    Key(String),
}

impl Segment {
    pub(crate) fn name(name: &str) -> Self {
        Self::Name(shown::name(name))
    }

    pub(crate) fn key(key: &str) -> Self {
        Self::Key(shown::name(key))
    }
}

impl Path {
    /// Returns the steps, the outermost first.
    pub fn steps(&self) -> impl Iterator<Item = &Segment> {
        self.segments.iter().rev()
    }

    /// Adds a step in front of those that are there.
    pub(crate) fn push_outer(&mut self, segment: Segment) {
        self.segments.push(segment);
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)?;
        self.steps().try_for_each(|segment| segment.fmt(f))
    }
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value => f.write_str("value"),
            Self::Arguments => f.write_str("arguments"),
            Self::Argument { index, name } => {
                write!(f, "argument {}", index + 1)?;
                name.as_ref().map_or(Ok(()), |name| write!(f, " `{name}`"))
            }
            Self::Result => f.write_str("result"),
        }
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, ".{name}"),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Key(key) => write!(f, "[{key:?}]"),
        }
    }
}
