//! Types that the module's description can tell.

use aingle_wasm_codec::Schema;
use aingle_wasm_codec::postcard_schema::schema::NamedType;

/// A type that the module's description can tell.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be described: derive `Schema` for it, or use a type that has it",
    label = "the module describes this type by its `Schema`",
    note = "write `#[derive(Serialize, Deserialize, Schema)]` on a type of your own",
    note = "`usize` and `isize` have none, because host and guest differ in their size: use `u32` or `u64`"
)]
pub trait Described {
    /// The type as the description tells it.
    #[doc(hidden)]
    const TYPE: &'static NamedType;
}

impl<T: Schema + ?Sized> Described for T {
    const TYPE: &'static NamedType = T::SCHEMA;
}
