//! Writes a function's instructions with the charges between them.

mod short;

use crate::depth::Depth;
use crate::graph::Check;
use crate::price::{PerSize, PriceList};
use crate::rewrite::{Failure, Rewriter};
use crate::scan::{Arrival, Label, Scan, Step};
use crate::short::ShortLoop;
use wasm_encoder::reencode::Reencode;
use wasm_encoder::{BlockType, Encode, Function, Instruction, ValType};
use wasmparser::Operator;

/// What a function is written with.
pub(crate) struct Frame {
    /// Its parameters and locals.
    pub(crate) locals: u32,
    /// The locals as they were declared.
    pub(crate) declared: Vec<(u32, ValType)>,
    /// What it does about the depth of calls.
    pub(crate) depth: Depth,
    /// The local in which it is given the depth, if it is: its own locals move one up.
    pub(crate) given_depth: Option<u32>,
    /// What its callers have paid for its entry.
    pub(crate) prepaid: u64,
}

/// Writes a function.
pub(crate) fn emit(frame: Frame, scan: Scan<'_>, rewriter: &mut Rewriter<'_>) -> Result<Function, Failure> {
    let mut emitter = Emitter::new(&frame, rewriter);
    emitter.entry(&frame, &scan);
    let mut at = 0;
    while let Some((operator, step)) = scan.steps.get(at) {
        at += match ShortLoop::at(at, &scan) {
            Some(short) => {
                emitter.short_loop(&short, &scan)?;
                short.len()
            }
            None => {
                emitter.step(operator, *step, &scan)?;
                1
            }
        };
    }
    let Emitter { bytes, added, .. } = emitter;
    let mut locals = frame.declared;
    locals.extend(added.into_iter().map(|ty| (1, ty)));
    let mut function = Function::new(locals);
    function.raw(bytes);
    Ok(function)
}

impl Open {
    /// Whether it is an `if` without `else` on whose other way there is something to do.
    fn lacks_other_way(&self) -> bool {
        self.owed.is_some_and(|owed| owed > 0 || self.cached && !self.cached_at_fork)
    }
}

struct Emitter<'r, 'm> {
    rewriter: &'r mut Rewriter<'m>,
    bytes: Vec<u8>,
    first_added: u32,
    added: Vec<ValType>,
    fuel: u32,
    size: Option<u32>,
    depth: Option<u32>,
    /// The first of the function's locals that is one up.
    moved: u32,
    /// Whether the local holds what the global does.
    cached: bool,
    /// The function's own blocks that are open.
    open: Vec<Open>,
}

/// A block that is open.
struct Open {
    /// Whether the local must hold the counter where branches to this block lead.
    cached: bool,
    /// Whether it did where an `if` parted the ways.
    cached_at_fork: bool,
    /// What the other way of an `if` has to pay, until it does; nothing for other blocks.
    owed: Option<u64>,
}

impl<'r, 'm> Emitter<'r, 'm> {
    fn new(frame: &Frame, rewriter: &'r mut Rewriter<'m>) -> Self {
        let mut emitter = Self {
            rewriter,
            bytes: Vec::new(),
            first_added: frame.locals + u32::from(frame.given_depth.is_some()),
            added: Vec::new(),
            fuel: 0,
            size: None,
            depth: frame.given_depth,
            moved: frame.given_depth.unwrap_or(u32::MAX),
            cached: false,
            open: Vec::new(),
        };
        emitter.fuel = emitter.add_local(ValType::I64);
        emitter
    }

    fn add_local(&mut self, ty: ValType) -> u32 {
        self.added.push(ty);
        self.first_added + self.added.len() as u32 - 1
    }

    fn op(&mut self, instruction: Instruction<'_>) {
        instruction.encode(&mut self.bytes);
    }

    fn entry(&mut self, frame: &Frame, scan: &Scan<'_>) {
        self.op(Instruction::Block(BlockType::Empty));
        // It may be more than they have paid: what the entries of the functions cost that it calls in turn.
        let entry = scan.charges.entry - frame.prepaid;
        match frame.depth {
            Depth::Ignored => self.charge_and_check(entry),
            Depth::Passed => {
                self.charge_and_check(entry);
                let depth = self.add_depth_local();
                self.op(Instruction::GlobalGet(self.rewriter.depth_global()));
                self.op(Instruction::LocalSet(depth));
            }
            Depth::Counted(weight) => {
                self.charge(entry);
                self.enter_depth(weight);
            }
        }
    }

