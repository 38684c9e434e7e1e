//! The arguments of a function.

use aingle_wasm_codec::Data;
use aingle_wasm_codec::postcard_schema::schema::NamedType;
use serde::Serialize;

/// The arguments of a function: a tuple of up to twelve values that are [`Data`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the arguments of a function: write a tuple",
    label = "arguments are a tuple, of one too: `({Self},)`",
    note = "no argument is `()`, one is `(u8,)`, two are `(&str, &[f32])`, and twelve are the most"
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
