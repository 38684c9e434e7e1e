//! What all requests to a component share.

use super::counts::Counters;
use super::proxy::Proxy;
use super::room::Places;
use crate::grants::Grants;
use crate::limits::Limits;
use crate::ticker::Ticker;
use std::sync::Arc;

/// What all requests share.
pub struct Shared {
    pub proxy: Proxy,
    pub grants: Grants,
    pub limits: Limits,
    pub places: Places,
    pub counters: Arc<Counters>,
    /// Makes the guests yield.
    pub _ticker: Ticker,
}
