//! Globals, and where they are in the head of an instance.

use wasmparser::ValType;

/// A global of the module.
pub struct Global {
    pub ty: ValType,
    pub mutable: bool,
    /// The initial value.
    pub bits: u64,
    /// Where it is, in bytes behind the fixed part of the head. `None` if it is not mutable: then it is a constant of the code.
    pub place: Option<usize>,
}

/// The globals of a module.
#[derive(Default)]
pub struct Globals {
    all: Vec<Global>,
    len: usize,
}

impl Globals {
    pub fn push(&mut self, global: Global) {
        self.all.push(global);
    }

    pub fn get(&self, index: u32) -> Option<&Global> {
        self.all.get(index as usize)
    }

    /// Gives each mutable global its place: `first` come first, and wide ones before narrow ones.
    pub fn place(&mut self, first: &[u32]) {
        let wide = |global: &Global| matches!(global.ty, ValType::I64 | ValType::F64);
        let mut order: Vec<u32> = (0..self.all.len() as u32).collect();
        // A stable sort: those of `first` in their order, then wide ones, then the others.
        order.sort_by_key(|at| match first.iter().position(|one| one == at) {
            Some(place) => (0, place),
            None => (if wide(&self.all[*at as usize]) { 1 } else { 2 }, 0),
        });
        let mut end = 0_usize;
        for at in order {
            let global = &mut self.all[at as usize];
            if global.mutable {
                let len = if wide(global) { 8 } else { 4 };
                end = end.next_multiple_of(len);
                global.place = Some(end);
                end += len;
            }
        }
        self.len = end.next_multiple_of(16);
    }

    /// The bytes that all take, a multiple of 16.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The initial bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.len];
        for global in &self.all {
            let Some(place) = global.place else { continue };
            let len = if matches!(global.ty, ValType::I64 | ValType::F64) { 8 } else { 4 };
            bytes[place..place + len].copy_from_slice(&global.bits.to_le_bytes()[..len]);
        }
        bytes
    }
}
