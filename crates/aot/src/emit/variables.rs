//! Local variables, globals and the memory.

use super::access::last_address;
use super::function::Emitter;
use crate::error::AotError;
use crate::text::{constant, rust_type};
use wasmparser::{MemArg, Operator, ValType};

impl Emitter<'_, '_> {
    /// Emits an instruction on variables or the memory. Returns whether it was one.
    pub(super) fn variable(&mut self, operator: &Operator<'_>) -> Result<bool, AotError> {
        match operator {
            Operator::Drop => {
                self.operands.pop();
            }
            Operator::LocalGet { .. } if self.counting.reads_fuel(self.at) => {
                let to = self.operands.push(ValType::I64);
                self.put(&format!("{to} = fuel(i);"));
            }
            Operator::LocalGet { local_index } => {
                let to = self.operands.push(self.locals[*local_index as usize]);
                self.put(&format!("{to} = l{local_index};"));
            }
            Operator::LocalSet { local_index } => {
                let from = self.operands.pop();
                self.put(&format!("l{local_index} = {from};"));
            }
            Operator::LocalTee { local_index } => {
                let types = [self.operands.top()];
                let from = self.operands.names(&types);
                self.put(&format!("l{local_index} = {};", from[0]));
            }
            Operator::GlobalGet { global_index } => self.global_get(*global_index),
            Operator::GlobalSet { global_index } => self.global_set(*global_index),
            Operator::Select | Operator::TypedSelect { .. } => {
                let condition = self.operands.pop();
                let otherwise = self.operands.pop();
                let types = [self.operands.top()];
                let value = self.operands.names(&types);
                self.put(&format!("if {condition} == 0 {{ {} = {otherwise}; }}", value[0]));
            }
            Operator::MemorySize { .. } => {
                let to = self.operands.push(ValType::I32);
                self.put(&format!("{to} = {}u32;", self.plan.module.pages));
            }
            Operator::MemoryGrow { .. } => {
                // The memory's size is a constant of the code, so growth fails.
                let pages = self.operands.pop();
                let to = self.operands.push(ValType::I32);
                let now = self.plan.module.pages;
                self.put(&format!("{to} = if {pages} == 0 {{ {now}u32 }} else {{ u32::MAX }};"));
            }
            Operator::MemoryFill { .. } => self.bulk("fill"),
            Operator::MemoryCopy { .. } => self.bulk("copy"),
            other => return self.access(other),
        }
        Ok(true)
    }

    fn global_get(&mut self, index: u32) {
        let plan = self.plan;
        let Some(global) = plan.module.globals.get(index) else { return };
        let to = self.operands.push(global.ty);
        let value = match global.place {
            _ if plan.fuel() == Some(index) => "fuel(i)".to_owned(),
            Some(place) => format!("get::<{}>(i, G + {place})", rust_type(global.ty)),
            None => constant(global.ty, global.bits),
        };
        self.put(&format!("{to} = {value};"));
    }

    fn global_set(&mut self, index: u32) {
        let plan = self.plan;
        let from = self.operands.pop();
        if plan.fuel() == Some(index) {
            return self.put(&format!("set_fuel(i, {from});"));
        }
        let Some(place) = plan.module.globals.get(index).and_then(|global| global.place) else { return };
        self.put(&format!("set(i, G + {place}, {from});"));
    }

    fn bulk(&mut self, what: &str) {
        let (len, from, to) = (self.operands.pop(), self.operands.pop(), self.operands.pop());
        let memory = self.plan.memory;
        self.put(&format!("if !{what}::<OFF, {memory}>(i, {to}, {from}, {len}) {{ break 'oob; }}"));
    }

    fn access(&mut self, operator: &Operator<'_>) -> Result<bool, AotError> {
        use Operator as O;
        let (memarg, size, load, store): (&MemArg, u64, Option<(ValType, &str)>, &str) = match operator {
            O::I32Load { memarg } => (memarg, 4, Some((ValType::I32, "load::<u32>(@)")), ""),
            O::I64Load { memarg } => (memarg, 8, Some((ValType::I64, "load::<u64>(@)")), ""),
            O::F32Load { memarg } => (memarg, 4, Some((ValType::F32, "f32::from_bits(load::<u32>(@))")), ""),
            O::F64Load { memarg } => (memarg, 8, Some((ValType::F64, "f64::from_bits(load::<u64>(@))")), ""),
            O::I32Load8S { memarg } => (memarg, 1, Some((ValType::I32, "load::<i8>(@) as u32")), ""),
            O::I32Load8U { memarg } => (memarg, 1, Some((ValType::I32, "load::<u8>(@) as u32")), ""),
            O::I32Load16S { memarg } => (memarg, 2, Some((ValType::I32, "load::<i16>(@) as u32")), ""),
            O::I32Load16U { memarg } => (memarg, 2, Some((ValType::I32, "load::<u16>(@) as u32")), ""),
            O::I64Load8S { memarg } => (memarg, 1, Some((ValType::I64, "load::<i8>(@) as u64")), ""),
            O::I64Load8U { memarg } => (memarg, 1, Some((ValType::I64, "load::<u8>(@) as u64")), ""),
            O::I64Load16S { memarg } => (memarg, 2, Some((ValType::I64, "load::<i16>(@) as u64")), ""),
            O::I64Load16U { memarg } => (memarg, 2, Some((ValType::I64, "load::<u16>(@) as u64")), ""),
            O::I64Load32S { memarg } => (memarg, 4, Some((ValType::I64, "load::<i32>(@) as u64")), ""),
            O::I64Load32U { memarg } => (memarg, 4, Some((ValType::I64, "load::<u32>(@) as u64")), ""),
            O::I32Store { memarg } | O::I64Store32 { memarg } => (memarg, 4, None, "@ as u32"),
            O::I64Store { memarg } => (memarg, 8, None, "@"),
            O::F32Store { memarg } => (memarg, 4, None, "@.to_bits()"),
            O::F64Store { memarg } => (memarg, 8, None, "@.to_bits()"),
            O::I32Store8 { memarg } | O::I64Store8 { memarg } => (memarg, 1, None, "@ as u8"),
            O::I32Store16 { memarg } | O::I64Store16 { memarg } => (memarg, 2, None, "@ as u16"),
            _ => return Ok(false),
        };
        let value = if load.is_none() { self.operands.pop() } else { String::new() };
        let address = self.operands.pop();
        let Some(last) = last_address(self.plan.memory.into(), memarg.offset, size) else {
            self.put("break 'oob;\n");
            if let Some((ty, _)) = load {
                self.operands.push(ty);
            }
            return Ok(true);
        };
        // The last address for the loads behind this one, too, if there is one.
        let memory = self.plan.memory.into();
        let farthest = self.covers.get(&self.offset).and_then(|end| last_address(memory, 0, *end));
        let last = farthest.unwrap_or(last);
        // A memory of 4 GiB has a last address that no address exceeds.
        if last < u64::from(u32::MAX) {
            self.put(&format!("if {address} > {last}u32 {{ break 'oob; }}"));
        }
        let place = format!("i, {address}, OFF + {}usize", memarg.offset);
        match load {
            Some((ty, read)) => {
                let to = self.operands.push(ty);
                self.put(&format!("{to} = {};\n", read.replace('@', &place)));
            }
            None => self.put(&format!("store({place}, {});\n", store.replace('@', &value))),
        }
        Ok(true)
    }
}
