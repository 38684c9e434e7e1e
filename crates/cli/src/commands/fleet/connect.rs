//! The broker of the command line, and a place to run its client.

use crate::failure::{Failure, Kind, Outcome};
use crate::fleet_args::BrokerArgs;
use aingle_wasm_fleet::mqtt::{Broker, Tls};
use std::future::Future;

/// Returns the broker.
pub fn broker(args: &BrokerArgs) -> Outcome<Broker> {
    let client = args.certificate.clone().zip(args.certificate_key.clone());
    let broker = Broker::new(&args.broker, &Tls { ca: args.ca.clone(), client });
    Ok(broker.map_err(|error| Failure::new(Kind::Usage, error))?.prefix(&args.prefix))
}

/// Runs a future to its end.
pub fn block_on<T>(future: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let tokio =
        tokio.map_err(|error| Failure::new(Kind::Io, format!("the system gives no sockets: {error}")))?;
    tokio.block_on(future)
}
