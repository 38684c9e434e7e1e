//! What is counted of a function's body, each instruction before the validator sees it.

use super::limits::Field;
use super::stop::Stop;
use super::tally::Tally;
use super::work::Counts;
use crate::error::HostErrorKind;
use wasmer::sys::wasmparser::{FuncValidator, FunctionBody, Operator, OperatorsReader, ValidatorResources};

type Validator = FuncValidator<ValidatorResources>;

/// Counts and validates a body.
pub(super) fn count(
    validator: &mut Validator,
    body: &FunctionBody<'_>,
    tally: &mut Tally<'_>,
) -> Result<(), Stop> {
    let mut reader = body.get_binary_reader();
    (tally.function, tally.offset) = (Some(validator.index()), reader.original_position());
    tally.raise(Field::function_bytes, reader.bytes_remaining() as u64)?;
    validator.read_locals(&mut reader)?;
    let mut counts = Counts { locals: validator.len_locals().into(), ..Counts::default() };
    tally.raise(Field::locals, counts.locals)?;
    let (mut operators, mut highest, mut deepest) = (OperatorsReader::new(reader), 0, 0);
    let mut loops = Loops::default();
    while !operators.eof() {
        tally.offset = operators.original_position();
        let operator = operators.read()?;
        counts.instructions += 1;
        if see(&mut counts, &operator, validator, tally)? {
            // What the validator does for values that are taken along is work, too.
            tally.raise(Field::function_work, counts.carried + counts.call_values)?;
        }
        loops.see(&operator, tally)?;
        validator.op(tally.offset, &operator)?;
        if validator.operand_stack_height() > highest {
            highest = validator.operand_stack_height();
            tally.raise(Field::operands, highest.into())?;
        }
        if validator.control_stack_height() > deepest {
            deepest = validator.control_stack_height();
            // The function itself is a block to the validator.
            tally.raise(Field::nesting, u64::from(deepest) - 1)?;
        }
    }
    operators.finish()?;
    finish(&counts, tally)?;
    tally.function = None;
    Ok(())
}

/// The blocks that are open, and how many of them are loops.
#[derive(Default)]
struct Loops {
    open: Vec<bool>,
    count: u64,
}

impl Loops {
    fn see(&mut self, operator: &Operator<'_>, tally: &mut Tally<'_>) -> Result<(), HostErrorKind> {
        match operator {
            Operator::Block { .. } | Operator::If { .. } => self.open.push(false),
            Operator::Loop { .. } => {
                self.open.push(true);
                self.count += 1;
                tally.raise(Field::loop_nesting, self.count)?;
            }
            // Blocks of later proposals are not counted; there the count is too small.
            Operator::End => self.count = self.count.saturating_sub(self.open.pop().unwrap_or(false).into()),
            _ => {}
        }
        Ok(())
    }
}

fn finish(counts: &Counts, tally: &mut Tally<'_>) -> Result<(), HostErrorKind> {
    tally.raise(Field::live_values, counts.live_values())?;
    tally.raise(Field::function_work, counts.work())?;
    tally.add(Field::module_work, counts.work())
}

/// Counts an instruction, and returns whether it takes values along.
fn see(
    counts: &mut Counts,
    operator: &Operator<'_>,
    validator: &Validator,
    tally: &mut Tally<'_>,
) -> Result<bool, HostErrorKind> {
    let ways = match operator {
        Operator::LocalGet { .. } | Operator::LocalSet { .. } | Operator::LocalTee { .. } => {
            counts.accesses += 1;
            return Ok(false);
        }
        Operator::Call { .. } | Operator::CallIndirect { .. } => {
            counts.metered_ways += 2;
            counts.call_values += values(operator, validator);
            tally.raise(Field::call_values, counts.call_values)?;
            return Ok(true);
        }
        Operator::BrTable { targets } => {
            let targets = u64::from(targets.len()) + 1;
            tally.raise(Field::table_targets, targets)?;
            counts.targets += targets;
            tally.raise(Field::function_table_targets, counts.targets)?;
            targets
        }
        Operator::BrIf { .. } => {
            counts.metered_ways += 2;
            2
        }
        Operator::Loop { .. } => {
            counts.metered_ways += 2;
            1
        }
        Operator::If { .. } => 2,
        Operator::Block { .. } | Operator::Else | Operator::End => 1,
        Operator::Br { .. } | Operator::Return => 1,
        _ => {
            counts.metered_ways += if is_sized(operator) { 6 } else { 0 };
            return Ok(false);
        }
    };
    counts.ways += ways;
    counts.waiting += ways * u64::from(validator.operand_stack_height());
    counts.carried += ways.saturating_mul(values(operator, validator));
    Ok(true)
}

/// Whether an instruction works on as much as an operand says, for which the metering pass charges and checks.
fn is_sized(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::MemoryGrow { .. }
            | Operator::MemoryFill { .. }
            | Operator::MemoryCopy { .. }
            | Operator::MemoryInit { .. }
            | Operator::TableGrow { .. }
            | Operator::TableFill { .. }
            | Operator::TableCopy { .. }
            | Operator::TableInit { .. }
    )
}

/// Returns how many values an instruction takes and returns.
fn values(operator: &Operator<'_>, validator: &Validator) -> u64 {
    let (takes, returns) = operator.operator_arity(validator).unwrap_or_default();
    u64::from(takes) + u64::from(returns)
}
