#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "std")]
extern crate std;

mod agent;
mod announcement;
mod bytes;
#[cfg(feature = "mqtt")]
pub mod mqtt;
mod status;
mod topic;

pub use agent::{Agent, Config, ConfigError, Next, Timing};
pub use announcement::{Announcement, AnnouncementError, BlobId, DOMAIN, MAX_ANNOUNCEMENT, share_of};
pub use status::{Stage, Status};
pub use topic::{MAX_NAME, MAX_TOPIC, NameError, Topic, check_name};
