//! Takes a signed module as a device of a fleet does. An MQTT client would bring the messages; here they are in the image.

use crate::boot::Slots;
use crate::built_in::{BLOB, CHUNK};
use crate::keys;
use aingle_wasm_fleet::{Agent, Config, Next, Topic};
use aingle_wasm_manifest::Key;
use aingle_wasm_update::UpdateError;
use cortex_m::singleton;

/// What the broker retains for the group.
static ANNOUNCEMENT: &[u8] = include_bytes!(env!("ANNOUNCEMENT"));

pub fn receive(slots: &mut Slots) -> Result<(), UpdateError> {
    let operators = singleton!(: [Key; 1] = [Key::module(keys::OPERATOR)]).ok_or(UpdateError::NoTransfer)?;
    let config = Config::new("aingle", "thermostats", "board", operators);
    let updater = slots.modules_mut();
    let agent = Agent::new(config, updater, None).map_err(|_| UpdateError::NoTransfer)?;
    let agent = singleton!(: Agent<'static> = agent).ok_or(UpdateError::NoTransfer)?;
    agent.connected();
    let mut asked = None;
    loop {
        match agent.poll(updater, 0) {
            Next::Subscribe(topic) => asked = Some(topic),
            Next::Unsubscribe(_) | Next::Publish(..) => {}
            Next::Restart => return Ok(()),
            Next::WaitUntil(_) => match asked.take() {
                Some(topic) => agent.receive(topic.as_str(), retained(&topic), updater, 0),
                None => return Err(UpdateError::NoTransfer),
            },
        }
    }
}

/// Returns what the broker retains under a topic.
fn retained(topic: &Topic) -> &'static [u8] {
    match topic.as_str().rsplit_once('/').and_then(|(_, index)| index.parse::<usize>().ok()) {
        Some(index) => BLOB.chunks(CHUNK).nth(index).unwrap_or_default(),
        None => ANNOUNCEMENT,
    }
}
