//! `fleet serve`: functions of hosts over HTTP.

use super::how::How;
use super::server;
use crate::commands::done::Done;
use crate::commands::http_server;
use crate::commands::on_tokio::block_on;
use crate::failure::Outcome;
use crate::nats_args::FleetServeArgs;
use crate::report::Report;
use aingle_wasm_fleet::nats::{Caller, service};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// How long what was given up takes to be told.
const SETTLE: Duration = Duration::from_millis(100);

pub fn run(args: &FleetServeArgs) -> Outcome<Done> {
    let How { module, caller, options } = How::of(&args.how)?;
    block_on(async {
        let client = server::connect_and_tell(&args.nats).await?;
        let caller = Caller::new(client.clone(), caller);
        let served =
            http_server::serve_functions(&args.http, service::functions(caller, module, options)).await;
        // Hosts are told of calls that were given up.
        sleep(SETTLE).await;
        let _ = timeout(SETTLE, client.flush()).await;
        served
    })?;
    Ok(Done::new(Report::new()))
}
