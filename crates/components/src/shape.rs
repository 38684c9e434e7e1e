//! Types of a component, as trees: Wasmtime's are looked up at each step.

use crate::unfit::Unfit;
use aingle_wasm_values::{Content, Field, Integer, MAX_NESTING, MAX_TEXT, Type, Variant, Variants};
use wasmtime::component;

/// Type whose values can be passed. Flags and records have one type in JSON, as have enums and variants, and not here.
#[derive(Debug, Clone)]
pub enum Shape {
    Bool,
    Integer(Integer),
    F32,
    F64,
    Char,
    Text,
    Bytes,
    List(Box<Shape>),
    Record(Vec<(String, Shape)>),
    Tuple(Vec<Shape>),
    Variant(Vec<(String, Option<Shape>)>),
    Enum(Vec<String>),
    Option(Box<Shape>),
    Result(Option<Box<Shape>>, Option<Box<Shape>>),
    Flags(Vec<String>),
}

/// Reads types, as long as they are not too long together. A component can write a type of a million parts in some lines.
pub struct Reader {
    /// What is left for all functions, in bytes of the types' texts.
    pub left_of_all: usize,
    /// What is left for this function.
    left: usize,
}

/// The longest text of the types of all functions together, in bytes.
const MAX_OF_ALL: usize = 16 * MAX_TEXT;

/// How often a function's name is kept.
const NAMES_KEPT: usize = 2;

/// What a part of a type counts beyond its name, in bytes.
const PART: usize = 4;

impl Reader {
    pub fn new() -> Self {
        Self { left_of_all: MAX_OF_ALL, left: 0 }
    }

    /// Begins with another function. Its name counts as its types do, as often as it is kept. Returns the limit where that is
    /// too much for all functions together.
    pub fn begin(&mut self, name_len: usize) -> Result<(), usize> {
        let kept = NAMES_KEPT * (name_len + PART);
        self.left_of_all = self.left_of_all.checked_sub(kept).ok_or(MAX_OF_ALL)?;
        self.left = MAX_TEXT.min(self.left_of_all);
        Ok(())
    }

    /// Reads a type.
    pub fn read(&mut self, ty: &component::Type) -> Result<Shape, Unfit> {
        self.nested(ty, MAX_NESTING)
    }

    fn count(&mut self, name: &str) -> Result<(), Unfit> {
        let len = name.len() + PART;
        let limit = if self.left_of_all < MAX_TEXT { MAX_OF_ALL } else { MAX_TEXT };
        self.left = self.left.checked_sub(len).ok_or(Unfit::TooLong { limit })?;
        self.left_of_all -= len;
        Ok(())
    }

    fn name(&mut self, name: &str) -> Result<String, Unfit> {
        self.count(name)?;
        Ok(name.to_owned())
    }

