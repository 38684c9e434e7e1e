//! A function, as a module describes it.

use crate::decode::{self, DecodeError};
use crate::description_error::DescriptionError;
use crate::encode::{self, EncodeError};
use crate::reply::Reply;
use crate::ty::Type;
use aingle_wasm_codec::value::Limits;
use aingle_wasm_types::description::{Form, Record};
use std::collections::HashSet;
use std::fmt;

/// A typed function of a module. Its `Display` is a signature: `mean(station: str, readings: [f32]) -> f32`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    name: String,
    params: Vec<Param>,
    result: Type,
}

/// A parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Param {
    /// Its name, if the description has names.
    pub name: Option<String>,
    /// The type of its arguments.
    pub ty: Type,
}

impl Param {
    /// Takes its name, if it has one, and the type of its arguments.
    #[must_use]
    pub fn new(name: Option<&str>, ty: Type) -> Self {
        Self { name: name.map(str::to_owned), ty }
    }
}

impl Function {
    /// Reads the texts of a description: the names of the parameters, separated by commas or none, the types of the
    /// arguments, which are a tuple, and the type of the result.
    ///
    /// # Errors
    /// [`DescriptionError`] when the texts are not the types of a function, or the names do not fit them.
    pub fn new(name: &str, params: &str, args: &str, result: &str) -> Result<Self, DescriptionError> {
        let types = match Type::parse(args).map_err(DescriptionError::Arguments)? {
            Type::Unit => Vec::new(),
            Type::Tuple(types) => types,
            _ => return Err(DescriptionError::NotATuple),
        };
        let names = names(params, types.len())?;
        let params = names.into_iter().zip(types).map(|(name, ty)| Param { name, ty }).collect();
        let result = Type::parse(result).map_err(DescriptionError::Result)?;
        Ok(Self { name: name.to_owned(), params, result })
    }

    /// Takes the parts of a function. Types are nested no deeper than [`MAX_NESTING`](crate::MAX_NESTING), and no two parameters
    /// have one name: who makes a function sees to that.
    #[must_use]
    pub fn from_parts(name: &str, params: Vec<Param>, result: Type) -> Self {
        Self { name: name.to_owned(), params, result }
    }

    pub(crate) fn set_result(&mut self, result: Type) {
        self.result = result;
    }

    /// Reads a record of the section `aingle.abi`.
    ///
    /// # Errors
    /// [`DescriptionError::Raw`] for a function of bytes, and as [`Function::new`].
    pub fn from_record(record: &Record<'_>) -> Result<Self, DescriptionError> {
        match record.form {
            Form::Raw => Err(DescriptionError::Raw),
            Form::Typed => Self::new(record.name, record.params, record.args, record.result),
        }
    }

    /// Returns the name of the export or the import.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the parameters, in the order in which they are passed.
    #[must_use]
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// Returns the type of the result.
    #[must_use]
    pub const fn result(&self) -> &Type {
        &self.result
    }

    /// Encodes arguments: a JSON array by position, or an object by name. If there is one parameter, a value that is
    /// neither is its argument.
    ///
    /// # Errors
    /// [`EncodeError`] when the text is not JSON, an argument is missing, surplus, unknown or there twice, or a value does
    /// not fit its type.
    pub fn encode_arguments(&self, json: &str) -> Result<Vec<u8>, EncodeError> {
        let params: Vec<_> = self.params.iter().map(|param| (param.name.as_deref(), &param.ty)).collect();
        encode::arguments(&params, json)
    }

    /// Decodes the payload of a reply. The payload of an error of code 2 is the reply of a function that returned `Err`.
    ///
    /// # Errors
    /// [`DecodeError`] when the bytes are not a result of this function, or go beyond `limits`.
    pub fn decode_reply(&self, bytes: &[u8], limits: Limits) -> Result<Reply, DecodeError> {
        decode::reply(&self.result, bytes, limits)
    }

    /// Decodes the arguments of a request as a JSON array.
    ///
    /// # Errors
    /// [`DecodeError`] when the bytes are not arguments of this function, or go beyond `limits`.
    pub fn decode_arguments(&self, bytes: &[u8], limits: Limits) -> Result<String, DecodeError> {
        let params: Vec<_> = self.params.iter().map(|param| (param.name.as_deref(), &param.ty)).collect();
        decode::arguments(&params, bytes, limits)
    }
}

/// The names of so many parameters.
fn names(text: &str, count: usize) -> Result<Vec<Option<String>>, DescriptionError> {
    if text.is_empty() {
        return Ok(vec![None; count]);
    }
    let names: Vec<&str> = text.split(',').collect();
    if names.len() != count {
        return Err(DescriptionError::NameCount { expected: count, found: names.len() });
    }
    let mut seen = HashSet::new();
    if let Some(name) = names.iter().find(|name| !seen.insert(**name)) {
        return Err(DescriptionError::DuplicateName { name: (*name).to_owned() });
    }
    Ok(names.into_iter().map(|name| Some(name.to_owned())).collect())
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.name)?;
        for (at, param) in self.params.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { ", " })?;
            param.fmt(f)?;
        }
        write!(f, ") -> {}", self.result)
    }
}

impl fmt::Display for Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "{name}: ")?;
        }
        self.ty.fmt(f)
    }
}
