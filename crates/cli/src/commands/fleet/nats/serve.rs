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

pub fn run(args: &FleetServeArgs) -> Outcome<Done> {
    let How { module, caller, options } = How::of(&args.how)?;
    block_on(async {
        let client = server::connect_and_tell(&args.nats).await?;
        let caller = Caller::new(client, caller);
        http_server::serve_functions(&args.http, service::functions(caller, module, options)).await
    })?;
    Ok(Done::new(Report::new()))
}
