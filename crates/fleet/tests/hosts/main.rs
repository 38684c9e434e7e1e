//! Calls to hosts, over a real nats-server on loopback. Hosts that are killed are processes of this test binary.

mod accounts;
mod broker;
mod calls;
mod campaign;
mod killed;
mod leaving;
mod link;
mod modules;
mod once;
mod process;
mod service;
mod work;
