//! The NATS server.

use crate::failure::{Failure, Kind, Outcome};
use crate::nats_args::NatsArgs;
use aingle_wasm_fleet::nats::{Client, ConnectOptions, Event};
use std::io::{Write, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Connects to the server.
pub async fn connect(args: &NatsArgs) -> Outcome<Client> {
    connect_with(args, ConnectOptions::new()).await
}

/// Connects to the server, and says on standard error when the connection ends, and when there is one again.
pub async fn connect_and_tell(args: &NatsArgs) -> Outcome<Client> {
    let was_lost = Arc::new(AtomicBool::new(false));
    let options = ConnectOptions::new().event_callback(move |event| {
        let said = match event {
            Event::Disconnected if !was_lost.swap(true, Ordering::Relaxed) => {
                Some("the connection to the NATS server ended; connecting again")
            }
            Event::Connected if was_lost.swap(false, Ordering::Relaxed) => Some("connected again"),
            _ => None,
        };
        async move {
            if let Some(said) = said {
                let _ = writeln!(stderr(), "{said}");
            }
        }
    });
    connect_with(args, options).await
}

async fn connect_with(args: &NatsArgs, options: ConnectOptions) -> Outcome<Client> {
    let options = options.name("aingle-wasm");
    let options = match &args.ca {
        Some(ca) => options.add_root_certificates(ca.clone()),
        None => options,
    };
    let urls: Vec<&str> = args.nats.split(',').map(str::trim).collect();
    // A client that finds its server again at once loses the least.
    let options = options.reconnect_delay_callback(|tries| {
        Duration::from_millis(50)
            .saturating_mul(u32::try_from(tries).unwrap_or(u32::MAX))
            .min(Duration::from_secs(2))
    });
    options.connect(urls).await.map_err(|error| Failure::new(Kind::Line, format!("no NATS server: {error}")))
}
