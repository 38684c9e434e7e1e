//! Blocks, branches and calls.

use super::function::{Block, Emitter, Kind};
use crate::error::AotError;
use std::fmt::Write;
use wasmparser::{BrTable, Operator, ValType};

impl Emitter<'_, '_> {
    /// Emits a control instruction. Returns whether it was one.
    pub(super) fn control(&mut self, operator: &Operator<'_>) -> Result<bool, AotError> {
        match operator {
            Operator::Nop => {}
            Operator::Unreachable => {
                self.put("break 'trap UNREACHABLE;");
                self.dead = Some(0);
            }
            Operator::Block { blockty } => {
                let types = self.block_types(*blockty)?;
                self.open(Kind::Block, types);
            }
            Operator::Loop { blockty } => {
                let types = self.block_types(*blockty)?;
                self.open(Kind::Loop, types);
            }
            Operator::If { blockty } => {
                let types = self.block_types(*blockty)?;
                let condition = self.operands.pop();
                self.open(Kind::If, types);
                self.put(&format!("if {condition} != 0 {{\n"));
            }
            Operator::Else => self.otherwise(),
            Operator::End => self.end(),
            Operator::Br { relative_depth } => {
                let branch = self.branch(*relative_depth);
                self.put(&branch);
                self.dead = Some(0);
            }
            Operator::BrIf { relative_depth } => {
                let condition = self.operands.pop();
                let branch = self.branch(*relative_depth);
                self.put(&format!("if {condition} != 0 {{ {branch} }}\n"));
            }
            Operator::BrTable { targets } => self.br_table(targets)?,
            Operator::Return => {
                let branch = self.branch(self.blocks.len() as u32 - 1);
                self.put(&branch);
                self.dead = Some(0);
            }
            Operator::Call { function_index } => self.call(*function_index)?,
            Operator::CallIndirect { type_index, .. } => self.call_indirect(*type_index)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Follows the nesting of code that is never reached.
    pub(super) fn skip(&mut self, operator: &Operator<'_>) -> Result<(), AotError> {
        let nested = self.dead.unwrap_or_default();
        match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                self.dead = Some(nested + 1)
            }
            Operator::Else if nested == 0 => self.otherwise(),
            Operator::End if nested == 0 => self.end(),
            Operator::End => self.dead = Some(nested - 1),
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, kind: Kind, (params, results): (Vec<ValType>, Vec<ValType>)) {
        self.labels += 1;
        let (label, height) = (self.labels, self.operands.height() - params.len());
        let stack_checked = self.stack_checked;
        self.blocks.push(Block { label, kind, height, params, results, stack_checked });
        self.put(&match kind {
            Kind::Loop => format!("'b{label}: loop {{\n"),
            _ => format!("'b{label}: {{\n"),
        });
    }

    fn otherwise(&mut self) {
        self.dead = None;
        let Some(block) = self.blocks.last_mut() else { return };
        block.kind = Kind::Else;
        self.stack_checked = block.stack_checked;
        let (height, params) = (block.height, block.params.clone());
        self.operands.reset(height, &params);
        self.put("} else {\n");
    }

    fn end(&mut self) {
        let reached = self.dead.take().is_none();
        let Some(block) = self.blocks.pop() else { return };
        self.operands.reset(block.height, &block.results);
        // A branch to here may have come by another way.
        self.stack_checked = block.stack_checked;
        if self.blocks.is_empty() {
            return;
        }
        match block.kind {
            // The last block of a loop's body may have left it already.
            Kind::Loop if reached => self.put(&format!("break 'b{};\n}}\n", block.label)),
            Kind::Loop => self.put("}\n"),
            Kind::Block => self.put("}\n"),
            Kind::If | Kind::Else => self.put("}}\n"),
        }
    }

    /// The text of a branch: moves its values to where the target expects them, and goes there.
    pub(super) fn branch(&mut self, depth: u32) -> String {
        let Some(at) = self.blocks.len().checked_sub(1 + depth as usize) else { return String::new() };
        let Block { label, kind, height, params, results, .. } = &self.blocks[at];
        let (label, kind, height) = (*label, *kind, *height);
        let types = if kind == Kind::Loop { params.clone() } else { results.clone() };
        let (to, from) = (self.operands.names_from(height, &types), self.operands.names(&types));
        let mut text = String::new();
        // A value moves down or stays. In ascending order none is overwritten before it is moved.
        for (to, from) in to.iter().zip(&from).filter(|(to, from)| to != from) {
            let _ = write!(text, "{to} = {from};");
        }
        let _ = write!(text, "{} 'b{label};", if kind == Kind::Loop { "continue" } else { "break" });
        text
    }

    fn br_table(&mut self, targets: &BrTable<'_>) -> Result<(), AotError> {
        let selector = self.operands.pop();
        let mut text = format!("match {selector} {{\n");
        let all = targets.targets().collect::<Result<Vec<u32>, _>>()?;
        let mut start = 0;
        while start < all.len() {
            let same = all[start..].iter().take_while(|target| **target == all[start]).count();
            if all[start] != targets.default() {
                let branch = self.branch(all[start]);
                let last = start + same - 1;
                let _ = writeln!(text, "{start}..={last} => {{ {branch} }}");
            }
            start += same;
        }
        let branch = self.branch(targets.default());
        let _ = writeln!(text, "_ => {{ {branch} }} }}");
        self.put(&text);
        self.dead = Some(0);
        Ok(())
    }

    /// Takes the arguments, and returns how the results are assigned.
    fn arguments(&mut self, params: &[ValType], results: &[ValType]) -> Result<(String, String), AotError> {
        self.numbers(params)?;
        self.numbers(results)?;
        let arguments = self.operands.names(params);
        let height = self.operands.height() - params.len();
        self.operands.reset(height, results);
        let names = self.operands.names(results);
        let assign = match &names[..] {
            [] => String::new(),
            [one] => format!("{one} = "),
            many => format!("({}) = ", many.join(", ")),
        };
        Ok((assign, arguments.iter().map(|name| format!(", {name}")).collect()))
    }

    fn call(&mut self, function: u32) -> Result<(), AotError> {
        let plan = self.plan;
        let ty = plan.module.function_type(function);
        if function < plan.module.imported() {
            return self.call_host(function);
        }
        let (assign, arguments) = self.arguments(ty.params(), ty.results())?;
        self.put(&format!("{assign}f{function}(i{arguments});\n"));
        if plan.checks_stack(function) && plan.checks_stack(self.index) {
            // Otherwise the compiler could make a jump of a call, and a loop of a recursion.
            self.put("keep_frame();");
        }
        Ok(())
    }

    fn call_host(&mut self, import: u32) -> Result<(), AotError> {
        let plan = self.plan;
        let ty = plan.module.function_type(import);
        let entry = ty.params() == [ValType::I32, ValType::I32] && ty.results() == [ValType::I64];
        if !entry && !plan.is_program() {
            return self.unsupported("an import of another type than (i32, i32) -> i64");
        }
        let (assign, arguments) = self.arguments(ty.params(), ty.results())?;
        if !entry {
            // A test program has no other imports than those that print.
            return if ty.results().is_empty() { Ok(()) } else { self.unsupported("this import") };
        }
        self.put(&format!("{assign}host(i.sub(BASE), {import}{arguments});\n"));
        Ok(())
    }

    fn call_indirect(&mut self, ty: u32) -> Result<(), AotError> {
        let plan = self.plan;
        let element = self.operands.pop();
        let signature = &plan.module.types[ty as usize];
        let (assign, arguments) = self.arguments(signature.params(), signature.results())?;
        if plan.module.elements(ty).next().is_none() {
            self.put("break 'trap INDIRECT_CALL;\n");
            // What follows is emitted all the same: the results have variables.
            return Ok(());
        }
        self.put(&format!("{assign}indirect{}(i, {element}{arguments});\n", plan.indirect_type(ty)));
        let recursive =
            plan.checks_stack(self.index) && plan.module.elements(ty).any(|(_, f)| plan.checks_stack(f));
        if recursive {
            self.put("keep_frame();");
        }
        Ok(())
    }
}
