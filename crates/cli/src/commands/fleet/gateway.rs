//! `fleet gateway`: devices behind serial lines.

use super::connect;
use super::failures;
use crate::args::SendArgs;
use crate::blob::Blob;
use crate::commands::done::Done;
use crate::commands::on_tokio::block_on;
use crate::commands::send;
use crate::failure::{Failure, Kind, Outcome};
use crate::fleet_args::GatewayArgs;
use crate::keys;
use aingle_wasm_fleet::mqtt::{FleetError, Gateway, Relay};
use aingle_wasm_manifest::Key;
use aingle_wasm_update::{Report, Timing};
use std::io::{Write, stderr};
use std::path::PathBuf;

pub(super) fn run(args: &GatewayArgs) -> Outcome<Done> {
    let operators: Outcome<Vec<Key>> =
        args.operators.iter().map(|path| keys::read_public(path).map(Key::module)).collect();
    let operators = operators?;
    let broker = connect::broker(&args.broker)?;
    let gateway = Gateway {
        broker: &broker,
        group: &args.group,
        operators: &operators,
        parallel: args.parallel,
        max_blob: args.max_module,
    };
    let line = |(name, port): &(String, String)| (name.clone(), SerialLine::new(name, port, args));
    let devices = args.devices.iter().map(line).collect();
    let lost = |error: &FleetError| drop(writeln!(stderr(), "{error}; connecting again"));
    block_on(async {
        gateway.run(devices, lost).await.map_err(|error| failures::of(&error))?;
        Err(Failure::new(Kind::Line, "the gateway has ended"))
    })
}

/// The line to a device. It is open while it is used, so that others can use it too.
struct SerialLine {
    name: String,
    send: SendArgs,
}

impl SerialLine {
    fn new(name: &str, port: &str, args: &GatewayArgs) -> Self {
        let Timing { chunk, offer, finish, tries, .. } = Timing::default();
        let send = SendArgs {
            blob: PathBuf::new(),
            port: port.into(),
            baud: args.baud,
            timeout: chunk,
            offer_timeout: offer,
            finish_timeout: finish,
            tries,
            wait: Some(args.wait),
        };
        Self { name: name.into(), send }
    }

    /// Says what came of it, and keeps what a device has reported.
    fn told(&self, result: Outcome<Option<Report>>) -> Option<Report> {
        match result {
            Ok(report) => report,
            Err(failure) => {
                let _ = writeln!(stderr(), "{}: {failure}", self.name);
                None
            }
        }
    }
}

impl Relay for SerialLine {
    fn ask(&mut self) -> Option<Report> {
        self.told(send::ask(&self.send))
    }

    fn send(&mut self, blob: &[u8]) -> Option<Report> {
        let _ = writeln!(stderr(), "{}: sends {} bytes", self.name, blob.len());
        let sent = Blob::of(blob.to_vec())
            .map_err(|error| Failure::new(Kind::Input, error))
            .and_then(|blob| send::to_device(&blob, &self.send));
        // A device that refuses or reverts has a report that says so.
        let has_report = sent.as_ref().is_err_and(|failure| failure.kind() == Kind::Device);
        let told = self.told(sent);
        if has_report { self.ask() } else { told }
    }
}
