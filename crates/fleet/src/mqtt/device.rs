//! A device on Linux: an agent, over rumqttc.

use super::broker::Broker;
use super::operator::client_id;
use super::session::{RECONNECT, Session};
use crate::agent::{Agent, Next};
use aingle_wasm_update::Updater;
use embedded_storage::nor_flash::NorFlash;
use rumqttc::QoS;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Runs an agent until a module waits for its trial: then restart. A connection that ends is made again. `now` is a clock in
/// milliseconds. `between` is called after each thing that was done, and ends the run when it returns `true`: there an application confirms
/// its module, or stops.
pub async fn run<F: NorFlash>(
    broker: &Broker,
    agent: &mut Agent<'_>,
    updater: &mut Updater<F>,
    now: impl Fn() -> u64,
    mut between: impl FnMut(&mut Updater<F>) -> bool,
) {
    loop {
        if let Ok(mut session) = Session::open(broker, &client_id("device")).await {
            agent.connected();
            while let Ok(step) = step(&mut session, agent, updater, &now).await {
                if between(updater) || step {
                    let _ = session.flush("saying how it is").await;
                    session.close().await;
                    return;
                }
            }
        }
        if between(updater) {
            return;
        }
        sleep(RECONNECT).await;
    }
}

/// Does the next thing. Returns whether the device has to restart.
async fn step<F: NorFlash>(
    session: &mut Session,
    agent: &mut Agent<'_>,
    updater: &mut Updater<F>,
    now: &impl Fn() -> u64,
) -> Result<bool, super::error::FleetError> {
    match agent.poll(updater, now()) {
        Next::Subscribe(topic) => session.subscribe(topic.as_str(), QoS::AtLeastOnce).await?,
        Next::Unsubscribe(topic) => session.unsubscribe(topic.as_str()).await?,
        Next::Publish(topic, status) => session.publish(topic.as_str(), &status, true).await?,
        Next::Restart => return Ok(true),
        Next::WaitUntil(time) => {
            let wait = Duration::from_millis(time.saturating_sub(now()));
            if let Some(message) = session.next("waiting", Instant::now() + wait).await? {
                agent.receive(&message.topic, &message.payload, updater, now());
            }
        }
    }
    Ok(false)
}
