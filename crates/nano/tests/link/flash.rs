//! Two cells whose power can be cut at any byte of any write.

use aingle_wasm_nano::link::{Cell, Cells, RECORD_LEN, TwoCells};
use std::cell::RefCell;
use std::rc::Rc;

/// The power is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Off;

/// What a cut leaves in the bytes that it did not reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Torn {
    Older,
    Erased,
    Zeros,
}

#[derive(Debug)]
struct State {
    cells: [[u8; RECORD_LEN]; 2],
    /// Bytes that may still be written.
    left: Option<usize>,
    torn: Torn,
    writes: usize,
}

/// Memory that several links use one after the other, as restarts do.
#[derive(Clone, Debug)]
pub struct Flash(Rc<RefCell<State>>);

impl Flash {
    /// Memory as it leaves the factory of memories.
    pub fn new() -> Self {
        let state = State { cells: [[0xFF; RECORD_LEN]; 2], left: None, torn: Torn::Erased, writes: 0 };
        Self(Rc::new(RefCell::new(state)))
    }

    pub fn provisioned() -> Self {
        let flash = Self::new();
        TwoCells::new(flash.clone()).provision().unwrap();
        flash
    }

    /// Cuts the power after this many bytes.
    pub fn cut_after(&self, bytes: usize, torn: Torn) {
        let mut state = self.0.borrow_mut();
        (state.left, state.torn) = (Some(bytes), torn);
    }

    pub fn power_on(&self) {
        self.0.borrow_mut().left = None;
    }

    pub fn writes(&self) -> usize {
        self.0.borrow().writes
    }

    pub fn cells(&self) -> [[u8; RECORD_LEN]; 2] {
        self.0.borrow().cells
    }

    pub fn set_cells(&self, cells: [[u8; RECORD_LEN]; 2]) {
        self.0.borrow_mut().cells = cells;
    }
}

impl Cells for Flash {
    type Error = Off;

    fn read(&mut self, cell: Cell) -> Result<[u8; RECORD_LEN], Off> {
        let state = self.0.borrow();
        if state.left == Some(0) { Err(Off) } else { Ok(state.cells[cell as usize]) }
    }

    fn write(&mut self, cell: Cell, record: &[u8; RECORD_LEN]) -> Result<(), Off> {
        let mut state = self.0.borrow_mut();
        let reached = state.left.unwrap_or(RECORD_LEN).min(RECORD_LEN);
        let torn = state.torn;
        state.writes += 1;
        let bytes = &mut state.cells[cell as usize];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = match torn {
                _ if at < reached => record[at],
                Torn::Older => *byte,
                Torn::Erased => 0xFF,
                Torn::Zeros => 0,
            };
        }
        match &mut state.left {
            Some(left) => {
                *left -= reached;
                if *left == 0 { Err(Off) } else { Ok(()) }
            }
            None => Ok(()),
        }
    }
}
