//! What everything costs.

use crate::MeterError;
use aingle_wasm_types::metering;
use wasmparser::Operator;

/// The largest price of one thing, in units. It keeps every sum within 63 bits.
pub const MAX_PRICE: u32 = 1 << 16;

/// The largest shift of a [`PerSize`].
const MAX_SHIFT: u32 = 31;

/// A price in proportion to a size: `units` for every 2 to the power of `shift` bytes, pages or
/// elements, rounded down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerSize {
    /// Units for each full piece.
    pub units: u32,
    /// The size of a piece, as a power of two.
    pub shift: u32,
}

/// What each kind of instruction costs, in units of fuel.
///
/// The prices are part of a module's behaviour: [`PriceList::hash`] goes into the instrumented
/// module and belongs into the key of every cache.
///
/// ```
/// use aingle_wasm_metering::PriceList;
///
/// let mut prices = PriceList::default();
/// let standard = prices.hash();
/// prices.host_call = 5_000;
/// assert_ne!(prices.hash(), standard);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PriceList {
    /// Any instruction that is not named below. `block`, `else`, `end` and `nop` cost nothing.
    pub instruction: u32,
    /// A load from or a store to the linear memory.
    pub memory_access: u32,
    /// A division or a remainder of integers.
    pub division: u32,
    /// An addition or a subtraction of floats, or a conversion between their widths.
    pub float: u32,
    /// A multiplication, a division or a square root of floats. Processors take a hundred times as long for it where
    /// numbers are close to zero.
    pub float_product: u32,
    /// What engines have a function of their own for: `table.get`, `table.set`, `table.size`, `ref.func`, `memory.size`.
    pub library: u32,
    /// Each arrival at the head of a loop, the first included. At least 1.
    pub iteration: u32,
    /// Each entry into a function of the module. At least 1.
    pub function: u32,
    /// A call, whatever is called; what the function costs comes on top.
    pub call: u32,
    /// An indirect call; what the function costs comes on top.
    pub call_indirect: u32,
    /// A call of an imported function, on top of the call.
    pub host_call: u32,
    /// For each piece of the request of a host call, which is the second parameter of an imported
    /// function of the type `(i32, i32) -> i64`.
    pub host_bytes: PerSize,
    /// For each piece of the reply of such a host call, whose length is the lower half of the result.
    pub host_reply: PerSize,
    /// A `memory.grow`.
    pub memory_grow: u32,
    /// For the pages of 64 KiB that `memory.grow` asks for, whether they are granted or not. Where a
    /// module's pages are smaller, only what makes up 64 KiB is counted.
    pub memory_pages: PerSize,
    /// A `memory.fill`, `memory.copy`, `memory.init`, or `data.drop`.
    pub bulk: u32,
    /// For each piece that a bulk instruction works on.
    pub bulk_bytes: PerSize,
    /// A `table.fill`, `table.copy`, `table.init`, `table.grow` or `elem.drop`.
    pub table: u32,
    /// For each element that a table instruction works on.
    pub table_elements: PerSize,
}

impl Default for PriceList {
    fn default() -> Self {
        Self {
            instruction: 1,
            memory_access: 2,
            division: 16,
            float: 8,
            float_product: 80,
            library: 24,
            iteration: 1,
            function: 4,
            call: 2,
            call_indirect: 6,
            host_call: 1000,
            host_bytes: PerSize { units: 1, shift: 4 },
            host_reply: PerSize { units: 1, shift: 4 },
            memory_grow: 1000,
            memory_pages: PerSize { units: 57_344, shift: 0 },
            bulk: 400,
            bulk_bytes: PerSize { units: 1, shift: 3 },
            table: 64,
            table_elements: PerSize { units: 4, shift: 0 },
        }
    }
}

/// What an instruction costs.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// However it is executed.
    pub fixed: u64,
    /// In proportion to the topmost operand, an `i32`. The counter is checked there whatever it costs.
    pub sized: Option<PerSize>,
}

impl PriceList {
    /// A hash of the prices and of the rules of this version of the pass, FNV-1a of 64 bits. Equal
    /// hashes mean equal counts; any other price means another hash.
    #[must_use]
    pub fn hash(&self) -> u64 {
        metering::price_hash(self.fields().into_iter().map(|(_, value, _, _)| value))
    }

    /// The prices by the names of their fields.
    pub fn entries(&self) -> impl Iterator<Item = (&'static str, u32)> {
        self.fields().into_iter().map(|(name, value, _, _)| (name, value))
    }

    /// Whether every price is within its bounds.
    ///
    /// # Errors
    /// [`MeterError::Price`] with the first that is not.
    pub fn check(&self) -> Result<(), MeterError> {
        for (field, found, min, max) in self.fields() {
            if !(min..=max).contains(&found) {
                let [found, min, max] = [found, min, max].map(u64::from);
                return Err(MeterError::Price { field, found, min, max });
            }
        }
        Ok(())
    }

