#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

mod agent;
mod announcement;
mod bytes;
#[cfg(feature = "mqtt")]
pub mod mqtt;
#[cfg(feature = "nats")]
pub mod nats;
mod status;
mod topic;

pub use agent::{Agent, Config, ConfigError, Next, Timing};
pub use announcement::{Announcement, AnnouncementError, BlobId, DOMAIN, MAX_ANNOUNCEMENT, share_of};
pub use status::{Stage, Status};
pub use topic::{MAX_NAME, MAX_TOPIC, NameError, Topic, check_name};
