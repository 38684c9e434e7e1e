//! Arguments of remote functions.

use aingle_wasm_codec::Data;
use aingle_wasm_codec::postcard_schema::schema::NamedType;
use serde::Serialize;

/// The arguments of a remote function: a tuple of up to twelve values that are [`Data`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the arguments of a remote function: write a tuple",
    label = "arguments are a tuple, of one too: `({Self},)`"
)]
pub trait RemoteArgs: Serialize {
    /// Their types, in order.
    const TYPES: &'static [&'static NamedType];
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name: Data),*> RemoteArgs for ($($name,)*) {
            const TYPES: &'static [&'static NamedType] = &[$($name::TYPE),*];
        }
    };
}

tuples!();
tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
tuples!(A B C D E F G H I);
tuples!(A B C D E F G H I J);
tuples!(A B C D E F G H I J K);
tuples!(A B C D E F G H I J K L);
