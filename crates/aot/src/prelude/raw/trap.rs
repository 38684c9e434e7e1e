//! The way out by a trap, in assembly: what it restores is what `enter` saved.

/// Leaves the code: notes why, and returns to the caller of `enter`, whatever was called since.
#[unsafe(naked)]
#[cold]
pub unsafe extern "C" fn leave(i: I, code: usize) -> ! {
    #[cfg(target_arch = "x86_64")]
    core::arch::naked_asm!(
        "mov [rdi + 24], rsi", "mov rsp, [rdi + 16]",
        "add rsp, 8", "pop r15", "pop r14", "pop r13", "pop r12", "pop rbx", "pop rbp", "ret"
    );
    #[cfg(all(target_arch = "arm", thumb1))]
    core::arch::naked_asm!(
        "str r1, [r0, #12]", "ldr r1, [r0, #8]", "mov sp, r1",
        "pop {{r4-r7}}", "mov r8, r4", "mov r9, r5", "mov r10, r6", "mov r11, r7", "pop {{r3-r7, pc}}"
    );
    #[cfg(all(target_arch = "arm", not(thumb1), not(hard_float)))]
    core::arch::naked_asm!("str r1, [r0, #12]", "ldr r12, [r0, #8]", "mov sp, r12", "pop {{r3-r11, pc}}");
    #[cfg(all(target_arch = "arm", hard_float))]
    core::arch::naked_asm!(
        "str r1, [r0, #12]", "ldr r12, [r0, #8]", "mov sp, r12", "vpop {{d8-d15}}", "pop {{r3-r11, pc}}"
    );
    #[cfg(target_arch = "riscv32")]
    core::arch::naked_asm!(
        "sw a1, 12(a0)", "lw sp, 8(a0)",
        "lw ra, 60(sp)", "lw s0, 56(sp)", "lw s1, 52(sp)", "lw s2, 48(sp)", "lw s3, 44(sp)",
        "lw s4, 40(sp)", "lw s5, 36(sp)", "lw s6, 32(sp)", "lw s7, 28(sp)", "lw s8, 24(sp)", "lw s9, 20(sp)",
        "lw s10, 16(sp)", "lw s11, 12(sp)", "addi sp, sp, 64", "ret"
    );
}
