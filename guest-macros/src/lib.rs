//! The macros of [`aingle_wasm_guest`], which re-exports them: use them from there.
//!
//! ```
//! use aingle_wasm_guest::{Data, HostCallError, export, host_externs};
//!
//! host_externs! {
//!     /// Degrees Celsius, from the host's sensor of this number.
//!     fn read_sensor(id: u8) -> Result<f32, SensorError>;
//!
//!     /// Tells the host how far the work is, and waits for nothing.
//!     #[notify]
//!     fn progress(done: u32, of: u32);
//! }
//!
//! #[derive(Debug, PartialEq, Data)]
//! pub struct SensorError {
//!     id: u8,
//! }
//!
//! #[derive(Debug, PartialEq, Data)]
//! pub enum BadBatch {
//!     Empty,
//!     Sensor(SensorError),
//!     Host,
//! }
//!
//! impl From<SensorError> for BadBatch {
//!     fn from(error: SensorError) -> Self {
//!         Self::Sensor(error)
//!     }
//! }
//!
//! impl From<HostCallError> for BadBatch {
//!     fn from(_: HostCallError) -> Self {
//!         Self::Host
//!     }
//! }
//!
//! /// How far the mean of `readings` lies from what the sensor says now.
//! #[export]
//! fn drift(station: &str, readings: &[f32]) -> Result<f32, BadBatch> {
//!     if station.is_empty() || readings.is_empty() {
//!         return Err(BadBatch::Empty);
//!     }
//!     progress(0, 1)?;
//!     // The outer error says that the call failed, the inner one is the host function's own.
//!     let now = read_sensor(3)??;
//!     Ok(now - readings.iter().sum::<f32>() / readings.len() as f32)
//! }
//!
//! // The function is still a function, and a native test can call it.
//! assert_eq!(drift("", &[]), Err(BadBatch::Empty));
//! // There is no host in a native test.
//! assert_eq!(drift("roof", &[1.0]), Err(BadBatch::Host));
//! ```
//!
//! # What is accepted
//!
//! | form | meaning |
//! |---|---|
//! | `#[export] fn f(a: A, b: &B) -> R` | up to twelve arguments, by value or borrowed from the call; `R` is a value or a `Result` |
//! | `#[export] fn f<'a>(a: &'a str, b: B<'a>) -> C<'a>` | lifetimes, named or not, in arguments and result |
//! | `#[export(raw)] fn f(payload: &[u8]) -> R` | bytes as they are; `R` is bytes, text, `()` or a `Result` of those |
//! | `#[export(name = "…")]` | another name than the function's: 1 to 31 bytes |
//! | `#[export(crate = path)]` | the guest crate, where it is not `::aingle_wasm_guest` |
//! | `host_externs!(a, b);` | constants `a` and `b` for the imports `env.a` and `env.b`: bytes in, bytes out |
//! | `host_externs! { fn f(a: A, b: &B) -> R; }` | a function `f` that returns `Result<R, HostCallError>` |
//! | `host_externs! { #[notify] fn f(a: A); }` | a one-way notification |
//! | `host_externs! { #[name = "…"] fn f(); }` | another name than the function's |
//! | `host_externs! { crate = path; … }` | the guest crate, as above |
//!
//! Options of `#[export]` combine with commas. Attributes, documentation and visibility are kept. What is
//! not accepted is refused with a sentence that says what to write, all mistakes at once; the tests in
//! `tests/ui` show each.
//!
//! # What they expand to
//!
//! An export is followed by an entry point that calls the guest crate, and by a record of its name and types
//! in the custom section `aingle.abi`. Both are type-checked on every target and leave the module only on
//! wasm32. A host function is an import, called through the guest crate, and a record. Types are checked by
//! the guest crate's traits. A few that cannot cross, such as `HashMap`, are also known by name, for a better message. A crate that has `#![forbid(unsafe_code)]` cannot use
//! these macros, because a symbol is unsafe to name; `#![deny(unsafe_code)]` is fine.
//!
//! [`aingle_wasm_guest`]: https://docs.rs/aingle_wasm_guest
#![forbid(unsafe_code)]

