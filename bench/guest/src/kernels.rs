//! Computations without any calls, in which metering shows.

use aingle_wasm_guest::prelude::*;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of its bytes.
#[export(raw)]
fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// A Fibonacci number, by as many calls.
#[export]
fn fib(n: u32) -> u32 {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

/// The largest number that [`sieve`] goes to.
const SIEVE: usize = 1 << 16;

/// How many primes there are up to a number.
#[export]
fn sieve(up_to: u32) -> u32 {
    let mut composite = [false; SIEVE];
    let end = SIEVE.min(up_to as usize + 1);
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
