//! What devices say, as they say it.

use super::broker::Broker;
use super::error::FleetError;
use super::operator::{DeviceStatus, client_id, device_status, name};
use super::session::{PATIENCE, Session};
use rumqttc::QoS;
use std::format;
use tokio::time::Instant;

/// Hands on what devices say, of one group or of all, beginning with what each has said last, until `each` returns `false`.
///
/// # Errors
///
/// If the prefix or the group is no name; if the broker cannot be reached, or the connection ends.
pub async fn watch(
    broker: &Broker,
    group: Option<&str>,
    mut each: impl FnMut(DeviceStatus) -> bool,
) -> Result<(), FleetError> {
    let prefix = &broker.prefix;
    name(prefix)?;
    group.map(name).transpose()?;
    let mut session = Session::open_operator(broker, &client_id("watch")).await?;
    session.subscribe(&format!("{prefix}/status/{}/+", group.unwrap_or("+")), QoS::AtMostOnce).await?;
    loop {
        let Some(message) = session.next("watching the devices", Instant::now() + PATIENCE).await? else {
            continue;
        };
        if let Some(status) = device_status(prefix, &message.topic, &message.payload)
            && !each(status)
        {
            session.close().await;
            return Ok(());
        }
    }
}
