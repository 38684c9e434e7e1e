//! Ids of calls in a bucket of JetStream: whoever creates an entry may run the call.

mod ids;
mod record;

pub(crate) use ids::{Claim, Claimed, Ids};
pub(crate) use record::{Fingerprint, State};