    fn add_depth_local(&mut self) -> u32 {
        let depth = self.add_local(ValType::I32);
        self.depth = Some(depth);
        depth
    }

    /// Takes the frame's share, and compares both counters with zero at once: where either is below, so is
    /// the one or-ed with the other.
    fn enter_depth(&mut self, weight: u32) {
        self.counter();
        match self.depth {
            Some(given) => self.op(Instruction::LocalGet(given)),
            None => self.op(Instruction::GlobalGet(self.rewriter.depth_global())),
        }
        // wasm3 is slower where a parameter is written.
        let depth = self.add_depth_local();
        self.op(Instruction::I32Const(weight.cast_signed()));
        self.op(Instruction::I32Sub);
        self.op(Instruction::LocalTee(depth));
        self.op(Instruction::I64ExtendI32S);
        self.op(Instruction::I64Or);
        self.check();
    }

    /// The depth of the label that stops the function, from where the next instruction stands.
    fn stop(&self) -> u32 {
        self.open.len() as u32
    }

    /// The depth of a label of the function's own, from where the next instruction stands: the
    /// function itself has moved one out.
    fn label(&self, depth: u32) -> u32 {
        depth + u32::from(depth == self.stop())
    }

    fn step(&mut self, operator: &Operator<'_>, step: Step, scan: &Scan<'_>) -> Result<(), Failure> {
        let charges = &scan.charges;
        match step {
            Step::Drop => {}
            Step::Block(label) => {
                self.copy(operator)?;
                self.open_block(scan.labels[label], None);
            }
            Step::Loop(index, label) => {
                self.turn(operator, scan.labels[label])?;
                match charges.checks[index] {
                    Check::Head => self.charge_and_check(charges.loops[index]),
                    Check::BehindQuestion | Check::Callee => self.charge(charges.loops[index]),
                }
            }
            Step::If(then, other, label) => {
                self.copy(operator)?;
                self.open_block(scan.labels[label], Some(charges.edges[other]));
                self.charge(charges.edges[then]);
            }
            Step::Branch(taken, not_taken, asked) => {
                self.branch(operator, charges.edges[taken]);
                match asked.is_some_and(|index| charges.checks[index] == Check::BehindQuestion) {
                    true => self.charge_and_check(charges.edges[not_taken]),
                    false => self.charge(charges.edges[not_taken]),
                }
            }
            Step::Join(node, arrival) => self.join(arrival, charges.nodes[node]),
            Step::LoopEnd(arrival) => self.loop_end(arrival),
            Step::Keep => self.plain(operator)?,
        }
        Ok(())
    }

    fn plain(&mut self, operator: &Operator<'_>) -> Result<(), Failure> {
        match operator {
            Operator::Else => self.other_way(),
            Operator::End => self.finish(),
            Operator::Br { relative_depth } => self.jump(*relative_depth),
            Operator::BrTable { targets } => self.table(targets)?,
            Operator::Call { function_index } => self.call(operator, *function_index)?,
            Operator::CallIndirect { .. } => self.call_out(operator, true)?,
            _ => {
                let sized = self.prices().of(operator).sized;
                if let Some(price) = sized {
                    let smaller = matches!(operator, Operator::MemoryGrow { .. });
                    let shift = if smaller { self.rewriter.survey.page_shift } else { 0 };
                    self.charge_size(PerSize { shift: price.shift + shift, ..price });
                }
                self.copy(operator)?;
                // A host that stops a call takes its fuel while such an instruction runs.
                self.cached &= sized.is_none();
            }
        }
        Ok(())
    }

