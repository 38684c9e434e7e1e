//! A module's function types, and which of them are equal.
//!
//! wasm3 holds equal types once, and compares a new one with all before it, one by one. Here they are sorted.

use super::layout::{FunctionType, Layout};
use super::vectors::{collect, reserve};
use crate::LoadError;
use alloc::vec::Vec;

pub(super) struct Types<'m> {
    types: Vec<FunctionType<'m>>,
    /// Of each type, the first that equals it.
    first: Vec<u32>,
}

impl<'m> Types<'m> {
    pub fn read(layout: &Layout<'m>) -> Result<Self, LoadError> {
        let types = collect(layout.types())?;
        let (mut first, mut sorted) = (Vec::new(), Vec::new());
        reserve(&mut first, types.len())?;
        reserve(&mut sorted, types.len())?;
        for (at, ty) in (0_u32..).zip(&types) {
            let place = sorted.binary_search_by_key(&ty, |&other: &u32| &types[other as usize]);
            first.push(match place {
                Ok(found) => sorted[found],
                Err(place) => {
                    sorted.insert(place, at);
                    at
                }
            });
        }
        Ok(Self { types, first })
    }

    pub fn len(&self) -> usize {
        self.types.len()
    }

    pub fn get(&self, at: u32) -> Option<FunctionType<'m>> {
        self.types.get(at as usize).copied()
    }

    /// The first type that equals the type with this index.
    ///
    /// # Errors
    /// [`LoadError::Engine`] when there is no such type.
    pub fn first(&self, at: u32) -> Result<u32, LoadError> {
        let first = self.first.get(at as usize).copied();
        first.ok_or(LoadError::Engine { reason: "a function of no type" })
    }

    /// The most parameters of a type.
    pub fn most_params(&self) -> u32 {
        self.types.iter().map(|ty| ty.params.len() as u32).max().unwrap_or_default()
    }
}
