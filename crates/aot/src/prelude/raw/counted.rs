//! What is compiled with a module that has limits: the counter of fuel.
//!
//! While the code runs, the fuel that is left is the sum of the global, of 64 bits, and of a slice of it, of 32 bits. Where a processor
//! has a register that the compiler leaves alone, it has the slice: a charge subtracts from it, and its sign says whether there is
//! something to do. The slice is below zero if the sum is; otherwise `refill` takes a new one out of the global. Whoever is outside
//! of the code finds all in the global: a host function, and whoever called, also after a trap.
//!
//! `FUEL` is the place of the global. The assembly is ordered by the compiler as calls are, because none of it is `pure`.

/// The largest slice: so that tests come to the end of some, too.
const MOST: i64 = if cfg!(target_pointer_width = "32") { 1 << 22 } else { 97 };

/// Leaves the code by a trap.
#[cold]
#[inline(never)]
unsafe fn trap(i: I, code: usize) -> ! {
    // SAFETY: the caller passes its own block.
    unsafe {
        join(i.add(BASE));
        leave(i, code)
    }
}

/// Calls an import. The host may end the call, and may change the fuel.
#[inline(never)]
unsafe fn host(i: I, import: u32, ptr: u32, len: u32) -> u64 {
    // SAFETY: as in `trap`.
    unsafe {
        join(i.add(BASE));
        let answer = ask(i, import, ptr, len);
        split(i.add(BASE));
        answer
    }
}

/// Takes a slice out of the global, which has all of the fuel.
#[inline(always)]
unsafe fn split(i: I) {
    // SAFETY: the place is that of the global.
    unsafe { set_fuel(i, get(i, FUEL)) }
}

/// Puts the slice back into the global. What is in its place then is not used.
#[inline(always)]
unsafe fn join(i: I) {
    // SAFETY: as in `split`.
    unsafe { set(i, FUEL, fuel(i)) }
}

/// The fuel that is left.
#[inline(always)]
unsafe fn fuel(i: I) -> u64 {
    // SAFETY: as in `split`.
    unsafe { get::<u64>(i, FUEL).wrapping_add(slice(i) as u64) }
}

/// Sets the fuel that is left.
#[inline(never)]
unsafe fn set_fuel(i: I, fuel: u64) {
    let slice = if fuel <= MOST as u64 { fuel as i64 } else { (fuel as i64 >> 63) | MOST };
    // SAFETY: as in `split`.
    unsafe {
        set(i, FUEL, fuel.wrapping_sub(slice as u64));
        set_slice(i, slice as i32);
    }
}

/// Takes another slice. Returns whether the fuel is below zero.
#[cold]
#[inline(never)]
unsafe fn refill(i: I) -> bool {
    // SAFETY: as in `split`.
    unsafe {
        set_fuel(i, fuel(i));
        slice(i) < 0
    }
}

/// Gives fuel back: fewer than 2^30 units.
#[inline(always)]
unsafe fn give(i: I, units: u32) {
    // SAFETY: as in `split`.
    unsafe {
        let now = slice(i) as u32;
        // A slice below zero is a large number here: the fuel may be below zero, too, and the sum of both is what counts.
        if now < (1 << 31) - units {
            set_slice(i, (now + units) as i32);
        } else {
            set_fuel(i, fuel(i).wrapping_add(units as u64));
        }
    }
}

/// Takes fuel. The slice may be below zero then while the fuel is not: a check behind it notices.
#[inline(always)]
unsafe fn take<const UNITS: u32>(i: I) {
    // SAFETY: no other code uses the register; the place of a slice in memory is in the head.
    unsafe {
        #[cfg(all(target_arch = "arm", not(thumb1)))]
        core::arch::asm!("sub r9, r9, #{}", const UNITS, options(nomem, nostack, preserves_flags));
        #[cfg(not(all(target_arch = "arm", not(thumb1))))]
        set_slice(i, slice(i).wrapping_sub(UNITS as i32));
    }
}

/// Takes fuel. Returns whether it is below zero then.
#[cfg(all(target_arch = "arm", not(thumb1)))]
#[inline(always)]
unsafe fn charge<const UNITS: u32>(i: I) -> bool {
    let mut out = false;
    // SAFETY: as in `take`.
    unsafe {
        core::arch::asm!("subs r9, r9, #{}", "bmi {}", const UNITS, label { unsafe { out = refill(i) } }, options(nomem, nostack));
    }
    out
}

