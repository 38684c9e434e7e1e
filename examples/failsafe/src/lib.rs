#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

pub mod board;
pub mod counts;
pub mod histories;
pub mod mixer;
pub mod packets;
pub mod registers;
pub mod sbus;
pub mod state;
pub mod tasks;
