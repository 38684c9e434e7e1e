//! Calls from the guest to its host.

use crate::raw::{self, ImportFn};
use crate::runtime::Runtime;
use aingle_wasm_codec::{
    DecodeError, Envelope, Integrity, Schema, Style, ValueError, schema, value, write_header,
};
use aingle_wasm_types::{ErrorCode, Flags, Header, Packed, Version, mailbox};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A function of the host, by its import. `host_externs!` makes them.
#[derive(Clone, Copy)]
pub struct HostFunction {
    name: &'static str,
    import: Option<ImportFn>,
}

impl HostFunction {
    /// The host function behind `import`.
    ///
    /// # Safety
    /// `import` is an import of the ABI, of the module `env`. It reads the request that it is given
    /// and writes nothing but the room that the mailbox publishes.
    #[must_use]
    #[allow(unsafe_code)]
    pub const unsafe fn new(name: &'static str, import: ImportFn) -> Self {
        Self { name, import: Some(import) }
    }

    /// A host function where there is no host: every call is [`HostCallError::Unavailable`].
    #[must_use]
    pub const fn unavailable(name: &'static str) -> Self {
        Self { name, import: None }
    }

    /// Sends bytes and returns the bytes of the response.
    ///
    /// # Errors
    /// [`HostCallError`], of which [`HostCallError::Failed`] is the host's own answer.
    pub fn call(&self, request: &[u8]) -> Result<Vec<u8>, HostCallError> {
        let mut response = Ok(Vec::new());
        self.exchange(Flags::EXPECTS_RESPONSE, &|sink| sink(request), &mut |reply| {
            response = reply.map(<[u8]>::to_vec);
        })?;
        response
    }

    /// Sends bytes without waiting for an answer.
    ///
    /// # Errors
    /// [`HostCallError::Unavailable`] or [`HostCallError::OutOfMemory`]; what the host makes of it is
    /// not known.
    pub fn notify(&self, request: &[u8]) -> Result<(), HostCallError> {
        self.exchange(Flags::NONE, &|sink| sink(request), &mut |_| {})
    }

    /// The function's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Writes a request by `write`, crosses, and has the response read by `read`.
    ///
    /// Neither is a type parameter, so that a guest holds this code once.
    fn exchange(&self, flags: Flags, write: Write<'_>, read: Read<'_>) -> Result<(), HostCallError> {
        let import = self.import.ok_or(HostCallError::Unavailable)?;
        raw::with_runtime(|runtime| {
            let packed = send(runtime, import, flags, write)?;
            if flags.contains(Flags::EXPECTS_RESPONSE) {
                receive(runtime, packed, read)?;
            }
            Ok(())
        })
    }
}

/// Writes a request piece by piece into a sink that says whether it took the piece.
type Write<'w> = &'w dyn Fn(&mut dyn FnMut(&[u8]) -> bool) -> bool;

/// Reads the payload of a response, or the code and body of an error.
type Read<'r> = &'r mut dyn FnMut(Result<&[u8], HostCallError>);

impl fmt::Debug for HostFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostFunction({})", self.name)
    }
}

/// Sends bytes to a host function and returns the bytes of its response.
///
/// # Errors
/// As [`HostFunction::call`].
pub fn host_call(function: HostFunction, request: &[u8]) -> Result<Vec<u8>, HostCallError> {
    function.call(request)
}

/// A result of a host function.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a host function",
    label = "a result is deserialised from the response",
    note = "derive `serde::Deserialize` and `Schema` for it; it must own its data: `String`, not `&str`"
)]
pub trait HostValue: DeserializeOwned + Schema {}

impl<T: DeserializeOwned + Schema> HostValue for T {}

/// Why a host function gave no result.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostCallError {
    /// There is no host: this is not WebAssembly.
    Unavailable,
    /// The host answered with an error.
    Failed {
        /// What kind.
        code: ErrorCode,
        /// Its body: the function's own bytes, or text.
        body: Vec<u8>,
    },
    /// The guest has no memory for the request or the response.
    OutOfMemory,
    /// The host returned nothing where a response was expected.
    NoResponse,
    /// The response's envelope was refused.
    Response(DecodeError),
    /// The arguments cannot be written, or the response is no value of the function's type.
    Value(ValueError),
}

