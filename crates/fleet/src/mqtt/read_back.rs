//! What a broker retains, read back from it: an acknowledgement says only that it has heard.

use super::error::FleetError;
use super::session::{PATIENCE, Session};
use rumqttc::QoS;
use std::collections::HashMap;
use std::string::String;
use std::vec::Vec;
use tokio::time::Instant;

/// Topics that are read at once. Brokers drop what a client cannot take in time.
const BATCH: usize = 32;

/// Returns what the broker retains under these topics, which may have wildcards. `echo` is a topic of this client's own.
///
/// The broker works through what a client sends in order. So when a message that was sent after the subscriptions comes back, all that is
/// retained has come, too.
pub async fn retained(
    session: &mut Session,
    topics: &[String],
    echo: &str,
) -> Result<HashMap<String, Vec<u8>>, FleetError> {
    const DOING: &str = "reading back over PREFIX/echo, which this client must be allowed to read and write";
    let mut found = HashMap::new();
    session.subscribe(echo, QoS::AtMostOnce).await?;
    for (number, batch) in topics.chunks(BATCH).enumerate() {
        for topic in batch {
            session.subscribe(topic, QoS::AtMostOnce).await?;
        }
        let mark = (number as u64).to_le_bytes();
        session.publish(echo, &mark, false).await?;
        let until = Instant::now() + PATIENCE;
        loop {
            let message = session.next(DOING, until).await?;
            let message =
                message.ok_or(FleetError::NoAnswer { doing: DOING, seconds: PATIENCE.as_secs() })?;
            if message.topic != echo {
                found.insert(message.topic, message.payload);
            } else if message.payload == mark {
                break;
            }
        }
        for topic in batch {
            session.unsubscribe(topic).await?;
        }
    }
    session.unsubscribe(echo).await?;
    Ok(found)
}

/// Publishes retained messages until the broker has them, and only those that it does not have.
///
/// # Errors
///
/// [`FleetError::NotKept`] if it acknowledges them, and does not have them.
pub async fn keep(
    session: &mut Session,
    messages: &[(String, &[u8])],
    echo: &str,
) -> Result<usize, FleetError> {
    const ROUNDS: u32 = 3;
    let topics: Vec<_> = messages.iter().map(|(topic, _)| topic.clone()).collect();
    let mut sent = 0;
    for round in 0..=ROUNDS {
        let found = retained(session, &topics, echo).await?;
        let is_missing =
            |(topic, bytes): &&(String, &[u8])| found.get(topic).is_none_or(|kept| kept != bytes);
        let missing: Vec<_> = messages.iter().filter(is_missing).collect();
        let Some((topic, bytes)) = missing.first() else { return Ok(sent) };
        if round == ROUNDS {
            let (topic, len) = (topic.clone(), bytes.len());
            return Err(FleetError::NotKept { topic, len, messages: missing.len(), times: ROUNDS });
        }
        for (topic, bytes) in &missing {
            session.publish(topic, bytes, true).await?;
        }
        session.flush("publishing").await?;
        sent = sent.max(missing.len());
    }
    Ok(sent)
}
