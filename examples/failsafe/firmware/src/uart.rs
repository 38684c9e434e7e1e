//! What the USARTs receive, in rings that their interrupts fill.

use crate::clock;
use crate::raw::Register;
use core::sync::atomic::{AtomicU8, AtomicU32, AtomicUsize, Ordering::Relaxed};
use failsafe::board::{CAN_SEND, DATA, LINK_LINE, LINK_UART, RECEIVED, STATUS, STICKS_LINE, STICKS_UART};

const BAUD: u32 = 8;
const CONTROL: u32 = 12;
const CONTROL_2: u32 = 16;
/// Control: on, with its receiver, its sender and the interrupt of a byte.
const ON: u32 = 1 << 13 | BYTE_INTERRUPT | 1 << 3 | 1 << 2;
const BYTE_INTERRUPT: u32 = 1 << 5;
/// Control: a parity bit, which is even.
const EVEN: u32 = 1 << 12 | 1 << 10;
/// Second control: two stop bits.
const TWO_STOPS: u32 = 2 << 12;

/// Enables the interrupts from 32 on.
const ENABLE_INTERRUPTS: Register = Register::at(0xE000_E104);

/// A USART with a ring of `N` bytes, a power of 2.
pub struct Uart<const N: usize> {
    address: u32,
    /// Its interrupt: 32 to 63.
    interrupt: u32,
    line: u32,
    /// 24 MHz through its baud rate, and its two control registers.
    set_up: [u32; 3],
    ring: &'static Ring<N>,
}

/// At 1.5 Mbaud the ring takes 1.7 ms.
pub static LINK: Uart<256> = Uart {
    address: LINK_UART,
    interrupt: 37,
    line: LINK_LINE,
    set_up: [16, ON, 0],
    ring: {
        static RING: Ring<256> = Ring::new();
        &RING
    },
};

/// At 100,000 baud the ring takes 3.8 ms.
pub static STICKS: Uart<32> = Uart {
    address: STICKS_UART,
    interrupt: 38,
    line: STICKS_LINE,
    set_up: [240, ON | EVEN, TWO_STOPS],
    ring: {
        static RING: Ring<32> = Ring::new();
        &RING
    },
};

/// The lines whose interrupts came.
static LINES: AtomicU32 = AtomicU32::new(0);
/// How often a byte came when a ring was full.
static HELD: AtomicU32 = AtomicU32::new(0);

impl<const N: usize> Uart<N> {
    /// Turns it on.
    pub fn start(&self) {
        for (offset, value) in [BAUD, CONTROL, CONTROL_2].into_iter().zip(self.set_up) {
            self.register(offset).write(value);
        }
        ENABLE_INTERRUPTS.write(1 << (self.interrupt - 32));
    }

    /// Returns the status: that of sending is the USART's, that of receiving the ring's.
    pub fn status(&self) -> u32 {
        let received = if self.ring.is_empty() { 0 } else { RECEIVED };
        self.register(STATUS).read() & CAN_SEND | received
    }

    /// Takes a byte. 0 if there is none.
    pub fn take(&self) -> u8 {
        let byte = self.ring.take();
        let control = self.register(CONTROL);
        if control.read() & BYTE_INTERRUPT == 0 {
            control.write(self.set_up[1]);
        }
        byte
    }

    /// Sends a byte.
    pub fn send(&self, byte: u8) {
        self.register(DATA).write(byte.into());
    }

    /// Returns when the last byte came.
    pub fn last(&self) -> u32 {
        self.ring.last.load(Relaxed)
    }

    fn receive(&self) {
        while self.register(STATUS).read() & RECEIVED != 0 {
            if self.ring.is_full() {
                self.hold();
                break;
            }
            self.ring.put(self.register(DATA).read() as u8);
        }
        self.ring.last.store(clock::now(), Relaxed);
        LINES.fetch_or(self.line, Relaxed);
    }

    /// The ring is full: the byte waits until one is taken. On a part the next one overruns it; the emulator holds its sender back.
    fn hold(&self) {
        HELD.store(HELD.load(Relaxed) + 1, Relaxed);
        self.register(CONTROL).write(self.set_up[1] & !BYTE_INTERRUPT);
    }

    fn register(&self, offset: u32) -> Register {
        Register::at(self.address + offset)
    }
}

/// Bytes that came. The interrupt puts them in, and the guest takes them.
struct Ring<const N: usize> {
    bytes: [AtomicU8; N],
    put: AtomicUsize,
    taken: AtomicUsize,
    /// When the last byte came.
    last: AtomicU32,
}

impl<const N: usize> Ring<N> {
    const fn new() -> Self {
        assert!(N.is_power_of_two());
        Self {
            bytes: [const { AtomicU8::new(0) }; N],
            put: AtomicUsize::new(0),
            taken: AtomicUsize::new(0),
            last: AtomicU32::new(0),
        }
    }

    fn is_empty(&self) -> bool {
        self.put.load(Relaxed) == self.taken.load(Relaxed)
    }

    fn is_full(&self) -> bool {
        self.put.load(Relaxed).wrapping_sub(self.taken.load(Relaxed)) == N
    }

    fn put(&self, byte: u8) {
        let put = self.put.load(Relaxed);
        self.bytes[put % N].store(byte, Relaxed);
        self.put.store(put.wrapping_add(1), Relaxed);
    }

    fn take(&self) -> u8 {
        if self.is_empty() {
            return 0;
        }
        let taken = self.taken.load(Relaxed);
        let byte = self.bytes[taken % N].load(Relaxed);
        self.taken.store(taken.wrapping_add(1), Relaxed);
        byte
    }
}

/// Returns the lines whose interrupts came.
pub fn lines() -> u32 {
    LINES.load(Relaxed)
}

/// Takes the lines whose interrupts came.
pub fn take_lines() -> u32 {
    LINES.swap(0, Relaxed)
}

/// Returns how often a byte came when a ring was full.
pub fn held() -> u32 {
    HELD.load(Relaxed)
}

/// Handles an interrupt of the part, by its number.
pub fn interrupt(number: i16) {
    match u32::try_from(number) {
        Ok(number) if number == LINK.interrupt => LINK.receive(),
        Ok(number) if number == STICKS.interrupt => STICKS.receive(),
        _ => {}
    }
}
