//! Calls to hosts, over a real nats-server on loopback. Hosts that are killed are processes of this test binary.

mod accounts;
mod broker;
mod calls;
mod killed;
mod leaving;
mod modules;
mod once;
mod process;
mod service;
mod work;
