//! Arguments and replies of a function.

use super::error::DecodeError;
use super::value::{Decoder, Result};
use crate::path::{Root, Segment};
use crate::reply::Reply;
use crate::ty::Type;
use aingle_wasm_codec::value::Limits;

/// A parameter: its name, if there is one, and its type.
type Param<'f> = (Option<&'f str>, &'f Type);

/// Decodes the arguments for these parameters.
pub(crate) fn arguments(params: &[Param<'_>], bytes: &[u8], limits: Limits) -> Result<String> {
    let mut decoder = Decoder::new(bytes, limits);
    let whole = |error: DecodeError| error.at(Root::Arguments);
    decoder.push("[").map_err(whole)?;
    for (index, (name, ty)) in params.iter().enumerate() {
        decoder.comma(index == 0).map_err(whole)?;
        let root = || Root::Argument { index, name: name.map(str::to_owned) };
        decoder.value(ty).map_err(|error| error.at(root()))?;
    }
    decoder.push("]").map_err(whole)?;
    decoder.finish().map_err(whole)
}

/// Decodes a result. An `Err` is another reply than a value.
pub(crate) fn reply(ty: &Type, bytes: &[u8], limits: Limits) -> Result<Reply> {
    inner_reply(ty, bytes, limits).map_err(|error| error.at(Root::Result))
}

fn inner_reply(ty: &Type, bytes: &[u8], limits: Limits) -> Result<Reply> {
    let mut decoder = Decoder::new(bytes, limits);
    let Type::Result(ok, err) = ty else {
        decoder.value(ty)?;
        return decoder.finish().map(Reply::Value);
    };
    if decoder.mark()? {
        decoder.value(err).map_err(|error| error.within(Segment::name("Err")))?;
        decoder.finish().map(Reply::Error)
    } else {
        decoder.value(ok).map_err(|error| error.within(Segment::name("Ok")))?;
        decoder.finish().map(Reply::Value)
    }
}
