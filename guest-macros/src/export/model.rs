//! An export, as checking and expanding see it.

use super::args::Args;
use crate::name::Name;
use crate::root::Root;
use crate::signature::{self, Parameter};
use syn::{ItemFn, Type};

/// One exported function.
pub struct Export {
    pub root: Root,
    pub name: Name,
    pub raw: bool,
    pub parameters: Vec<Parameter>,
    pub result: Type,
    /// The user's function, which stays as it is.
    pub function: ItemFn,
}

impl Export {
    /// What the options make of the function.
    pub fn new(args: Args, function: ItemFn) -> Self {
        Self {
            name: Name::new(args.name.as_ref(), &function.sig.ident),
            root: args.root.unwrap_or_default(),
            raw: args.raw,
            parameters: signature::parameters(&function.sig),
            result: signature::result(&function.sig),
            function,
        }
    }
}
