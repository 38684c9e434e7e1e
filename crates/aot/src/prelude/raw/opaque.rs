//! Values of which the compiler knows nothing, so that it computes what it could leave out.

/// A float of which the compiler knows nothing. It would take a multiplication by 1 away, and with it what the multiplication does to a
/// signalling NaN.
#[inline(always)]
fn opaque32(x: f32) -> f32 {
    let mut bits = x.to_bits();
    // SAFETY: there is no instruction in it.
    unsafe { core::arch::asm!("/* {} */", inout(reg) bits, options(pure, nomem, nostack, preserves_flags)) }
    f32::from_bits(bits)
}

/// The same of 64 bits.
#[inline(always)]
fn opaque64(x: f64) -> f64 {
    let bits = x.to_bits();
    let (mut low, mut high) = (bits as u32, (bits >> 32) as u32);
    // SAFETY: as above.
    unsafe {
        core::arch::asm!("/* {} {} */", inout(reg) low, inout(reg) high, options(pure, nomem, nostack, preserves_flags));
    }
    f64::from_bits((high as u64) << 32 | low as u64)
}
