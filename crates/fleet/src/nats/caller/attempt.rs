//! One message, and its reply, or the news that no host has it.

use super::Caller;
use super::options::CallOptions;
use crate::nats::error::CallError;
use crate::nats::module_hash::ModuleHash;
use crate::nats::wire::{self, CallId, Prepared, Ran, Refusal, Reply, Request, sent_len};
use async_nats::connection::State;
use async_nats::{Client, HeaderMap, RequestErrorKind};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

/// How often the time between two probes doubles.
const DOUBLINGS: u32 = 4;

/// How often a caller without a connection looks for one.
const LOOK: Duration = Duration::from_millis(20);

/// The longest subject, in bytes. The line that has it is at most 4,096 bytes, and a broker cuts the connection of whoever sends a longer one.
const MAX_SUBJECT: usize = 2048;

/// What came of a message.
pub(super) enum Attempt {
    Replied(Reply),
    /// Nobody was there to take it.
    NoResponder,
    /// No host has it, and none answered.
    Lost,
    /// The deadline passed while a host had it, or while nothing was known.
    Late,
    /// The deadline passed before it was sent.
    NotSent,
}

impl Caller {
    /// Sends a call, and waits for its reply.
    ///
    /// # Errors
    /// Those after which another attempt is of no use.
    pub(super) async fn attempt(
        &self,
        target: &Prepared,
        request: &Request,
        payload: &[u8],
        until: Instant,
        options: &CallOptions,
    ) -> Result<Attempt, CallError> {
        let client = &self.inner.client;
        if !connected(client, until).await {
            return Ok(Attempt::NotSent);
        }
        let headers = request.encode();
        check_len(client, &target.subject, &headers, payload)?;
        let sent = async_nats::Request::new().headers(headers).payload(payload.to_vec().into()).timeout(None);
        let reply = client.send_request(target.subject.clone(), sent);
        tokio::pin!(reply);
        let mut giving_up = GivingUp { client, module: target.target.module, id: Some(request.id.clone()) };
        let mut pause = options.probes();
        let attempt = loop {
            let asked = Instant::now() + pause;
            tokio::select! {
                biased;
                reply = &mut reply => break replied(reply)?,
                // One timer for both.
                () = sleep_until(asked.min(until)) => {}
            }
            if asked >= until {
                return Ok(Attempt::Late);
            }
            let has = timeout_at(until, self.has(target, &request.id, options.probes()));
            tokio::select! {
                biased;
                reply = &mut reply => break replied(reply)?,
                has = has => match has {
                    Ok(true) => {}
                    Ok(false) => break Attempt::Lost,
                    Err(_) => return Ok(Attempt::Late),
                }
            }
            pause = (pause * 2).min(options.probes() * (1 << DOUBLINGS));
        };
        giving_up.id = None;
        Ok(attempt)
    }

    /// Returns whether a host says that it has a call.
    async fn has(&self, target: &Prepared, id: &CallId, wait: Duration) -> bool {
        let question = async_nats::Request::new().payload(id.as_str().to_owned().into()).timeout(Some(wait));
        self.inner.client.send_request(wire::who(&target.target.module), question).await.is_ok()
    }

    /// Returns whether a host is there.
    pub(super) async fn is_there(&self, host: &str, wait: Duration) -> bool {
        let question = async_nats::Request::new().timeout(Some(wait));
        self.inner.client.send_request(wire::host(host), question).await.is_ok()
    }
}

fn replied(reply: Result<async_nats::Message, async_nats::RequestError>) -> Result<Attempt, CallError> {
    match reply {
        Ok(message) => {
            let reply = Reply::decode(message.headers.as_ref(), &message.payload);
            Ok(Attempt::Replied(reply.map_err(CallError::NoReply)?))
        }
        Err(error) => match error.kind() {
            RequestErrorKind::NoResponders => Ok(Attempt::NoResponder),
            // The connection was lost with what waited on it.
            RequestErrorKind::TimedOut | RequestErrorKind::Other => Ok(Attempt::Lost),
            _ => Err(CallError::Broker { why: error.to_string(), ran: Ran::No }),
        },
    }
}

/// Waits for a connection: what is sent without one is sent whenever there is one again.
async fn connected(client: &Client, until: Instant) -> bool {
    let wait = async {
        while client.connection_state() != State::Connected {
            sleep(LOOK).await;
        }
    };
    timeout_at(until, wait).await.is_ok()
}

/// Refuses what the broker does not carry.
fn check_len(client: &Client, subject: &str, headers: &HeaderMap, payload: &[u8]) -> Result<(), CallError> {
    if subject.len() > MAX_SUBJECT {
        let (limit, found) = (MAX_SUBJECT as u64, subject.len() as u64);
        return Err(CallError::Refused(Refusal::NameTooLong { limit, found }));
    }
    let found = sent_len(headers, payload.len());
    let limit = client.max_payload();
    if found <= limit {
        return Ok(());
    }
    Err(CallError::Refused(Refusal::TooLarge { limit: limit as u64, found: found as u64 }))
}

/// Tells hosts that nobody waits for a call any more, when the deadline is over or the future is dropped.
struct GivingUp<'c> {
    client: &'c Client,
    module: ModuleHash,
    /// `None` once there is nothing to give up.
    id: Option<CallId>,
}

impl Drop for GivingUp<'_> {
    fn drop(&mut self) {
        let (Some(id), Ok(tokio)) = (self.id.take(), Handle::try_current()) else { return };
        let (client, subject) = (self.client.clone(), wire::cancel(&self.module));
        tokio.spawn(async move { client.publish(subject, id.as_str().to_owned().into()).await });
    }
}
