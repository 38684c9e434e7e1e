//! `fleet`: modules to devices over an MQTT broker, and calls to hosts over NATS.

mod change;
mod connect;
mod failures;
mod forget;
mod gateway;
mod nats;
mod publish;
mod rollout;
mod status;

use super::done::Done;
use crate::failure::Outcome;
use crate::fleet_args::{FleetArgs, FleetCommand};

pub(super) fn run(args: &FleetArgs, json: bool) -> Outcome<Done> {
    match &args.command {
        FleetCommand::Publish(args) => publish::run(args),
        FleetCommand::Rollout(args) => rollout::run(args, json),
        FleetCommand::Status(args) => status::run(args, json),
        FleetCommand::Pause(args) => change::run(args, true),
        FleetCommand::Resume(args) => change::run(args, false),
        FleetCommand::Forget(args) => forget::run(args),
        FleetCommand::Gateway(args) => gateway::run(args),
        FleetCommand::Abort(args) => publish::abort(args),
        FleetCommand::Host(args) => nats::host(args),
        FleetCommand::Call(args) => nats::call(args),
        FleetCommand::Serve(args) => nats::serve(args),
        FleetCommand::Store(args) => nats::store(args),
        FleetCommand::Accounts(args) => nats::accounts(args),
    }
}
