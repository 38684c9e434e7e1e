//! The arguments of a function.

use aingle_wasm_codec::postcard_schema::schema::NamedType;
use aingle_wasm_codec::{Data, ValueError, value};

/// The arguments of a function: a tuple of up to twelve values that are [`Data`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the arguments of a function: write a tuple",
    label = "arguments are a tuple, of one too: `({Self},)`",
    note = "no argument is `()`, one is `(u8,)`, two are `(&str, &[f32])`, and twelve are the most"
)]
pub trait Args: Data {
    /// Their types, in order.
    const TYPES: &'static [&'static NamedType];

    /// Returns the first argument that cannot be written, by its number from 1, and why.
    #[doc(hidden)]
    fn unwritable(&self) -> Option<(u32, ValueError)>;
}

macro_rules! args {
    ($(($($T:ident),*))*) => {$(
        impl<$($T: Data),*> Args for ($($T,)*) {
            const TYPES: &'static [&'static NamedType] = &[$($T::TYPE),*];

            #[cold]
            #[allow(non_snake_case, reason = "a parameter has the name of its type")]
            fn unwritable(&self) -> Option<(u32, ValueError)> {
                let ($($T,)*) = self;
                let all: &[Option<ValueError>] = &[$(value::encoded_len($T).err()),*];
                (1..).zip(all).find_map(|(position, error)| Some((position, (*error)?)))
            }
        }
    )*};
}

args! {
    () (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) (A, B, C, D, E, F, G)
    (A, B, C, D, E, F, G, H) (A, B, C, D, E, F, G, H, I) (A, B, C, D, E, F, G, H, I, J)
    (A, B, C, D, E, F, G, H, I, J, K) (A, B, C, D, E, F, G, H, I, J, K, L)
}
