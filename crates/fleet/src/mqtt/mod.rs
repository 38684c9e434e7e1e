//! Operators, and devices on Linux, with rumqttc: publishing, statuses, rollouts.

mod broker;
mod device;
mod error;
mod gateway;
mod operator;
mod relayed;
mod retained;
mod rollout;
mod session;
mod tally;
mod watch;

pub use broker::{Broker, Tls, UrlError};
pub use device::run;
pub use error::FleetError;
pub use gateway::{Gateway, Relay};
pub use operator::{DeviceStatus, Operator, Published};
pub use rollout::{Ended, Event, Rollout};
pub use tally::{Plan, PlanError, Tally, Verdict};
pub use watch::watch;
