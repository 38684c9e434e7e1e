//! The command that runs the board in QEMU.

/// How QEMU runs the board. What the firmware prints is its output.
#[rustfmt::skip]
pub const QEMU: [&str; 13] = [
    "qemu-system-arm", "-M", "mps2-an385", "-icount", "shift=0", "-nographic", "-monitor", "none", "-serial", "none",
    "-semihosting-config", "enable=on,target=native", "-kernel",
];
