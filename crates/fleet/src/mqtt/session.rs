//! One connection to a broker.

use super::broker::Broker;
use super::error::FleetError;
use rumqttc::{AsyncClient, ClientError, ConnectReturnCode, Event, EventLoop, MqttOptions, Packet, QoS};
use std::format;
use std::future::Future;
use std::string::{String, ToString};
use std::time::Duration;
use std::vec::Vec;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

/// Requests that wait for the client.
const REQUESTS: usize = 128;
/// Bytes of a message that are kept. None of the fleet is as long.
const KEPT: usize = 1 << 16;
/// How long to wait before connecting again.
pub const RECONNECT: Duration = Duration::from_millis(500);
/// How long a broker may take to answer.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A message that has come.
pub struct Message {
    pub topic: String,
    pub payload: Vec<u8>,
}

enum Incoming {
    Connected,
    Acknowledged,
    Message(Message),
    Ended(String),
}

/// One connection to a broker, without a session of before. It ends when this is dropped.
pub struct Session {
    client: AsyncClient,
    incoming: UnboundedReceiver<Incoming>,
    task: JoinHandle<()>,
    /// Messages that were published and are not acknowledged.
    under_way: usize,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Session {
    /// Connects a device or a gateway. A message that is longer than any of the fleet ends the connection.
    ///
    /// # Errors
    ///
    /// If the broker cannot be reached, or does not let this client in.
    pub async fn open(broker: &Broker, client: &str) -> Result<Self, FleetError> {
        Self::with(broker, broker.options(client, false)).await
    }

    /// Connects an operator. It reads messages of any length, so that it can replace those of others.
    ///
    /// # Errors
    ///
    /// If the broker cannot be reached, or does not let this client in.
    pub async fn open_operator(broker: &Broker, client: &str) -> Result<Self, FleetError> {
        Self::with(broker, broker.options(client, true)).await
    }

    async fn with(broker: &Broker, options: MqttOptions) -> Result<Self, FleetError> {
        let (client, events) = AsyncClient::new(options, REQUESTS);
        let (sender, incoming) = unbounded_channel();
        let task = tokio::spawn(forward(events, sender));
        let mut session = Self { client, incoming, task, under_way: 0 };
        let refused = |reason: String| FleetError::Connect { broker: broker.to_string(), reason };
        match timeout_at(Instant::now() + PATIENCE, session.incoming.recv()).await {
            Ok(Some(Incoming::Connected)) => Ok(session),
            Ok(Some(Incoming::Ended(reason))) => Err(refused(reason)),
            Ok(_) => Err(refused("it answers something else than MQTT 3.1.1".into())),
            Err(_) => Err(refused(format!("no answer for {} s", PATIENCE.as_secs()))),
        }
    }

    pub async fn subscribe(&self, topic: &str, qos: QoS) -> Result<(), FleetError> {
        in_time("subscribing", self.client.subscribe(topic, qos)).await
    }

    pub async fn unsubscribe(&self, topic: &str) -> Result<(), FleetError> {
        in_time("unsubscribing", self.client.unsubscribe(topic)).await
    }

    /// Publishes. That the broker has acknowledged it is what [`Self::flush`] waits for.
    pub async fn publish(&mut self, topic: &str, payload: &[u8], retain: bool) -> Result<(), FleetError> {
        self.under_way += 1;
        in_time("publishing", self.client.publish(topic, QoS::AtLeastOnce, retain, payload.to_vec())).await
    }

    /// Waits until all that was published is acknowledged. Messages that come meanwhile are dropped.
    pub async fn flush(&mut self, doing: &'static str) -> Result<(), FleetError> {
        while self.under_way > 0 {
            self.take(doing, Instant::now() + PATIENCE).await?;
        }
        Ok(())
    }

    /// Returns the next message, or `None` at this time.
    pub async fn next(&mut self, doing: &'static str, until: Instant) -> Result<Option<Message>, FleetError> {
        loop {
            match self.take(doing, until).await {
                Ok(Some(message)) => return Ok(Some(message)),
                Ok(None) => {}
                Err(FleetError::NoAnswer { .. }) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes the next event. Returns a message if it is one.
    async fn take(&mut self, doing: &'static str, until: Instant) -> Result<Option<Message>, FleetError> {
        match timeout_at(until, self.incoming.recv()).await {
            Ok(Some(Incoming::Message(message))) => Ok(Some(message)),
            Ok(Some(Incoming::Acknowledged)) => {
                self.under_way = self.under_way.saturating_sub(1);
                Ok(None)
            }
            Ok(Some(Incoming::Connected)) => Ok(None),
            Ok(Some(Incoming::Ended(reason))) => Err(FleetError::Lost { doing, reason }),
            Ok(None) => Err(FleetError::Lost { doing, reason: "it was ended before".into() }),
            Err(_) => Err(FleetError::NoAnswer { doing, seconds: PATIENCE.as_secs() }),
        }
    }

    /// Ends the connection, so that the broker does not take it for lost.
    pub async fn close(mut self) {
        if self.client.try_disconnect().is_ok() {
            let until = Instant::now() + Duration::from_secs(1);
            while let Ok(Some(_)) = timeout_at(until, self.incoming.recv()).await {}
        }
    }
}

/// Hands a request to the client. It takes none while a broker does not acknowledge those before.
async fn in_time(
    doing: &'static str,
    request: impl Future<Output = Result<(), ClientError>>,
) -> Result<(), FleetError> {
    match timeout(PATIENCE, request).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(FleetError::Lost { doing, reason: error.to_string() }),
        Err(_) => Err(FleetError::NoAnswer { doing, seconds: PATIENCE.as_secs() }),
    }
}

/// Hands on what comes, until the connection ends: the client would connect again by itself, without the subscriptions.
async fn forward(mut events: EventLoop, to: UnboundedSender<Incoming>) {
    loop {
        let incoming = match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(answer))) if answer.code == ConnectReturnCode::Success => {
                Incoming::Connected
            }
            Ok(Event::Incoming(Packet::ConnAck(answer))) => {
                Incoming::Ended(format!("the broker refuses: {:?}", answer.code))
            }
            Ok(Event::Incoming(Packet::PubAck(_))) => Incoming::Acknowledged,
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                let kept = publish.payload.len().min(KEPT);
                Incoming::Message(Message { topic: publish.topic, payload: publish.payload[..kept].to_vec() })
            }
            Ok(_) => continue,
            Err(error) => Incoming::Ended(error.to_string()),
        };
        let is_end = matches!(incoming, Incoming::Ended(_));
        if to.send(incoming).is_err() || is_end {
            return;
        }
    }
}
