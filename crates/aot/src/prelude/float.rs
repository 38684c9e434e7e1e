//! The prelude's floats: what WebAssembly asks of them and the core library has not. All of it works on bits.

/// The minimum: not a number if one is none, and -0 is less than 0.
macro_rules! minimum {
    ($name:ident, $ty:ty, $less:tt, $join:tt) => {
        fn $name(a: $ty, b: $ty) -> $ty {
            if a != a {
                return a + a;
            }
            if b != b {
                return b + b;
            }
            if a == b {
                return <$ty>::from_bits(a.to_bits() $join b.to_bits());
            }
            if a $less b { a } else { b }
        }
    };
}
minimum!(min32, f32, <, |);
minimum!(min64, f64, <, |);
minimum!(max32, f32, >, &);
minimum!(max64, f64, >, &);

/// How often the bits of a magnitude grow by the part that is cut off.
#[derive(Clone, Copy, PartialEq)]
enum Round {
    Never,
    IfAny,
    Nearest,
}

macro_rules! rounding {
    ($ty:ty, $bits:ty, $mantissa:literal, $bias:literal, $round:ident, $ceil:ident, $floor:ident, $trunc:ident, $nearest:ident) => {
        /// Rounds the magnitude to an integer.
        fn $round(x: $ty, how: Round) -> $ty {
            let bits = x.to_bits();
            let sign = bits & (1 << (<$bits>::BITS - 1));
            let magnitude = bits ^ sign;
            let exponent = (magnitude >> $mantissa) as i32 - $bias;
            if exponent >= $mantissa {
                // Without a fraction. Also infinite, and not a number: this makes it a quiet one.
                return if x != x { x + x } else { x };
            }
            if exponent < 0 {
                let half = (($bias - 1) as $bits) << $mantissa;
                let up = match how {
                    Round::Never => false,
                    Round::IfAny => magnitude != 0,
                    Round::Nearest => magnitude > half,
                };
                let one = ($bias as $bits) << $mantissa;
                return <$ty>::from_bits(sign | if up { one } else { 0 });
            }
            let unit: $bits = 1 << ($mantissa - exponent);
            let (fraction, whole) = (magnitude & (unit - 1), magnitude & !(unit - 1));
            let up = match how {
                Round::Never => false,
                Round::IfAny => fraction != 0,
                // Of two that are as near the even one. Below 2 the lowest bit of the whole is the exponent's, which is odd for 1.
                Round::Nearest => {
                    let odd = if exponent == 0 { true } else { whole & unit != 0 };
                    fraction > unit / 2 || fraction == unit / 2 && odd
                }
            };
            // A carry goes into the exponent, as it should.
            <$ty>::from_bits(sign | if up { whole + unit } else { whole })
        }

        fn $ceil(x: $ty) -> $ty {
            $round(x, if x > 0.0 { Round::IfAny } else { Round::Never })
        }

        fn $floor(x: $ty) -> $ty {
            $round(x, if x < 0.0 { Round::IfAny } else { Round::Never })
        }

        fn $trunc(x: $ty) -> $ty {
            $round(x, Round::Never)
        }

        fn $nearest(x: $ty) -> $ty {
            $round(x, Round::Nearest)
        }
    };
}
rounding!(f32, u32, 23, 127, round32, ceil32, floor32, trunc32, nearest32);
rounding!(f64, u64, 52, 1023, round64, ceil64, floor64, trunc64, nearest64);

macro_rules! square_root {
    ($name:ident, $ty:ty, $bits:ty, $mantissa:literal, $bias:literal) => {
        /// The square root, rounded to the nearest: one bit after another.
        fn $name(x: $ty) -> $ty {
            let bits = x.to_bits();
            let infinite: $bits = ((2 * $bias + 1) as $bits) << $mantissa;
            if x == 0.0 || bits == infinite {
                return x;
            }
            if !(x > 0.0) {
                return if x != x { x + x } else { <$ty>::NAN };
            }
            let (mut exponent, mut mantissa) = ((bits >> $mantissa) as i32, bits & ((1 << $mantissa) - 1));
            if exponent == 0 {
                let shift = mantissa.leading_zeros() as i32 - (<$bits>::BITS as i32 - 1 - $mantissa);
                mantissa <<= shift;
                exponent = 1 - shift;
            } else {
                mantissa |= 1 << $mantissa;
            }
            exponent -= $bias;
            if exponent & 1 != 0 {
                mantissa <<= 1;
            }
            exponent >>= 1;
            mantissa <<= 1;
            // The root of a number with a mantissa in [1, 4) has one in [1, 2): two more bits than it needs.
            let (mut root, mut sum): ($bits, $bits) = (0, 0);
            let mut bit: $bits = 1 << ($mantissa + 1);
            while bit != 0 {
                let next = sum + bit;
                if next <= mantissa {
                    sum = next + bit;
                    mantissa -= next;
                    root += bit;
                }
                mantissa <<= 1;
                bit >>= 1;
            }
            // It is never half way between two: the lowest bit says whether more than half is missing.
            if mantissa != 0 {
                root += root & 1;
            }
            <$ty>::from_bits((root >> 1) + (((exponent + $bias - 1) as $bits) << $mantissa))
        }
    };
}
square_root!(sqrt32, f32, u32, 23, 127);
square_root!(sqrt64, f64, u64, 52, 1023);
