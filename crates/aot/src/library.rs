//! The functions of the compiler's library: what stack the dearest chain of their calls takes.

use crate::branch::{self, Branches};
use crate::elf::Function;
use crate::frame;

/// Functions that were not emitted, with their frames and what they branch to.
#[derive(Default)]
pub struct Library {
    functions: Vec<Member>,
}

struct Member {
    address: u32,
    end: u32,
    frame: u32,
    branches: Branches,
    /// Whether it is the function that calls the host through a register.
    is_host: bool,
}

/// The frame of a function, read from its code.
pub fn frame_of(function: &Function, thumb: bool) -> Option<u32> {
    let read = if thumb { frame::thumb } else { frame::riscv };
    function.code.iter().map(|(_, code)| read(code)).try_fold(0_u32, |sum, piece| sum.checked_add(piece?))
}

/// The branches of a function out of it.
pub fn branches(function: &Function, thumb: bool) -> Branches {
    let read = if thumb { branch::thumb } else { branch::riscv };
    let mut all = Branches::default();
    for (address, code) in &function.code {
        let found = read(*address, code);
        all.indirect |= found.indirect;
        all.targets.extend(found.targets);
    }
    let inside = function.address..function.address.saturating_add(function.size);
    all.targets.retain(|target| !inside.contains(target));
    all
}

impl Library {
    pub fn add(&mut self, function: &Function, frame: u32, thumb: bool) {
        let end = function.address.saturating_add(function.size);
        let is_host = function.name.contains("_5image4host");
        let branches = branches(function, thumb);
        self.functions.push(Member { address: function.address, end, frame, branches, is_host });
    }

    /// What the dearest chain of calls takes. Where calls are not known, or go in a circle, all functions together.
    pub fn longest(&self) -> u32 {
        let chains = (0..self.functions.len()).map(|at| self.chain(at, self.functions.len()));
        let longest = chains.map(|chain| chain.unwrap_or(u32::MAX)).max().unwrap_or(0);
        longest.min(self.functions.iter().map(|function| function.frame).fold(0, u32::saturating_add))
    }

    /// A function's frame and the dearest chain from it. `None` if it is not known, or longer than there are functions.
    fn chain(&self, at: usize, most: usize) -> Option<u32> {
        let function = &self.functions[at];
        if most == 0 || function.branches.indirect && !function.is_host {
            return None;
        }
        let mut longest = 0;
        for target in &function.branches.targets {
            let to = self.functions.iter().position(|to| (to.address..to.end).contains(target))?;
            longest = longest.max(self.chain(to, most - 1)?);
        }
        function.frame.checked_add(longest)
    }
}
