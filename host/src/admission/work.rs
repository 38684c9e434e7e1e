//! One estimate of what compiling costs, in units of about one simple instruction.
//!
//! The weights were measured with Cranelift and the metering pass by shapes of code that push one figure each.

/// What code that passes a signature's values on costs.
pub(super) fn of_signature(values: u64) -> u64 {
    SIGNATURE + SIGNATURE_VALUE * values
}

const SIGNATURE: u64 = 100;
const SIGNATURE_VALUE: u64 = 10;
const FUNCTION: u64 = 100;
/// So many values that are alive on a way cost a unit.
const LIVE_VALUES: u64 = 8;
/// The square of the ways, times the locals that are used, costs a unit for each of these.
const SQUARED_WAYS: u64 = 4000;
/// So many locals there count at most.
const REGISTERS: u64 = 10;

/// What was counted of a function.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Instructions.
    pub(super) instructions: u64,
    /// Locals, parameters included.
    pub(super) locals: u64,
    /// Instructions that read or write a local.
    pub(super) accesses: u64,
    /// Ways on which control may go.
    pub(super) ways: u64,
    /// Ways that the metering pass adds: where it checks a counter, or charges on a way.
    pub(super) metered_ways: u64,
    /// Operands that wait on the ways of the function's own, summed up.
    pub(super) waiting: u64,
    /// Values that blocks and branches take along.
    pub(super) carried: u64,
    /// Arguments and results of calls.
    pub(super) call_values: u64,
    /// Targets of branch tables.
    pub(super) targets: u64,
}

impl Counts {
    /// Returns the sum over all ways of what is alive on them.
    pub(super) fn live_values(&self) -> u64 {
        self.ways.saturating_mul(self.used_locals()).saturating_add(self.waiting)
    }

    fn used_locals(&self) -> u64 {
        self.locals.min(self.accesses)
    }

    /// Returns the work on the function. What grows with the square of the ways is the choice of registers for what is
    /// alive on them; more locals than registers do not make it dearer.
    pub(super) fn work(&self) -> u64 {
        let ways = self.ways.saturating_add(self.metered_ways);
        FUNCTION
            .saturating_add(self.instructions)
            .saturating_add(self.locals)
            .saturating_add(ways)
            .saturating_add(self.carried)
            .saturating_add(self.call_values.saturating_mul(2))
            .saturating_add(self.live_values() / LIVE_VALUES)
            .saturating_add(
                ways.saturating_mul(ways).saturating_mul(self.used_locals().clamp(1, REGISTERS))
                    / SQUARED_WAYS,
            )
    }
}
