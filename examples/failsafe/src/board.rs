//! Registers and interrupt lines, as in the STM32F100 (reference manual RM0041). Those from `F0000000` on are the shim's own.

use aingle_wasm_nano::Shim;

/// USART1: the link to the flight controller.
pub const LINK_UART: u32 = 0x4001_3800;
/// USART2: SBUS of the receiver.
pub const STICKS_UART: u32 = 0x4000_4400;
/// Capture/compare registers 1 to 4 of TIM2: pulses in microseconds.
pub const PULSES: [u32; 4] = [0x4000_0034, 0x4000_0038, 0x4000_003C, 0x4000_0040];

/// What the shim keeps of the association: its SPI, and from 16 and 32 on the keys of sending and receiving.
pub const KEYS: u32 = 0xF000_0000;
/// Two places of 16 bytes that the shim keeps over restarts, for the link's epochs. A write of a place's last word ends it.
pub const EPOCHS: u32 = 0xF000_0100;

/// Offset of a USART's status register.
pub const STATUS: u32 = 0;
/// Offset of a USART's data register.
pub const DATA: u32 = 4;
/// Status: a byte has come.
pub const RECEIVED: u32 = 1 << 5;
/// Status: a byte can be sent.
pub const CAN_SEND: u32 = 1 << 7;

/// Interrupt of USART1.
pub const LINK_LINE: u32 = 1 << 0;
/// Interrupt of USART2.
pub const STICKS_LINE: u32 = 1 << 1;

/// Takes a byte that has come, or returns `None`.
pub fn receive(shim: &impl Shim, uart: u32) -> Option<u8> {
    let has_come = shim.register_read(uart + STATUS) & RECEIVED != 0;
    has_come.then(|| shim.register_read(uart + DATA) as u8)
}

/// Sends a byte. Returns `false` if the one before is still under way.
pub fn send(shim: &impl Shim, uart: u32, byte: u8) -> bool {
    let can_send = shim.register_read(uart + STATUS) & CAN_SEND != 0;
    if can_send {
        shim.register_write(uart + DATA, byte.into());
    }
    can_send
}
