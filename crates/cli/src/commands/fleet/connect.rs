//! The broker of the command line.

use crate::failure::{Failure, Kind, Outcome};
use crate::fleet_args::BrokerArgs;
use aingle_wasm_fleet::mqtt::{Broker, Tls};

/// Returns the broker.
pub fn broker(args: &BrokerArgs) -> Outcome<Broker> {
    let client = args.certificate.clone().zip(args.certificate_key.clone());
    let broker = Broker::new(&args.broker, &Tls { ca: args.ca.clone(), client });
    Ok(broker.map_err(|error| Failure::new(Kind::Usage, error))?.prefix(&args.prefix))
}