    fn prices(&self) -> &'m PriceList {
        self.rewriter.prices
    }

    fn copy(&mut self, operator: &Operator<'_>) -> Result<(), Failure> {
        let mut operator = operator.clone();
        if let Operator::LocalGet { local_index }
        | Operator::LocalSet { local_index }
        | Operator::LocalTee { local_index } = &mut operator
        {
            *local_index += u32::from(*local_index >= self.moved);
        }
        let instruction = self.rewriter.instruction(operator)?;
        instruction.encode(&mut self.bytes);
        Ok(())
    }

    fn open_block(&mut self, label: Label, owed: Option<u64>) {
        let label = self.seen(label);
        let cached = label.from_quiet_loop || (self.cached && !label.calls);
        self.open.push(Open { cached, cached_at_fork: self.cached, owed });
    }

    /// A label as it is treated: where loops read the counter anew, none is quiet.
    fn seen(&self, label: Label) -> Label {
        match self.rewriter.interruptible {
            true => Label { from_quiet_loop: false, ..label },
            false => label,
        }
    }

    /// In a loop without calls the local holds the counter all the time; in another at its head, if it did
    /// before.
    fn turn(&mut self, operator: &Operator<'_>, label: Label) -> Result<(), Failure> {
        let label = self.seen(label);
        let cached = !self.rewriter.interruptible && (self.cached || label.from_quiet_loop || !label.calls);
        self.cache_if(cached);
        self.copy(operator)?;
        self.cached = cached;
        self.open.push(Open { cached, cached_at_fork: cached, owed: None });
        Ok(())
    }

    fn other_way(&mut self) {
        self.arrive();
        self.op(Instruction::Else);
        let Some(open) = self.open.last_mut() else { return };
        let owed = open.owed.take();
        self.cached = open.cached_at_fork;
        self.charge(owed.unwrap_or(0));
    }

    fn join(&mut self, arrival: Arrival, need: u64) {
        if self.open.last().is_some_and(Open::lacks_other_way) {
            self.other_way();
        }
        self.arrive();
        self.op(Instruction::End);
        self.cached = self.open.pop().is_some_and(|open| open.cached);
        match arrival {
            Arrival::Paid => {}
            Arrival::Unpaid => self.charge(need),
            // The code that is left out would have made the operands that are missing now.
            Arrival::Never => self.op(Instruction::Unreachable),
        }
    }

    fn loop_end(&mut self, arrival: Arrival) {
        self.op(Instruction::End);
        self.open.pop();
        if arrival == Arrival::Never {
            self.op(Instruction::Unreachable);
        }
    }

    /// The code before goes on to where branches to the innermost block lead.
    fn arrive(&mut self) {
        self.cache_if(self.open.last().is_some_and(|open| open.cached));
    }

    /// Fetches the counter, if a label wants it cached and it is not.
    fn cache_if(&mut self, wanted: bool) {
        if wanted && !self.cached {
            self.op(Instruction::GlobalGet(self.rewriter.fuel_global()));
            self.op(Instruction::LocalSet(self.fuel));
            self.cached = true;
        }
    }

    /// Fetches the counter, if the label at this depth wants it cached.
    fn cache_for(&mut self, depth: u32) {
        let at = self.open.len().checked_sub(1 + depth as usize);
        let wanted = at.and_then(|at| self.open.get(at)).is_some_and(|open| open.cached);
        self.cache_if(wanted);
    }

    fn jump(&mut self, depth: u32) {
        self.cache_for(depth);
        self.op(Instruction::Br(self.label(depth)));
    }

    fn branch(&mut self, operator: &Operator<'_>, charge: u64) {
        let Operator::BrIf { relative_depth } = *operator else { return };
        self.cache_for(relative_depth);
        let label = self.label(relative_depth);
        if charge == 0 {
            return self.op(Instruction::BrIf(label));
        }
        let condition = self.size_local();
        self.op(Instruction::LocalTee(condition));
        self.op(Instruction::If(BlockType::Empty));
        let cached = self.cached;
        self.charge(charge);
        self.cached = cached;
        self.op(Instruction::End);
        self.op(Instruction::LocalGet(condition));
        self.op(Instruction::BrIf(label));
    }

    fn table(&mut self, targets: &wasmparser::BrTable<'_>) -> Result<(), Failure> {
        for depth in targets.targets().flatten().chain([targets.default()]) {
            self.cache_for(depth);
        }
        let labels: Result<Vec<u32>, _> =
            targets.targets().map(|depth| depth.map(|depth| self.label(depth))).collect();
        self.op(Instruction::BrTable(labels?.into(), self.label(targets.default())));
        Ok(())
    }

    fn call(&mut self, operator: &Operator<'_>, function: u32) -> Result<(), Failure> {
        let survey = self.rewriter.survey;
        if survey.is_imported(function) {
            return self.host_call(operator, survey.takes_request(function));
        }
        if let Some(depth) = self.depth.filter(|_| survey.is_given_depth(function)) {
            self.op(Instruction::LocalGet(depth));
            return self.call_out(operator, false);
        }
        self.call_out(operator, survey.depths.get(function) != Depth::Ignored)
    }

    fn host_call(&mut self, operator: &Operator<'_>, takes_request: bool) -> Result<(), Failure> {
        if !takes_request {
            self.charge_and_check(0);
            return self.call_out(operator, true);
        }
        self.charge_size(self.prices().host_bytes);
        self.call_out(operator, true)?;
        self.charge_reply(self.prices().host_reply);
        Ok(())
    }

    fn call_out(&mut self, operator: &Operator<'_>, counts_depth: bool) -> Result<(), Failure> {
        if let Some(depth) = self.depth.filter(|_| counts_depth) {
            self.op(Instruction::LocalGet(depth));
            self.op(Instruction::GlobalSet(self.rewriter.depth_global()));
        }
        self.copy(operator)?;
        self.cached = false;
        Ok(())
    }

    /// The function's own end.
    fn finish(&mut self) {
        self.op(Instruction::Return);
        self.op(Instruction::End);
        if let Some(depth) = self.depth {
            self.op(Instruction::LocalGet(depth));
            self.op(Instruction::GlobalSet(self.rewriter.depth_global()));
        }
        self.op(Instruction::Unreachable);
        self.op(Instruction::End);
    }

    fn charge(&mut self, units: u64) {
        if units > 0 {
            self.subtract(units);
            self.keep();
        }
    }

    fn charge_and_check(&mut self, units: u64) {
        if units == 0 {
            self.counter();
            return self.check();
        }
        self.subtract(units);
        self.keep_and_check();
    }

    /// Charges by the topmost operand, and checks, also where there is nothing to charge.
    fn charge_size(&mut self, price: PerSize) {
        if price.units == 0 {
            return self.charge_and_check(0);
        }
        let size = self.size_local();
        self.op(Instruction::LocalTee(size));
        self.counter();
        self.op(Instruction::LocalGet(size));
        self.subtract_pieces(price);
    }

    /// Charges by the lower half of a host call's result, and checks. The local that holds the counter at other
    /// times is free there.
    fn charge_reply(&mut self, price: PerSize) {
        if price.units == 0 {
            return;
        }
        self.op(Instruction::LocalTee(self.fuel));
        self.counter();
        self.op(Instruction::LocalGet(self.fuel));
        self.op(Instruction::I32WrapI64);
        self.subtract_pieces(price);
    }

    /// Subtracts the price of a size from the counter, both of which are on the stack, and checks.
    fn subtract_pieces(&mut self, price: PerSize) {
        self.op(Instruction::I64ExtendI32U);
        if price.shift > 0 {
            self.op(Instruction::I64Const(i64::from(price.shift)));
            self.op(Instruction::I64ShrU);
        }
        if price.units > 1 {
            self.op(Instruction::I64Const(i64::from(price.units)));
            self.op(Instruction::I64Mul);
        }
        self.op(Instruction::I64Sub);
        self.keep_and_check();
    }

    fn size_local(&mut self) -> u32 {
        if let Some(size) = self.size {
            return size;
        }
        let size = self.add_local(ValType::I32);
        self.size = Some(size);
        size
    }

    fn counter(&mut self) {
        match self.cached {
            true => self.op(Instruction::LocalGet(self.fuel)),
            false => self.op(Instruction::GlobalGet(self.rewriter.fuel_global())),
        }
    }

    fn subtract(&mut self, units: u64) {
        self.counter();
        self.op(Instruction::I64Const(units.cast_signed()));
        self.op(Instruction::I64Sub);
    }

    /// Keeps the new value of the counter, which is on the stack.
    fn keep(&mut self) {
        self.op(Instruction::LocalTee(self.fuel));
        self.op(Instruction::GlobalSet(self.rewriter.fuel_global()));
        self.cached = true;
    }

    fn keep_and_check(&mut self) {
        self.keep();
        self.op(Instruction::LocalGet(self.fuel));
        self.check();
    }

    /// Stops the guest if the counter, which is on the stack, is below zero.
    fn check(&mut self) {
        self.check_or(self.stop());
    }

    /// Branches to a label if the counter, which is on the stack, is below zero.
    fn check_or(&mut self, label: u32) {
        self.op(Instruction::I64Const(0));
        self.op(Instruction::I64LtS);
        self.op(Instruction::BrIf(label));
    }
}
