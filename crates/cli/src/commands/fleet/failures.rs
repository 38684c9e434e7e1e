//! Errors of a fleet, as failures of a command.

use crate::failure::{Failure, Kind};
use aingle_wasm_fleet::mqtt::FleetError;

/// Returns the failure of an error.
pub fn of(error: &FleetError) -> Failure {
    let kind = match error {
        FleetError::Blob(_) | FleetError::TooLong { .. } => Kind::Input,
        FleetError::Chunk { .. } | FleetError::Name { .. } | FleetError::NothingAnnounced { .. } => {
            Kind::Usage
        }
        FleetError::Announced { .. } => Kind::Refused,
        _ => Kind::Line,
    };
    Failure::new(kind, error)
}
