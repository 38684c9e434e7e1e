//! What a host is configured with.

use std::time::Duration;

/// Configuration of a host.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HostConfig {
    /// The beginning of the host's name. Each process adds something of its own. Default: `host`.
    pub name: String,
    /// Calls that run at once. Default: two for each processor.
    pub in_flight: usize,
    /// Calls that wait; what comes beyond them is refused at once. Default: 1,024.
    pub queue: usize,
    /// The largest payload, in bytes. Default: `None`, what the broker carries.
    pub max_payload: Option<u64>,
    /// The most fuel of a call. A caller can ask for less. Default: `None`, what [`Serve`](crate::nats::Serve) gives.
    pub fuel: Option<u64>,
    /// How calls that run once are remembered. `None`: such calls are refused, and no JetStream is needed.
    pub once: Option<OnceConfig>,
}

/// How calls that run once are remembered: in a bucket that all hosts and callers of a server share.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OnceConfig {
    /// How long an id is remembered. A deadline may have a quarter of it. Default: one hour.
    pub age: Duration,
    /// The size of the bucket, in bytes. A full one refuses calls. Default: 256 MiB.
    pub bytes: u64,
    /// The largest reply that is kept, in bytes, for callers who lost it. Default: 64 KiB.
    pub keep: usize,
    /// Servers that have a copy. Default: 1.
    pub replicas: usize,
}

impl Default for HostConfig {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            name: "host".into(),
            in_flight: 2 * processors,
            queue: 1024,
            max_payload: None,
            fuel: None,
            once: Some(OnceConfig::default()),
        }
    }
}

impl Default for OnceConfig {
    fn default() -> Self {
        Self { age: Duration::from_secs(3600), bytes: 256 << 20, keep: 64 << 10, replicas: 1 }
    }
}
