//! Vectors that grow as far as there is memory.

use crate::LoadError;
use alloc::vec::Vec;

pub(super) fn collect<T>(items: impl Iterator<Item = Result<T, LoadError>>) -> Result<Vec<T>, LoadError> {
    let mut all = Vec::new();
    for item in items {
        reserve(&mut all, 1)?;
        all.push(item?);
    }
    Ok(all)
}

pub(super) fn reserve<T>(items: &mut Vec<T>, more: usize) -> Result<(), LoadError> {
    items.try_reserve(more).map_err(|_| LoadError::OutOfMemory)
}
