//! Two futures, of which the first that is ready counts.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// What was ready first.
pub(crate) enum First<A, B> {
    One(A),
    Other(B),
}

/// Waits for either of two futures, and drops the other one. `one` counts where both are ready.
pub(crate) async fn race<A, B>(one: impl Future<Output = A>, other: impl Future<Output = B>) -> First<A, B> {
    let (mut one, mut other) = (pin!(one), pin!(other));
    poll_fn(|context| {
        if let Poll::Ready(value) = one.as_mut().poll(context) {
            return Poll::Ready(First::One(value));
        }
        other.as_mut().poll(context).map(First::Other)
    })
    .await
}
