//! The UART, byte by byte.

use crate::raw::Register;

const DATA: Register = Register::uart(0);
const STATE: Register = Register::uart(4);
const CONTROL: Register = Register::uart(8);
const BAUD_DIVIDER: Register = Register::uart(16);

const SEND_FULL: u32 = 1;
const RECEIVE_FULL: u32 = 2;
const SEND_AND_RECEIVE: u32 = 3;

/// CMSDK UART 0, polled.
pub struct Uart(());

impl Uart {
    /// Turns it on.
    pub fn new() -> Self {
        BAUD_DIVIDER.write(16);
        CONTROL.write(SEND_AND_RECEIVE);
        // QEMU delivers the bytes of a peer that was there before only after a first read.
        let _ = DATA.read();
        Self(())
    }

    /// Returns the next byte, if one has arrived.
    pub fn read(&mut self) -> Option<u8> {
        (STATE.read() & RECEIVE_FULL != 0).then(|| DATA.read() as u8)
    }

    /// Sends bytes, and waits until they are sent.
    pub fn send(&mut self, bytes: &[u8]) {
        for byte in bytes {
            DATA.write((*byte).into());
            while STATE.read() & SEND_FULL != 0 {}
        }
    }
}
