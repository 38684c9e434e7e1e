//! Functions of numbers: exports of modules that describe nothing.

use crate::encode::EncodeError;
use crate::function::{Function, Param};
use crate::integer::Integer;
use crate::ty::Type;
use aingle_wasm_codec::value::{self, Limits};
use aingle_wasm_types::{Number, NumberType};
use std::collections::HashSet;
use std::fmt;

/// A function of WebAssembly numbers. Its `Display` is a signature: `add(left: i32, right: i32) -> i32`.
///
/// ```
/// use aingle_wasm_types::{Number, NumberType::{F64, I32}};
/// use aingle_wasm_values::PlainFunction;
///
/// let scale = PlainFunction::new("scale", &[Some("by"), None], &[I32, F64], &[F64]);
/// assert_eq!(scale.to_string(), "scale(by: i32, f64) -> f64");
/// assert_eq!(scale.encode_arguments("[3, 0.5]")?, [Number::I32(3), Number::F64(0.5)]);
/// assert_eq!(PlainFunction::results_to_json(&[Number::F64(1.5)]), "1.5");
///
/// let refused = scale.encode_arguments("[1099511627776, 0.5]").unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "argument 1 `by`: out of range: expected i32, an integer from -2147483648 to 2147483647, found 1099511627776"
/// );
/// # Ok::<(), aingle_wasm_values::EncodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainFunction {
    function: Function,
    params: Vec<NumberType>,
    results: Vec<NumberType>,
    text: bool,
}

impl PlainFunction {
    /// Takes a function's name, the names of its parameters as far as they are known, and its types. If two parameters
    /// have one name, none has: arguments could not be passed by it.
    #[must_use]
    pub fn new(name: &str, names: &[Option<&str>], params: &[NumberType], results: &[NumberType]) -> Self {
        let mut seen = HashSet::new();
        let unique = names.iter().flatten().all(|name| seen.insert(*name));
        let names = names.iter().copied().filter(|_| unique).chain(std::iter::repeat(None));
        let typed =
            |(ty, name): (&NumberType, Option<&str>)| Param { name: name.map(str::to_owned), ty: ty_of(*ty) };
        let typed = params.iter().zip(names).map(typed).collect();
        let result = match results {
            [] => Type::Unit,
            [ty] => ty_of(*ty),
            types => Type::Tuple(types.iter().copied().map(ty_of).collect()),
        };
        let function = Function::from_parts(name, typed, result);
        Self { function, params: params.into(), results: results.into(), text: false }
    }

    /// Takes a function as a module has it: the names of its parameters and variables, each with its index, and the bytes of
    /// its types. `None` if it takes or returns what is no number: vectors or references.
    #[must_use]
    pub fn of_types<'n>(
        name: &str,
        names: impl IntoIterator<Item = (u32, &'n str)>,
        (params, results): (&[u8], &[u8]),
    ) -> Option<Self> {
        let numbers =
            |types: &[u8]| types.iter().map(|byte| NumberType::from_byte(*byte)).collect::<Option<Vec<_>>>();
        let (params, results) = (numbers(params)?, numbers(results)?);
        let mut known = vec![None; params.len()];
        for (index, name) in names {
            if let Some(place) = known.get_mut(index as usize) {
                *place = Some(name);
            }
        }
        Some(Self::new(name, &known, &params, &results))
    }

    /// Returns the function as one whose result is the address of a text: bytes of UTF-8 with a NUL behind them, or no text at
    /// address 0. Its type is `Option<str>`. `None` if the result is not one `i32`.
    #[must_use]
    pub fn with_text(mut self) -> Option<Self> {
        if self.results != [NumberType::I32] {
            return None;
        }
        self.function.set_result(Type::Option(Box::new(Type::Str)));
        self.text = true;
        Some(self)
    }

    /// Returns whether the result is the address of a text.
    #[must_use]
    pub fn returns_text(&self) -> bool {
        self.text
    }

    /// Returns the type of the result's JSON.
    #[must_use]
    pub fn result(&self) -> &Type {
        self.function.result()
    }

    /// Returns the name of the export.
    #[must_use]
    pub fn name(&self) -> &str {
        self.function.name()
    }

    /// Returns the parameters, with their names as far as they are known.
    #[must_use]
    pub fn params(&self) -> &[Param] {
        self.function.params()
    }

    /// Returns the types of the results.
    #[must_use]
    pub fn results(&self) -> &[NumberType] {
        &self.results
    }

    /// Reads arguments: a JSON array by position, or an object by name. If there is one parameter, a value that is
    /// neither is its argument. Integers are signed.
    ///
    /// # Errors
    /// [`EncodeError`], as of [`Function::encode_arguments`].
    pub fn encode_arguments(&self, json: &str) -> Result<Vec<Number>, EncodeError> {
        let bytes = self.function.encode_arguments(json)?;
        let mut rest = &bytes[..];
        // The bytes were made by the types that they are read by.
        Ok(self.params.iter().filter_map(|ty| take(*ty, &mut rest)).collect())
    }

    /// Returns results as JSON: `null` for none, the value of one, an array of several.
    #[must_use]
    pub fn results_to_json(results: &[Number]) -> String {
        match results {
            [] => "null".into(),
            [result] => json(*result),
            results => {
                format!("[{}]", results.iter().map(|result| json(*result)).collect::<Vec<_>>().join(","))
            }
        }
    }
}

impl fmt::Display for PlainFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.function.fmt(f)
    }
}

fn ty_of(ty: NumberType) -> Type {
    match ty {
        NumberType::I32 => Type::Integer(Integer::I32),
        NumberType::I64 => Type::Integer(Integer::I64),
        NumberType::F32 => Type::F32,
        NumberType::F64 => Type::F64,
    }
}

fn take(ty: NumberType, bytes: &mut &[u8]) -> Option<Number> {
    fn one<'b, T: serde::Deserialize<'b>>(bytes: &mut &'b [u8]) -> Option<T> {
        let (value, rest) = value::take(bytes).ok()?;
        *bytes = rest;
        Some(value)
    }
    match ty {
        NumberType::I32 => one(bytes).map(Number::I32),
        NumberType::I64 => one(bytes).map(Number::I64),
        NumberType::F32 => one(bytes).map(Number::F32),
        NumberType::F64 => one(bytes).map(Number::F64),
    }
}

/// A number in the form that it has in a value.
fn json(number: Number) -> String {
    match number {
        Number::I32(value) => value.to_string(),
        Number::I64(value) => value.to_string(),
        Number::F32(value) => float(&Type::F32, &value.to_le_bytes()),
        Number::F64(value) => float(&Type::F64, &value.to_le_bytes()),
    }
}

fn float(ty: &Type, bytes: &[u8]) -> String {
    // Any bits are a float.
    ty.decode(bytes, Limits::default()).unwrap_or_default()
}
