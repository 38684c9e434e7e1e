//! The way in, in assembly. The place where the stack pointer is kept is that of `Head`.

/// Enters the code: saves the registers of the caller and the stack pointer, and calls `dispatch`.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn enter(i: I, f: u32, a: u32, b: u32) -> u64 {
    #[cfg(target_arch = "x86_64")]
    core::arch::naked_asm!(
        "push rbp", "push rbx", "push r12", "push r13", "push r14", "push r15", "sub rsp, 8",
        "mov [rdi + 16], rsp", "call {dispatch}",
        "add rsp, 8", "pop r15", "pop r14", "pop r13", "pop r12", "pop rbx", "pop rbp", "ret",
        dispatch = sym dispatch
    );
    #[cfg(all(target_arch = "arm", thumb1))]
    core::arch::naked_asm!(
        "push {{r3-r7, lr}}", "mov r4, r8", "mov r5, r9", "mov r6, r10", "mov r7, r11", "push {{r4-r7}}",
        "mov r4, sp", "str r4, [r0, #8]", "bl {dispatch}",
        "pop {{r4-r7}}", "mov r8, r4", "mov r9, r5", "mov r10, r6", "mov r11, r7", "pop {{r3-r7, pc}}",
        dispatch = sym dispatch
    );
    #[cfg(all(target_arch = "arm", not(thumb1), not(hard_float)))]
    core::arch::naked_asm!(
        "push {{r3-r11, lr}}", "mov r12, sp", "str r12, [r0, #8]", "bl {dispatch}", "pop {{r3-r11, pc}}",
        dispatch = sym dispatch
    );
    #[cfg(all(target_arch = "arm", hard_float))]
    core::arch::naked_asm!(
        "push {{r3-r11, lr}}", "vpush {{d8-d15}}", "mov r12, sp", "str r12, [r0, #8]", "bl {dispatch}",
        "vpop {{d8-d15}}", "pop {{r3-r11, pc}}",
        dispatch = sym dispatch
    );
    #[cfg(target_arch = "riscv32")]
    core::arch::naked_asm!(
        "addi sp, sp, -64", "sw ra, 60(sp)", "sw s0, 56(sp)", "sw s1, 52(sp)", "sw s2, 48(sp)", "sw s3, 44(sp)",
        "sw s4, 40(sp)", "sw s5, 36(sp)", "sw s6, 32(sp)", "sw s7, 28(sp)", "sw s8, 24(sp)", "sw s9, 20(sp)",
        "sw s10, 16(sp)", "sw s11, 12(sp)", "sw sp, 8(a0)", "call {dispatch}",
        "lw ra, 60(sp)", "lw s0, 56(sp)", "lw s1, 52(sp)", "lw s2, 48(sp)", "lw s3, 44(sp)",
        "lw s4, 40(sp)", "lw s5, 36(sp)", "lw s6, 32(sp)", "lw s7, 28(sp)", "lw s8, 24(sp)", "lw s9, 20(sp)",
        "lw s10, 16(sp)", "lw s11, 12(sp)", "addi sp, sp, 64", "ret",
        dispatch = sym dispatch
    );
}
