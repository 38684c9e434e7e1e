//! Products of eight limbs, column by column.
//!
//! Each product is written out. In loops they would take twice as many instructions, and they are most of a
//! verification.

/// Sum of the products of one column.
struct Column {
    low: u64,
    high: u32,
}

impl Column {
    const ZERO: Self = Self { low: 0, high: 0 };

    #[inline(always)]
    fn add(&mut self, product: u64) {
        let (low, over) = self.low.overflowing_add(product);
        self.low = low;
        self.high += u32::from(over);
    }

    /// Adds twice another column, and what this one had.
    #[inline(always)]
    fn add_twice(&mut self, other: &Self) {
        let high = other.high << 1 | (other.low >> 63) as u32;
        self.add(other.low << 1);
        self.high += high;
    }

    /// Returns the lowest limb, and goes on to the next column.
    #[inline(always)]
    fn next(&mut self) -> u32 {
        let limb = self.low as u32;
        *self = Self { low: self.low >> 32 | u64::from(self.high) << 32, high: 0 };
        limb
    }
}

#[inline(always)]
fn wide(a: u32, b: u32) -> u64 {
    u64::from(a) * u64::from(b)
}

/// Returns the product of two numbers.
#[inline(always)]
pub(super) fn product(a: &[u32; 8], b: &[u32; 8]) -> [u32; 16] {
    let mut product = [0; 16];
    let mut column = Column::ZERO;
    macro_rules! columns {
        ($($to:literal: $($i:literal $j:literal),*;)*) => {$(
            $(column.add(wide(a[$i], b[$j]));)*
            product[$to] = column.next();
        )*};
    }
    columns! {
        0: 0 0;
        1: 0 1, 1 0;
        2: 0 2, 1 1, 2 0;
        3: 0 3, 1 2, 2 1, 3 0;
        4: 0 4, 1 3, 2 2, 3 1, 4 0;
        5: 0 5, 1 4, 2 3, 3 2, 4 1, 5 0;
        6: 0 6, 1 5, 2 4, 3 3, 4 2, 5 1, 6 0;
        7: 0 7, 1 6, 2 5, 3 4, 4 3, 5 2, 6 1, 7 0;
        8: 1 7, 2 6, 3 5, 4 4, 5 3, 6 2, 7 1;
        9: 2 7, 3 6, 4 5, 5 4, 6 3, 7 2;
        10: 3 7, 4 6, 5 5, 6 4, 7 3;
        11: 4 7, 5 6, 6 5, 7 4;
        12: 5 7, 6 6, 7 5;
        13: 6 7, 7 6;
        14: 7 7;
    }
    product[15] = column.next();
    product
}

/// Returns the square of a number: each product of two different limbs is computed once, and counted twice.
#[inline(always)]
pub(super) fn square(a: &[u32; 8]) -> [u32; 16] {
    let mut square = [0; 16];
    let mut column = Column::ZERO;
    macro_rules! columns {
        ($($to:literal: [$($i:literal $j:literal),*] [$($n:literal)?];)*) => {$(
            let mut pairs = Column::ZERO;
            $(pairs.add(wide(a[$i], a[$j]));)*
            column.add_twice(&pairs);
            $(column.add(wide(a[$n], a[$n]));)?
            square[$to] = column.next();
        )*};
    }
    column.add(wide(a[0], a[0]));
    square[0] = column.next();
    columns! {
        1: [0 1] [];
        2: [0 2] [1];
        3: [0 3, 1 2] [];
        4: [0 4, 1 3] [2];
        5: [0 5, 1 4, 2 3] [];
        6: [0 6, 1 5, 2 4] [3];
        7: [0 7, 1 6, 2 5, 3 4] [];
        8: [1 7, 2 6, 3 5] [4];
        9: [2 7, 3 6, 4 5] [];
        10: [3 7, 4 6] [5];
        11: [4 7, 5 6] [];
        12: [5 7] [6];
        13: [6 7] [];
    }
    column.add(wide(a[7], a[7]));
    square[14] = column.next();
    square[15] = column.next();
    square
}
