//! All devices: those that are simulated, and the board behind its gateway.

use crate::blobs::Blobs;
use crate::board::Board;
use crate::{DEVICES, Files, device};
use aingle_wasm_fleet::mqtt::{Broker, DeviceStatus, Operator};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::sleep;

pub const PREFIX: &str = "demo";
pub const GROUP: &str = "thermostats";
/// The name of the board.
pub const BOARD: &str = "board";

/// Far more than anything takes.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Devices {
    simulated: JoinSet<Result<()>>,
    _board: Board,
}

impl Devices {
    /// Starts them.
    pub fn start(files: &Files, folder: &Path, broker: &Broker, url: &str, blobs: &Blobs) -> Result<Self> {
        let mut simulated = JoinSet::new();
        for number in 0..DEVICES {
            simulated.spawn(device::live(broker.clone(), format!("d{number:02}"), blobs.first.clone()));
        }
        Ok(Self { simulated, _board: Board::start(files, folder, url)? })
    }

    /// Waits until it is so of what all devices have said last.
    pub async fn until(
        &mut self,
        broker: &Broker,
        what: &str,
        is_so: impl Fn(&[DeviceStatus]) -> bool,
    ) -> Result<Vec<DeviceStatus>> {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(ended) = self.simulated.try_join_next() {
                ended?.context("a device")?;
                bail!("a device has ended");
            }
            let devices = statuses(broker).await.unwrap_or_default();
            if devices.len() == DEVICES + 1 && is_so(&devices) {
                return Ok(devices);
            }
            if Instant::now() > end {
                let said: Vec<_> =
                    devices.iter().map(|it| format!("{} {:?}", it.device, it.status)).collect();
                bail!("not so after {} s: {what}:\n{}", PATIENCE.as_secs(), said.join("\n"));
            }
            sleep(Duration::from_millis(200)).await;
        }
    }
}

/// What the devices have said last.
pub async fn statuses(broker: &Broker) -> Result<Vec<DeviceStatus>> {
    let mut operator = Operator::connect(broker).await?;
    let devices = operator.statuses(Some(GROUP)).await?;
    operator.close().await;
    Ok(devices)
}

/// How many of them run this sequence.
pub fn running(devices: &[DeviceStatus], sequence: u32) -> usize {
    devices.iter().filter(|it| it.status.sequence == sequence).count()
}
