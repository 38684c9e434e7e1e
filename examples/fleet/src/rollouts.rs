//! The operator: a good module, a bad one that the threshold stops, and the way back.

use crate::blobs::{Blobs, operator};
use crate::devices::{BOARD, Devices, GROUP, PREFIX, running};
use crate::server::Server;
use crate::table::Table;
use crate::{DEVICES, Files};
use aingle_wasm_fleet::Stage;
use aingle_wasm_fleet::mqtt::{Broker, Ended, Event, Plan, Rollout, Tally, Tls};
use aingle_wasm_manifest::SigningKey;
use anyhow::{Result, bail};
use std::path::Path;
use std::time::Duration;
use tokio::time::sleep;

/// Bytes of a chunk.
const CHUNK: u16 = 1024;

pub async fn play(files: &Files, folder: &Path, blobs: &Blobs, table: &mut Table) -> Result<()> {
    let mut mosquitto = Server::mosquitto(folder)?;
    let url = format!("mqtt://127.0.0.1:{}", mosquitto.port);
    let broker = Broker::new(&url, &Tls::default())?.prefix(PREFIX);
    let key = operator()?;
    let mut devices = Devices::start(files, folder, &broker, &url, blobs)?;
    let all = devices.until(&broker, "all devices are there", |_| true).await?;
    table.equal("devices that have said what they run", DEVICES + 1, all.len());

    // The broker is killed while devices fetch.
    let good = rollout(&broker, &key, &blobs.good, &[100, 500, 1_000], 0);
    let kill = async {
        sleep(Duration::from_millis(1_500)).await;
        mosquitto.kill_and_restart()
    };
    let mut events = Vec::new();
    let (ended, killed) = tokio::join!(good.run(|event| events.push(event)), kill);
    killed?;
    let tally = done(ended?)?;
    table.equal("good module: confirmed, with the broker killed once", DEVICES + 1, tally.confirmed);
    let all = devices.until(&broker, "the good module runs", |all| running(all, 2) == DEVICES + 1).await?;
    let steps = events.iter().filter(|event| matches!(event, Event::Step { .. })).count();
    table.equal("good module: steps", 3, steps);
    let board = all.iter().find(|it| it.device == BOARD).map(|it| it.status.stage.name());
    table.equal(
        "good module: the board in QEMU, behind its gateway",
        Stage::Confirmed.name(),
        board.unwrap_or("-"),
    );

    let bad = rollout(&broker, &key, &blobs.bad, &[200, 1_000], 50);
    let Ended::Paused(tally) = bad.run(|_| {}).await? else { bail!("the bad module was not stopped") };
    let failed = tally.failed.len();
    let is_right = failed > 0 && tally.targets < tally.devices;
    table.add(
        "bad module: failed before the pause",
        "some of 20 %",
        format!("{failed} of {}", tally.targets),
        is_right,
    );
    let settled = |all: &[_]| running(all, 2) == DEVICES + 1;
    let all = devices.until(&broker, "all have gone back", settled).await?;
    table.equal("bad module: devices that run the one before", DEVICES + 1, running(&all, 2));

    let back = rollout(&broker, &key, &blobs.back, &[1_000], 0);
    let tally = done(back.run(|_| {}).await?)?;
    table.equal("abort: confirmed, under a newer sequence", DEVICES + 1, tally.confirmed);
    Ok(())
}

fn rollout<'r>(
    broker: &'r Broker,
    key: &'r SigningKey,
    blob: &'r [u8],
    steps: &[u16],
    error_threshold: u16,
) -> Rollout<'r> {
    let plan = Plan { steps: steps.to_vec(), success_threshold: 1_000, error_threshold };
    Rollout { broker, key, blob, group: GROUP, chunk_len: CHUNK, plan }
}

fn done(ended: Ended) -> Result<Tally> {
    match ended {
        Ended::Done(tally) => Ok(tally),
        other => bail!("the rollout ended otherwise: {other:?}"),
    }
}
