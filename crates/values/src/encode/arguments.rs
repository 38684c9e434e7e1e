//! Arguments of a function.

use super::compound::{by_name, value};
use super::error::{EncodeError, EncodeErrorKind};
use super::json::{Json, Kind};
use crate::path::Root;
use crate::ty::Type;

type Result<T> = std::result::Result<T, EncodeError>;

/// A parameter: its name, if there is one, and its type.
type Param<'f> = (Option<&'f str>, &'f Type);

/// Encodes the arguments for these parameters.
pub(crate) fn arguments(params: &[Param<'_>], json: &str) -> Result<Vec<u8>> {
    let json = Json::parse(json).map_err(|error| error.at(Root::Arguments))?;
    let values = match json.kind() {
        Kind::Array => by_position(params, json)?,
        Kind::Object => named(params, json).map_err(|error| error.at(Root::Arguments))?,
        _ if params.len() == 1 => vec![Some(json)],
        _ => return Err(not_arguments(json)),
    };
    let mut out = Vec::new();
    for (at, (param, found)) in params.iter().zip(values).enumerate() {
        let written = found
            .ok_or_else(|| EncodeError::new(EncodeErrorKind::Missing))
            .and_then(|found| value(param.1, found, &mut out));
        written.map_err(|error| error.at(root(params, at)))?;
    }
    Ok(out)
}

fn by_position<'j>(params: &[Param<'_>], json: Json<'j>) -> Result<Vec<Option<Json<'j>>>> {
    let mut values: Vec<_> = json.items().ok_or_else(|| not_arguments(json))?.into_iter().map(Some).collect();
    let (expected, found) = (params.len(), values.len());
    if found > expected {
        let error = EncodeError::new(EncodeErrorKind::Surplus { expected, found });
        return Err(error.at(root(params, expected)));
    }
    values.resize(expected, None);
    Ok(values)
}

fn named<'j>(params: &[Param<'_>], json: Json<'j>) -> Result<Vec<Option<Json<'j>>>> {
    let names: Option<Vec<&str>> = params.iter().map(|(name, _)| *name).collect();
    let names = names.ok_or_else(|| EncodeError::new(EncodeErrorKind::Unnamed))?;
    by_name(&names, json).unwrap_or_else(|| Err(not_arguments(json)))
}

fn not_arguments(json: Json<'_>) -> EncodeError {
    let expected = "an array, or an object by the names of the parameters";
    EncodeError::mismatch(&expected, json.source()).at(Root::Arguments)
}

/// The beginning of the path of one argument.
fn root(params: &[Param<'_>], index: usize) -> Root {
    let name = params.get(index).and_then(|(name, _)| *name);
    Root::Argument { index, name: name.map(str::to_owned) }
}
