//! Computations, the same for the firmware and for the guest.

/// A computation by its number: fib(20), a sieve up to 4000, SHA-256 of 1 KiB.
pub fn kernel(number: u32) -> u32 {
    match number {
        0 => fib(20),
        1 => sieve(4000),
        _ => sha256(),
    }
}

#[inline(never)]
fn fib(n: u32) -> u32 {
    if n < 2 { n } else { fib(n - 1).wrapping_add(fib(n - 2)) }
}

/// How many primes there are below a number.
#[inline(never)]
fn sieve(end: usize) -> u32 {
    let mut composite = [false; 4000];
    let end = end.min(composite.len());
    let mut primes = 0;
    for number in 2..end {
        if !composite[number] {
            primes += 1;
            let mut multiple = 2 * number;
            while multiple < end {
                composite[multiple] = true;
                multiple += number;
            }
        }
    }
    primes
}

/// The first word of the hash of 1 KiB.
#[inline(never)]
fn sha256() -> u32 {
    let message: [u8; 1024] = core::array::from_fn(|at| at as u8);
    let mut state = STATE;
    for block in message.as_chunks().0 {
        compress(&mut state, block);
    }
    let mut last = [0; 64];
    (last[0], last[62]) = (0x80, 0x20);
    compress(&mut state, &last);
    state[0]
}

fn compress(state: &mut [u32; 8], block: &[u8; 64]) {
    let mut words: [u32; 16] = core::array::from_fn(|at| {
        u32::from_be_bytes([block[4 * at], block[4 * at + 1], block[4 * at + 2], block[4 * at + 3]])
    });
    let mut s = *state;
    for round in 0..4 {
        for at in 0..16 {
            if round > 0 {
                let (a, b) = (words[(at + 1) % 16], words[(at + 14) % 16]);
                let a = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
                let b = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
                words[at] = words[at].wrapping_add(a).wrapping_add(words[(at + 9) % 16]).wrapping_add(b);
            }
            let [a, b, c, d, e, f, g, h] = s;
            let sum = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let first = h.wrapping_add(sum).wrapping_add((e & f) ^ (!e & g)).wrapping_add(K[16 * round + at]);
            let first = first.wrapping_add(words[at]);
            let sum = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let second = sum.wrapping_add((a & b) ^ (a & c) ^ (b & c));
            s = [first.wrapping_add(second), a, b, c, d.wrapping_add(first), e, f, g];
        }
    }
    state.iter_mut().zip(s).for_each(|(state, s)| *state = state.wrapping_add(s));
}

const STATE: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

#[rustfmt::skip]
const K: [u32; 64] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];