    /// The price of an instruction, but for what the called function costs. A `loop`'s is due at
    /// each iteration. Hidden, because it speaks of another crate's type; the tests count by it.
    #[doc(hidden)]
    #[must_use]
    pub fn of(&self, operator: &Operator<'_>) -> Price {
        let (fixed, sized) = match operator {
            Operator::Block { .. } | Operator::Else | Operator::End | Operator::Nop => (0, None),
            Operator::Loop { .. } => (self.iteration, None),
            Operator::Call { .. } => (self.call, None),
            Operator::CallIndirect { .. } => (self.call_indirect, None),
            Operator::MemoryGrow { .. } => (self.memory_grow, Some(self.memory_pages)),
            Operator::MemoryFill { .. } | Operator::MemoryCopy { .. } | Operator::MemoryInit { .. } => {
                (self.bulk, Some(self.bulk_bytes))
            }
            Operator::TableFill { .. }
            | Operator::TableCopy { .. }
            | Operator::TableInit { .. }
            | Operator::TableGrow { .. } => (self.table, Some(self.table_elements)),
            Operator::DataDrop { .. } => (self.bulk, None),
            Operator::ElemDrop { .. } => (self.table, None),
            Operator::TableGet { .. }
            | Operator::TableSet { .. }
            | Operator::TableSize { .. }
            | Operator::RefFunc { .. }
            | Operator::MemorySize { .. } => (self.library, None),
            _ if divides(operator) => (self.division, None),
            _ if multiplies_floats(operator) => (self.float_product, None),
            _ if adds_floats(operator) => (self.float, None),
            _ if accesses_memory(operator) => (self.memory_access, None),
            _ => (self.instruction, None),
        };
        Price { fixed: u64::from(fixed), sized }
    }

    /// Name, value, least and largest value of every field.
    fn fields(&self) -> [(&'static str, u32, u32, u32); 24] {
        [
            ("instruction", self.instruction, 0, MAX_PRICE),
            ("memory_access", self.memory_access, 0, MAX_PRICE),
            ("division", self.division, 0, MAX_PRICE),
            ("float", self.float, 0, MAX_PRICE),
            ("float_product", self.float_product, 0, MAX_PRICE),
            ("library", self.library, 0, MAX_PRICE),
            ("iteration", self.iteration, 1, MAX_PRICE),
            ("function", self.function, 1, MAX_PRICE),
            ("call", self.call, 0, MAX_PRICE),
            ("call_indirect", self.call_indirect, 0, MAX_PRICE),
            ("host_call", self.host_call, 0, MAX_PRICE),
            ("host_bytes.units", self.host_bytes.units, 0, MAX_PRICE),
            ("host_bytes.shift", self.host_bytes.shift, 0, MAX_SHIFT),
            ("host_reply.units", self.host_reply.units, 0, MAX_PRICE),
            ("host_reply.shift", self.host_reply.shift, 0, MAX_SHIFT),
            ("memory_grow", self.memory_grow, 0, MAX_PRICE),
            ("memory_pages.units", self.memory_pages.units, 0, MAX_PRICE),
            ("memory_pages.shift", self.memory_pages.shift, 0, MAX_SHIFT),
            ("bulk", self.bulk, 0, MAX_PRICE),
            ("bulk_bytes.units", self.bulk_bytes.units, 0, MAX_PRICE),
            ("bulk_bytes.shift", self.bulk_bytes.shift, 0, MAX_SHIFT),
            ("table", self.table, 0, MAX_PRICE),
            ("table_elements.units", self.table_elements.units, 0, MAX_PRICE),
            ("table_elements.shift", self.table_elements.shift, 0, MAX_SHIFT),
        ]
    }
}

fn divides(operator: &Operator<'_>) -> bool {
    use Operator::*;
    matches!(operator, I32DivS | I32DivU | I32RemS | I32RemU | I64DivS | I64DivU | I64RemS | I64RemU)
}

fn multiplies_floats(operator: &Operator<'_>) -> bool {
    use Operator::*;
    matches!(
        operator,
        F32Mul
            | F64Mul
            | F32Div
            | F64Div
            | F32Sqrt
            | F64Sqrt
            | F32x4Mul
            | F64x2Mul
            | F32x4Div
            | F64x2Div
            | F32x4Sqrt
            | F64x2Sqrt
    )
}

fn adds_floats(operator: &Operator<'_>) -> bool {
    use Operator::*;
    matches!(
        operator,
        F32Add
            | F32Sub
            | F64Add
            | F64Sub
            | F32DemoteF64
            | F64PromoteF32
            | F32x4Add
            | F32x4Sub
            | F64x2Add
            | F64x2Sub
            | F32x4DemoteF64x2Zero
            | F64x2PromoteLowF32x4
    )
}

fn accesses_memory(operator: &Operator<'_>) -> bool {
    use Operator::*;
    matches!(
        operator,
        I32Load { .. }
            | I64Load { .. }
            | F32Load { .. }
            | F64Load { .. }
            | I32Load8S { .. }
            | I32Load8U { .. }
            | I32Load16S { .. }
            | I32Load16U { .. }
            | I64Load8S { .. }
            | I64Load8U { .. }
            | I64Load16S { .. }
            | I64Load16U { .. }
            | I64Load32S { .. }
            | I64Load32U { .. }
            | I32Store { .. }
            | I64Store { .. }
            | F32Store { .. }
            | F64Store { .. }
            | I32Store8 { .. }
            | I32Store16 { .. }
            | I64Store8 { .. }
            | I64Store16 { .. }
            | I64Store32 { .. }
            | V128Load { .. }
            | V128Load8x8S { .. }
            | V128Load8x8U { .. }
            | V128Load16x4S { .. }
            | V128Load16x4U { .. }
            | V128Load32x2S { .. }
            | V128Load32x2U { .. }
            | V128Load8Splat { .. }
            | V128Load16Splat { .. }
            | V128Load32Splat { .. }
            | V128Load64Splat { .. }
            | V128Load32Zero { .. }
            | V128Load64Zero { .. }
            | V128Store { .. }
            | V128Load8Lane { .. }
            | V128Load16Lane { .. }
            | V128Load32Lane { .. }
            | V128Load64Lane { .. }
            | V128Store8Lane { .. }
            | V128Store16Lane { .. }
            | V128Store32Lane { .. }
            | V128Store64Lane { .. }
    )
}
