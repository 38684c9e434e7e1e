//! `fleet forget`: what is of no use any more.

use super::{connect, failures};
use crate::blob::Blob;
use crate::commands::done::Done;
use crate::commands::on_tokio::block_on;
use crate::failure::Outcome;
use crate::fleet_args::ForgetArgs;
use crate::report::Report;
use aingle_wasm_fleet::BlobId;
use aingle_wasm_fleet::mqtt::Operator;

pub(super) fn run(args: &ForgetArgs) -> Outcome<Done> {
    let broker = connect::broker(&args.broker)?;
    let id = args.blob.as_deref().map(blob_id).transpose()?;
    let group = args.group.as_deref().unwrap_or_default();
    block_on(async {
        let mut operator = Operator::connect(&broker).await.map_err(|error| failures::of(&error))?;
        let mut report = Report::new();
        let done = match id {
            Some(id) => operator.forget_blob(id).await.map(|chunks| report.add("chunks", chunks)),
            None => operator.forget_devices(group, &args.devices).await.map(|devices| {
                report.add("devices", devices.len());
                report.add_list(
                    "device",
                    devices.into_iter().map(|name| (name.clone(), name.into())).collect(),
                );
            }),
        };
        operator.close().await;
        done.map_err(|error| failures::of(&error))?;
        Ok(Done::new(report))
    })
}

fn blob_id(path: &std::path::Path) -> Outcome<BlobId> {
    let blob = Blob::read(path)?;
    let header_len = blob.manifest()?.payload_offset() as usize;
    Ok(BlobId::of(&blob.bytes()[..header_len]))
}
