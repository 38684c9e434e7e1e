//! The counters: charges and their checks, in place of arithmetic on globals.

use super::count::{Act, Check, Depth, Match};
use super::function::Emitter;

impl Emitter<'_, '_> {
    /// Emits what was found. It takes the topmost operand if it is written to the counter, and has no other operands.
    pub(super) fn count(&mut self, Match { act, check, .. }: Match) {
        if self.dead.is_some() {
            return;
        }
        let set = (act == Act::Set).then(|| self.operands.pop());
        let text = match act {
            Act::Nothing | Act::Hold => String::new(),
            Act::Set => format!("set_fuel(i, {});", set.unwrap_or_default()),
            Act::Charge(units) => self.charge(units, check.is_some()),
            Act::Pieces { local, wide, shift } => {
                format!("charge_by(i, l{local}{} >> {shift})", if wide { " as u32" } else { "" })
            }
            Act::Give(units) => format!("give(i, {units});"),
        };
        let says = matches!(act, Act::Charge(_) | Act::Pieces { .. });
        match check {
            None if says => self.put(&format!("{text};\n")),
            None => self.put(&text),
            Some(check) if says => self.check(Some(&text), check),
            Some(check) => {
                self.put(&text);
                self.check(None, check);
            }
        }
    }

    fn charge(&self, units: u32, checked: bool) -> String {
        match (checked, is_constant(units)) {
            (false, _) if units < 1 << 12 && self.plan.leaves_slice(self.index) => {
                format!("take::<{units}>(i)")
            }
            (_, true) => format!("charge::<{units}>(i)"),
            (_, false) => format!("charge_by(i, {units})"),
        }
    }

    /// Branches if the fuel is below zero, as a charge says if there is one, or the depth.
    fn check(&mut self, charge: Option<&str>, Check { branch, depth }: Check) {
        let branch = self.branch(branch);
        let Some(Depth { from, to, weight }) = depth else {
            return self.put(&format!("if {} {{ {branch} }}\n", charge.unwrap_or("is_out(i)")));
        };
        let from = from.map_or_else(|| self.plan.depth(), |local| format!("l{local}"));
        let takes = format!("l{to} = {from}.wrapping_sub({weight});");
        self.put(&match charge {
            // The depth is compared by its subtraction.
            Some(charge) => {
                format!("if {charge} {{ {takes} {branch} }} {takes} if (l{to} as i32) < 0 {{ {branch} }}\n")
            }
            None => format!("{takes} if is_out_or(i, l{to}) {{ {branch} }}\n"),
        });
    }
}

/// Whether an instruction of ARM can have a number as its constant: eight bits, at any place.
fn is_constant(units: u32) -> bool {
    units >> units.trailing_zeros().min(24) < 256
}
