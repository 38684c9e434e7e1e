//! Types, as a module describes them.

use crate::integer::Integer;
use std::fmt;

/// A type of the ABI. Its `Display` is the text of the description.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    /// `()`, which is also an array of no items.
    Unit,
    /// `bool`
    Bool,
    /// An integer.
    Integer(Integer),
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `char`
    Char,
    /// `str`
    Str,
    /// `[u8]`
    Bytes,
    /// `[type]`: a sequence or a set.
    Seq(Box<Type>),
    /// `(type, type)`: a tuple, an array or a tuple struct, of at least one item.
    Tuple(Vec<Type>),
    /// `{name: type}`
    Struct(Vec<Field>),
    /// `Option<type>`
    Option(Box<Type>),
    /// `Map<key, value>`
    Map(Box<Type>, Box<Type>),
    /// `Result<type, error>`
    Result(Box<Type>, Box<Type>),
    /// `enum {…}`
    Enum(Variants),
}

/// A named field of a struct or of a variant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The type of its values.
    pub ty: Type,
}

/// The variants of an enum. A value finds its variant in a time that does not grow with their number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Variants {
    all: Vec<Variant>,
    /// Their indices, in the order of their names.
    by_name: Vec<usize>,
    /// Whether none has more than its name.
    plain: bool,
}

/// A variant of an enum.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// What its values have beside the name.
    pub content: Content,
}

/// What a variant has beside its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Content {
    /// Only the name.
    Unit,
    /// Values by position. One value is a newtype variant.
    Tuple(Vec<Type>),
    /// Values by name.
    Struct(Vec<Field>),
}

impl Variants {
    /// Takes the variants in the order of their indices.
    #[must_use]
    pub fn new(all: Vec<Variant>) -> Self {
        let mut by_name: Vec<usize> = (0..all.len()).collect();
        by_name.sort_by_key(|index| &all[*index].name);
        let plain = all.iter().all(|variant| variant.content == Content::Unit);
        Self { all, by_name, plain }
    }

    /// Returns all, in the order of their indices.
    #[must_use]
    pub fn all(&self) -> &[Variant] {
        &self.all
    }

    /// Returns the index of the variant of this name.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<usize> {
        let at = self.by_name.binary_search_by(|index| self.all[*index].name.as_str().cmp(name));
        at.ok().map(|at| self.by_name[at])
    }
}

impl Type {
    /// Returns whether `null` is the JSON of one of its values. An `Option` of such a type has another form.
    #[must_use]
    pub const fn has_null(&self) -> bool {
        matches!(self, Self::Unit | Self::Option(_))
    }

    /// Returns whether a map with keys of this type is an object in JSON. Other maps are arrays of pairs.
    #[must_use]
    pub const fn is_key(&self) -> bool {
        match self {
            Self::Bool | Self::Integer(_) | Self::Char | Self::Str => true,
            Self::Enum(variants) => variants.plain,
            _ => false,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit => f.write_str("()"),
            Self::Bool => f.write_str("bool"),
            Self::Integer(integer) => integer.fmt(f),
            Self::F32 => f.write_str("f32"),
            Self::F64 => f.write_str("f64"),
            Self::Char => f.write_str("char"),
            Self::Str => f.write_str("str"),
            Self::Bytes => f.write_str("[u8]"),
            Self::Seq(item) => write!(f, "[{item}]"),
            Self::Tuple(types) => list(f, "(", types, ")"),
            Self::Struct(fields) => list(f, "{", fields, "}"),
            Self::Option(some) => write!(f, "Option<{some}>"),
            Self::Map(key, value) => write!(f, "Map<{key}, {value}>"),
            Self::Result(ok, err) => write!(f, "Result<{ok}, {err}>"),
            Self::Enum(variants) => list(f, "enum {", variants.all(), "}"),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.ty)
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.content {
            Content::Unit => Ok(()),
            Content::Tuple(types) => list(f, "(", types, ")"),
            Content::Struct(fields) => list(f, "{", fields, "}"),
        }
    }
}

/// Writes items between commas.
fn list(f: &mut fmt::Formatter<'_>, open: &str, items: &[impl fmt::Display], close: &str) -> fmt::Result {
    f.write_str(open)?;
    for (at, item) in items.iter().enumerate() {
        f.write_str(if at == 0 { "" } else { ", " })?;
        item.fmt(f)?;
    }
    f.write_str(close)
}
