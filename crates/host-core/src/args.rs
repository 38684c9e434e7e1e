//! The arguments of a function.

use aingle_wasm_codec::Data;
use aingle_wasm_codec::postcard_schema::schema::NamedType;
use serde::Serialize;

/// The arguments of a function: a tuple of up to twelve values that are [`Data`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the arguments of a function",
    label = "arguments are a tuple of `Data`",
    note = "write a tuple of at most twelve: `()`, `(u8,)`, `(&str, &[f32])`; and `#[derive(Data)]` on types of your own"
)]
pub trait Args: Serialize {
    /// Their types, in order.
    const TYPES: &'static [&'static NamedType];
}

macro_rules! args {
    ($(($($T:ident),*))*) => {$(
        impl<$($T: Data),*> Args for ($($T,)*) {
            const TYPES: &'static [&'static NamedType] = &[$($T::TYPE),*];
        }
    )*};
}

args! {
    () (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) (A, B, C, D, E, F, G)
    (A, B, C, D, E, F, G, H) (A, B, C, D, E, F, G, H, I) (A, B, C, D, E, F, G, H, I, J)
    (A, B, C, D, E, F, G, H, I, J, K) (A, B, C, D, E, F, G, H, I, J, K, L)
}