    fn nested(&mut self, ty: &component::Type, levels: usize) -> Result<Shape, Unfit> {
        let levels = levels.checked_sub(1).ok_or(Unfit::TooDeep { limit: MAX_NESTING })?;
        self.count("")?;
        let mut inner = |ty: &component::Type| self.nested(ty, levels);
        let mut boxed = |ty: Option<component::Type>| ty.map(|ty| inner(&ty).map(Box::new)).transpose();
        Ok(match ty {
            component::Type::Bool => Shape::Bool,
            component::Type::S8 => Shape::Integer(Integer::I8),
            component::Type::U8 => Shape::Integer(Integer::U8),
            component::Type::S16 => Shape::Integer(Integer::I16),
            component::Type::U16 => Shape::Integer(Integer::U16),
            component::Type::S32 => Shape::Integer(Integer::I32),
            component::Type::U32 => Shape::Integer(Integer::U32),
            component::Type::S64 => Shape::Integer(Integer::I64),
            component::Type::U64 => Shape::Integer(Integer::U64),
            component::Type::Float32 => Shape::F32,
            component::Type::Float64 => Shape::F64,
            component::Type::Char => Shape::Char,
            component::Type::String => Shape::Text,
            component::Type::List(list) => match inner(&list.ty())? {
                Shape::Integer(Integer::U8) => Shape::Bytes,
                item => Shape::List(Box::new(item)),
            },
            component::Type::Record(record) => {
                let fields = record.fields();
                let fields =
                    fields.map(|field| Ok((self.name(field.name)?, self.nested(&field.ty, levels)?)));
                Shape::Record(fields.collect::<Result<_, _>>()?)
            }
            component::Type::Tuple(tuple) => {
                Shape::Tuple(tuple.types().map(|ty| inner(&ty)).collect::<Result<_, _>>()?)
            }
            component::Type::Variant(variant) => {
                let cases = variant.cases().map(|case| {
                    let name = self.name(case.name)?;
                    Ok((name, case.ty.map(|ty| self.nested(&ty, levels)).transpose()?))
                });
                Shape::Variant(cases.collect::<Result<_, _>>()?)
            }
            component::Type::Enum(names) => {
                Shape::Enum(names.names().map(|name| self.name(name)).collect::<Result<_, _>>()?)
            }
            component::Type::Option(option) => Shape::Option(Box::new(inner(&option.ty())?)),
            component::Type::Result(result) => Shape::Result(boxed(result.ok())?, boxed(result.err())?),
            component::Type::Flags(flags) => {
                Shape::Flags(flags.names().map(|name| self.name(name)).collect::<Result<_, _>>()?)
            }
            component::Type::Own(_) | component::Type::Borrow(_) => return Err(Unfit::Resource),
            component::Type::Stream(_) => return Err(Unfit::Stream),
            component::Type::Future(_) => return Err(Unfit::Future),
            component::Type::ErrorContext => return Err(Unfit::ErrorContext),
            component::Type::Map(_) | component::Type::FixedLengthList(_) => return Err(Unfit::Proposal),
        })
    }
}

impl Shape {
    /// Returns the type of `docs/VALUES.md` whose JSON its values have.
    pub fn ty(&self) -> Type {
        match self {
            Self::Bool => Type::Bool,
            Self::Integer(integer) => Type::Integer(*integer),
            Self::F32 => Type::F32,
            Self::F64 => Type::F64,
            Self::Char => Type::Char,
            Self::Text => Type::Str,
            Self::Bytes => Type::Bytes,
            Self::List(item) => Type::Seq(Box::new(item.ty())),
            Self::Record(fields) => {
                Type::Struct(fields.iter().map(|(name, ty)| field(name, ty.ty())).collect())
            }
            Self::Tuple(types) => Type::Tuple(types.iter().map(Self::ty).collect()),
            Self::Variant(cases) => enumeration(cases.iter().map(|(name, ty)| (name, ty.as_ref()))),
            Self::Enum(names) => enumeration(names.iter().map(|name| (name, None))),
            Self::Option(some) => Type::Option(Box::new(some.ty())),
            Self::Result(ok, err) => Type::Result(Box::new(or_unit(ok)), Box::new(or_unit(err))),
            Self::Flags(names) => Type::Struct(names.iter().map(|name| field(name, Type::Bool)).collect()),
        }
    }
}

fn field(name: &str, ty: Type) -> Field {
    Field { name: name.to_owned(), ty }
}

fn or_unit(ty: &Option<Box<Shape>>) -> Type {
    ty.as_ref().map_or(Type::Unit, |ty| ty.ty())
}

fn enumeration<'s>(cases: impl Iterator<Item = (&'s String, Option<&'s Shape>)>) -> Type {
    let variant = |(name, ty): (&String, Option<&Shape>)| {
        let content = ty.map_or(Content::Unit, |ty| Content::Tuple(vec![ty.ty()]));
        Variant { name: name.clone(), content }
    };
    Type::Enum(Variants::new(cases.map(variant).collect()))
}
