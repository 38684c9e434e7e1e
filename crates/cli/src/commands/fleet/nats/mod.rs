//! `fleet host`, `fleet call`, `fleet serve`, `fleet store` and `fleet accounts`: calls to hosts over NATS.

mod accounts;
mod call;
mod failures;
mod host;
mod how;
mod modules;
mod serve;
mod server;
mod serving;
mod store;

pub(super) use accounts::run as accounts;
pub(super) use call::run as call;
pub(super) use host::run as host;
pub(super) use serve::run as serve;
pub(super) use store::run as store;
