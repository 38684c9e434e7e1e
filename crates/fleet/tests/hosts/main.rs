//! Calls to hosts, over a real nats-server on loopback. Hosts that are killed are processes of this test binary.
#![cfg(feature = "nats")]

mod broker;
mod calls;
mod killed;
mod leaving;
mod once;
mod process;
mod work;
