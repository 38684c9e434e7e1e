//! The kernels that are measured, as an ordinary compiler makes them.
#![no_std]

use core::hint::black_box;

const SIEVE: usize = 1 << 20;
const BYTES: usize = 1 << 20;

static mut COMPOSITE: [u8; SIEVE] = [0; SIEVE];
static mut MESSAGE: [u8; BYTES] = [0; BYTES];

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

fn fib_of(n: u32) -> u32 {
    if n < 2 { n } else { fib_of(n - 1).wrapping_add(fib_of(n - 2)) }
}

// SAFETY: no other symbol has this name.
#[unsafe(no_mangle)]
extern "C" fn fib(n: u32) -> u32 {
    fib_of(black_box(n))
}

// SAFETY: no other symbol has this name.
#[unsafe(no_mangle)]
extern "C" fn sieve(n: u32) -> u32 {
    // SAFETY: a guest has one thread, and this function does not call itself.
    let composite = unsafe { &mut *(&raw mut COMPOSITE) };
    let composite = &mut composite[..(n as usize).min(SIEVE)];
    composite.fill(0);
    let mut primes = 0;
    for number in 2..composite.len() {
        if composite[number] != 0 {
            continue;
        }
        primes += 1;
        let mut multiple = number.saturating_mul(number);
        while multiple < composite.len() {
            composite[multiple] = 1;
            multiple += number;
        }
    }
    primes
}

// SAFETY: no other symbol has this name.
#[unsafe(no_mangle)]
extern "C" fn sha256(len: u32) -> u32 {
    // SAFETY: a guest has one thread, and this function does not call itself.
    let message = unsafe { &*(&raw const MESSAGE) };
    let mut state = INITIAL;
    for block in message[..(len as usize).min(BYTES)].chunks_exact(64) {
        compress(&mut state, block);
    }
    state[0]
}

const INITIAL: [u32; 8] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
];

/// The fractional parts of the cube roots of the first 64 primes, found by integer arithmetic.
const ROUNDS: [u32; 64] = {
    let mut rounds = [0; 64];
    let mut found = 0;
    let mut number: u128 = 2;
    while found < 64 {
        if is_prime(number) {
            rounds[found] = cube_root(number << 96) as u32;
            found += 1;
        }
        number += 1;
    }
    rounds
};

const fn is_prime(number: u128) -> bool {
    let mut divisor = 2;
    while divisor * divisor <= number {
        if number.is_multiple_of(divisor) {
            return false;
        }
        divisor += 1;
    }
    true
}

const fn cube_root(number: u128) -> u128 {
    let (mut low, mut high) = (0u128, 1 << 36);
    while low < high {
        let middle = (low + high).div_ceil(2);
        if middle * middle * middle <= number {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

fn compress(state: &mut [u32; 8], block: &[u8]) {
    let mut words = [0u32; 64];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    for t in 16..64 {
        let (a, b) = (words[t - 15], words[t - 2]);
        let a = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
        let b = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
        words[t] = words[t - 16].wrapping_add(a).wrapping_add(words[t - 7]).wrapping_add(b);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for t in 0..64 {
        let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let choice = (e & f) ^ (!e & g);
        let first = h.wrapping_add(s1).wrapping_add(choice).wrapping_add(ROUNDS[t]).wrapping_add(words[t]);
        let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let majority = (a & b) ^ (a & c) ^ (b & c);
        (h, g, f, e) = (g, f, e, d.wrapping_add(first));
        (d, c, b, a) = (c, b, a, first.wrapping_add(s0.wrapping_add(majority)));
    }
    for (word, value) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = word.wrapping_add(value);
    }
}
