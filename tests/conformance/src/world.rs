//! The host that the conformance guest calls.

use aingle_wasm_host_core::{HostFault, Level, Response};
use conformance::Overflow;

use conformance_guest as conformance;

/// What host functions have seen.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct World {
    /// The sum of all notifications.
    pub count: u32,
    /// The guest's log.
    pub lines: Vec<(Level, String)>,
}

impl World {
    /// `host_add`
    pub fn add(&mut self, a: u32, b: u32) -> Result<u32, Overflow> {
        a.checked_add(b).ok_or(Overflow { a, b })
    }

    /// `host_bytes`
    pub fn bytes(&mut self, len: u32) -> Vec<u8> {
        vec![0x5a; len as usize]
    }

    /// `host_count`
    pub fn count(&mut self, by: u32) {
        self.count += by;
    }
}

/// Registers everything that the conformance guest imports; both hosts have the same words for it.
#[macro_export]
macro_rules! register_world {
    ($instance:expr) => {{
        use $crate::World;
        $instance.register("host_add", |world: &mut World, a: u32, b: u32| world.add(a, b))?;
        $instance.register("host_bytes", |world: &mut World, len: u32| world.bytes(len))?;
        $instance.register("host_count", |world: &mut World, by: u32| world.count(by))?;
        $instance.register_raw("host_broken", |_: &mut World, _: &[u8], _| Err($crate::broken()))?;
        $instance.register_raw("host_lost", |_: &mut World, _: &[u8], _| Err($crate::broken()))?;
        $instance
            .register_raw("lookup", |_: &mut World, name: &[u8], answer| $crate::lookup(name, answer))?;
        $instance.register_raw("host_mirror", |_: &mut World, request: &[u8], response| {
            response.write(request);
            Ok(())
        })?;
        $instance.on_log(|world: &mut World, level, line| world.lines.push((level, line.into())))?;
    }};
}

/// `lookup`, which the guests in C and by hand call.
///
/// # Errors
/// When the directory is `down`.
pub fn lookup(name: &[u8], answer: &mut Response<'_>) -> Result<(), HostFault> {
    match name {
        b"nobody" => answer.write_error(b"no such person"),
        b"down" => return Err(HostFault::new("the directory is down")),
        name => [name, b" of ", name].iter().for_each(|part| answer.write(part)),
    }
    Ok(())
}

/// What a host function without an error of its own fails with.
#[must_use]
pub fn broken() -> HostFault {
    HostFault::new("the cable is loose")
}