impl fmt::Display for HostCallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable => f.write_str("there is no host"),
            Self::Failed { code, body } => write!(f, "{code}: {}", String::from_utf8_lossy(body)),
            Self::OutOfMemory => f.write_str("the guest has no memory for the host call"),
            Self::NoResponse => f.write_str("the host returned no response"),
            Self::Response(error) => write!(f, "response refused: {error}"),
            Self::Value(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for HostCallError {}

/// Calls a typed host function.
///
/// # Errors
/// As [`HostFunction::call`].
pub fn call_typed<A: Serialize, R: HostValue>(function: HostFunction, args: &A) -> Result<R, HostCallError> {
    let write = |sink: &mut dyn FnMut(&[u8]) -> bool| value::encode_to(args, sink).is_ok();
    let mut result = Err(HostCallError::NoResponse);
    function.exchange(Flags::EXPECTS_RESPONSE, &write, &mut |reply| {
        result = match reply {
            Ok(payload) => value::decode(payload).map_err(HostCallError::Value),
            Err(HostCallError::Failed { code: ErrorCode::ApplicationTyped, body })
                if const { schema::is_result::<R>() } =>
            {
                value::decode(&body).map_err(HostCallError::Value)
            }
            Err(error) => Err(error),
        };
    })?;
    result
}

/// Sends typed arguments without waiting for an answer.
///
/// # Errors
/// As [`HostFunction::notify`].
pub fn notify_typed<A: Serialize>(function: HostFunction, args: &A) -> Result<(), HostCallError> {
    let write = |sink: &mut dyn FnMut(&[u8]) -> bool| value::encode_to(args, sink).is_ok();
    function.exchange(Flags::NONE, &write, &mut |_| {})
}

/// Encodes the request into the outbox, publishes the room, and crosses.
fn send(
    runtime: &Runtime,
    import: ImportFn,
    flags: Flags,
    write: Write<'_>,
) -> Result<Packed, HostCallError> {
    let mut outbox = runtime.outbox.take();
    let mut len = Header::LEN;
    let written = outbox.grow(len)
        && write(&mut |bytes: &[u8]| {
            let end = len.saturating_add(bytes.len());
            if !outbox.grow(end) {
                return false;
            }
            outbox.room_mut()[len..end].copy_from_slice(bytes);
            len = end;
            true
        });
    let style = Style { version: Version::V2, integrity: runtime.integrity.get() };
    if !written || write_header(&mut outbox.room_mut()[..len], flags, style).is_err() {
        runtime.outbox.set(outbox);
        return Err(HostCallError::OutOfMemory);
    }
    let room = runtime.room.take();
    runtime.mailbox.publish(mailbox::ROOM_PTR, room.room());
    // SAFETY: a `HostFunction` holds an import of the ABI, by the contract of `HostFunction::new`.
    #[allow(unsafe_code)]
    let packed = unsafe { raw::call_import(import, &outbox.room()[..len]) };
    runtime.room.set(room);
    runtime.outbox.set(outbox);
    Ok(Packed::from_u64(packed))
}

/// Reads the response where the host wrote it, or fetches it.
fn receive(runtime: &Runtime, packed: Packed, read: Read<'_>) -> Result<(), HostCallError> {
    if packed == Packed::NONE {
        return Err(HostCallError::NoResponse);
    }
    let mut room = runtime.room.take();
    let len = packed.len as usize;
    let there = packed.ptr != 0 || fetch(&mut room, len);
    let result = match room.room().get(..len) {
        Some(envelope) if there => {
            read(payload(envelope));
            Ok(())
        }
        _ => Err(HostCallError::OutOfMemory),
    };
    runtime.room.set(room);
    result
}

/// Makes room for a response that waits, and has the host copy it.
fn fetch(room: &mut crate::buffer::Buffer, len: usize) -> bool {
    room.replace(len) && raw::fetch(&mut room.room_mut()[..len]) != 0
}

fn payload(envelope: &[u8]) -> Result<&[u8], HostCallError> {
    let envelope = Envelope::decode(envelope, Integrity::Trusted).map_err(HostCallError::Response)?;
    envelope.refuse(Flags::LZ4.with(Flags::ENCRYPTED)).map_err(HostCallError::Response)?;
    if !envelope.flags().contains(Flags::ERROR) {
        return Ok(envelope.payload());
    }
    match ErrorCode::split(envelope.payload()) {
        Some((code, body)) => Err(HostCallError::Failed { code, body: body.to_vec() }),
        None => Err(HostCallError::Response(DecodeError::ErrorPayload)),
    }
}
