//! Sends replies, those together that are ready at the same time.

use crate::nats::wire::Reply;
use async_nats::{Client, Subject};
use tokio::sync::{mpsc, oneshot};

/// Replies that wait to be sent. Beyond that, calls wait with theirs.
const WAITING: usize = 4096;

/// Where replies go.
#[derive(Debug, Clone)]
pub(super) struct Replies {
    client: Client,
    queue: mpsc::Sender<Out>,
}

#[derive(Debug)]
enum Out {
    Reply(Subject, Box<Reply>),
    /// Told when all that came before was sent.
    Sent(oneshot::Sender<()>),
}

impl Replies {
    /// Starts the task that sends. It ends with the last one who can have a reply to send.
    pub(super) fn new(client: Client) -> Self {
        let (queue, replies) = mpsc::channel(WAITING);
        tokio::spawn(send_all(client.clone(), replies));
        Self { client, queue }
    }

    /// Sends a reply. One that is `alone` need not wait for others.
    pub(super) async fn send(&self, to: Subject, reply: Reply, alone: bool) {
        if alone {
            return publish(&self.client, to, reply).await;
        }
        // The task does not end before this.
        let _ = self.queue.send(Out::Reply(to, Box::new(reply))).await;
    }

    /// Waits until all replies were sent that are in the queue.
    pub(super) async fn sent(&self) {
        let (tell, told) = oneshot::channel();
        if self.queue.send(Out::Sent(tell)).await.is_ok() {
            let _ = told.await;
        }
    }
}

async fn send_all(client: Client, mut replies: mpsc::Receiver<Out>) {
    while let Some(first) = replies.recv().await {
        // Other calls that are ready end now, and one write to the server has all their replies.
        tokio::task::yield_now().await;
        let mut next = Some(first);
        while let Some(out) = next {
            match out {
                Out::Reply(to, reply) => publish(&client, to, *reply).await,
                Out::Sent(tell) => drop(tell.send(())),
            }
            next = replies.try_recv().ok();
        }
    }
}

async fn publish(client: &Client, to: Subject, reply: Reply) {
    let (headers, body) = reply.encode();
    // A connection that is lost loses it; the caller asks again then.
    let _ = client.publish_with_headers(to, headers, body.into()).await;
}