mod data;
mod errors;
mod export;
mod host_externs;
mod lifetimes;
mod name;
mod pieces;
mod raw;
mod record;
mod refused;
mod root;
mod signature;
mod symbols;

use proc_macro::TokenStream;
use root::Root;

/// Exports a function to the host. The function stays as it is; see the [crate's page](crate).
///
/// ```
/// use aingle_wasm_guest::export;
///
/// #[export]
/// fn mean(station: &str, readings: &[f32]) -> f32 {
///     let _ = station;
///     readings.iter().sum::<f32>() / readings.len() as f32
/// }
///
/// #[export(raw, name = "echo-bytes")]
/// fn echo(payload: &[u8]) -> &[u8] {
///     payload
/// }
/// # assert_eq!((mean("roof", &[1.0, 3.0]), echo(b"x")), (2.0, b"x".as_slice()));
/// ```
#[proc_macro_attribute]
pub fn export(args: TokenStream, item: TokenStream) -> TokenStream {
    export::export(args.into(), item.into()).into()
}

/// Declares functions of the host, by name or by signature; see the [crate's page](crate).
///
/// ```
/// use aingle_wasm_guest::{HostCallError, host_externs};
///
/// host_externs!(__my_host_fn);
///
/// host_externs! {
///     fn read_sensor(id: u8) -> f32;
/// }
///
/// fn ask() -> Result<f32, HostCallError> {
///     let bytes: Vec<u8> = __my_host_fn.call(b"bytes")?;
///     read_sensor(bytes.len() as u8)
/// }
/// # assert_eq!(ask(), Err(HostCallError::Unavailable));
/// ```
#[proc_macro]
pub fn host_externs(tokens: TokenStream) -> TokenStream {
    host_externs::host_externs(tokens.into()).into()
}

/// Makes a type [`Data`](https://docs.rs/aingle_wasm_codec/latest/aingle_wasm_codec/trait.Data.html): its values can
/// cross between guest and host.
///
/// It implements `Data`, and `Serialize`, `Deserialize` and `Schema` with it; a crate needs none of their crates as a
/// dependency. Types with lifetimes and with type parameters are accepted; every type parameter is bounded by `Data`.
///
/// Values travel without names. So only those `#[serde(…)]` attributes are accepted that bytes, description and reader
/// all follow: `rename`, `rename_all`, `rename_all_fields`, `borrow`. Every other one is refused with its reason
/// and a way out; `docs/TYPES.md` lists them.
///
/// | option | meaning |
/// |---|---|
/// | `#[data(write_only)]` | no `Deserialize`, for a type with fields that can only be written, such as `&[f32]` |
/// | `#[data(crate = path)]` | the crate that has `Data`, where it is not the one that the derive is documented in |
///
/// ```
/// use aingle_wasm_guest::Data;
///
/// #[derive(Debug, PartialEq, Data)]
/// pub struct Reading<'a> {
///     station: &'a str,
///     celsius: f32,
/// }
///
/// #[derive(Data)]
/// #[data(write_only)]
/// pub struct Batch<'a, T> {
///     items: &'a [T],
/// }
/// ```
#[proc_macro_derive(Data, attributes(serde, data))]
pub fn data(item: TokenStream) -> TokenStream {
    data::data(item.into(), Root::default()).into()
}

/// As [`Data`], named through `aingle_wasm_codec`.
#[proc_macro_derive(CodecData, attributes(serde, data))]
pub fn codec_data(item: TokenStream) -> TokenStream {
    data::data(item.into(), Root::named("aingle_wasm_codec")).into()
}

/// As [`Data`], named through `aingle_wasm_host`.
#[proc_macro_derive(HostData, attributes(serde, data))]
pub fn host_data(item: TokenStream) -> TokenStream {
    data::data(item.into(), Root::named("aingle_wasm_host")).into()
}

/// As [`Data`], named through `aingle_wasm_host_embedded`.
#[proc_macro_derive(EmbeddedData, attributes(serde, data))]
pub fn embedded_data(item: TokenStream) -> TokenStream {
    data::data(item.into(), Root::named("aingle_wasm_host_embedded")).into()
}