/// The same for units that an instruction cannot have as its constant: fewer than 2^30.
#[cfg(all(target_arch = "arm", not(thumb1)))]
#[inline(always)]
unsafe fn charge_by(i: I, units: u32) -> bool {
    let mut out = false;
    // SAFETY: as in `take`.
    unsafe {
        core::arch::asm!("subs r9, r9, {}", "bmi {}", in(reg) units, label { unsafe { out = refill(i) } }, options(nomem, nostack));
    }
    out
}

/// Whether the fuel is below zero.
#[cfg(all(target_arch = "arm", not(thumb1)))]
#[inline(always)]
unsafe fn is_out(i: I) -> bool {
    let mut out = false;
    // SAFETY: as in `take`.
    unsafe {
        core::arch::asm!("cmp r9, #0", "bmi {}", label { unsafe { out = refill(i) } }, options(nomem, nostack));
    }
    out
}

/// Whether the fuel is below zero, or the depth.
#[cfg(all(target_arch = "arm", not(thumb1)))]
#[inline(always)]
unsafe fn is_out_or(i: I, depth: u32) -> bool {
    let mut out = false;
    // SAFETY: as in `take`.
    unsafe {
        core::arch::asm!(
            "orrs {}, r9, {}", "bmi {}", out(reg) _, in(reg) depth,
            label { unsafe { out = slice(i) < 0 && refill(i) || (depth as i32) < 0 } }, options(nomem, nostack)
        );
    }
    out
}

/// Whether the fuel is below zero.
#[cfg(not(all(target_arch = "arm", not(thumb1))))]
#[inline(always)]
unsafe fn is_out(i: I) -> bool {
    // SAFETY: as in `split`.
    unsafe { slice(i) < 0 && refill(i) }
}

/// Whether the fuel is below zero, or the depth.
#[cfg(not(all(target_arch = "arm", not(thumb1))))]
#[inline(always)]
unsafe fn is_out_or(i: I, depth: u32) -> bool {
    // SAFETY: as in `split`.
    unsafe { is_out(i) || (depth as i32) < 0 }
}

/// Takes fuel. Returns whether it is below zero then.
#[cfg(not(all(target_arch = "arm", not(thumb1))))]
#[inline(always)]
unsafe fn charge<const UNITS: u32>(i: I) -> bool {
    // SAFETY: as in `take`.
    unsafe { charge_by(i, UNITS) }
}

/// The same for any units: fewer than 2^30.
#[cfg(not(all(target_arch = "arm", not(thumb1))))]
#[inline(always)]
unsafe fn charge_by(i: I, units: u32) -> bool {
    // SAFETY: as in `take`.
    unsafe {
        let left = slice(i).wrapping_sub(units as i32);
        set_slice(i, left);
        left < 0 && refill(i)
    }
}

/// The slice.
#[cfg(any(target_arch = "arm", target_arch = "riscv32"))]
#[inline(always)]
unsafe fn slice(i: I) -> i32 {
    let slice: i32;
    // SAFETY: as in `take`.
    unsafe {
        #[cfg(target_arch = "arm")]
        core::arch::asm!("mov {}, r9", out(reg) slice, options(nomem, nostack, preserves_flags));
        #[cfg(target_arch = "riscv32")]
        core::arch::asm!("mv {}, s11", out(reg) slice, options(nomem, nostack, preserves_flags));
    }
    slice
}

#[cfg(any(target_arch = "arm", target_arch = "riscv32"))]
#[inline(always)]
unsafe fn set_slice(_: I, slice: i32) {
    // SAFETY: as in `take`.
    unsafe {
        #[cfg(target_arch = "arm")]
        core::arch::asm!("mov r9, {}", in(reg) slice, options(nomem, nostack, preserves_flags));
        #[cfg(target_arch = "riscv32")]
        core::arch::asm!("mv s11, {}", in(reg) slice, options(nomem, nostack, preserves_flags));
    }
}

/// The slice, in memory where no register has it.
#[cfg(not(any(target_arch = "arm", target_arch = "riscv32")))]
#[inline(always)]
unsafe fn slice(i: I) -> i32 {
    // SAFETY: as in `take`.
    unsafe { (*i.sub(BASE).cast::<Head>()).slice }
}

#[cfg(not(any(target_arch = "arm", target_arch = "riscv32")))]
#[inline(always)]
unsafe fn set_slice(i: I, slice: i32) {
    // SAFETY: as in `take`.
    unsafe { (*i.sub(BASE).cast::<Head>()).slice = slice }
}
