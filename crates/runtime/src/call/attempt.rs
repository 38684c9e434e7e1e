//! Short calls on the thread of their caller.
//!
//! To hand a call to another thread costs more than a short call. So a call of a module whose calls are short is first tried
//! in the poll of its caller, with little fuel. If that is not enough, the instance is dropped, and the call is made on a thread
//! of the runtime, from the beginning. Nobody notices: only guests are tried that call no host function, and whose memory
//! nobody sees again.

use super::request::{Arguments, MAX_SHORT, Request};
use super::work::{failed, message};
use crate::current::Current;
use crate::error::ErrorKind;
use crate::module::{Export, Fault, Loaded, Payload, Taken};
use crate::stop::Stop;
use crate::telemetry::Used;
use aingle_wasm_host::{ErrorCode, HostErrorKind};
use aingle_wasm_values::Limits;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// The fuel of an attempt: some ten microseconds.
const FUEL: u64 = 16 * 1024;

/// What a reply may become in a poll.
const LIMITS: Limits = Limits { max_decoded: 64 * 1024, max_items: 4096 };

/// Tries a call on this thread, which began it at this moment. `None` if it has to be made on another one.
pub(super) fn attempt<T>(
    loaded: &Loaded,
    request: &mut Request<T>,
    stop: &Stop,
    began: Instant,
) -> Option<(Result<T, ErrorKind>, Used)> {
    let typical = loaded.counters.typical_fuel();
    // Within a host function, this thread has a call already.
    if typical == 0 || typical > FUEL / 2 || !request.arguments.is_short() || Current::is_there() {
        return None;
    }
    let export = loaded.export(&request.function).ok()?;
    let instance = loaded.take_for_attempt(stop)?;
    let mut used = Used::default();
    let run = || run(loaded, instance, export, request, stop, &mut used);
    let result = catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|panic| Some(Err(ErrorKind::HostPanic { message: message(&*panic) })));
    stop.end();
    let result = result?;
    loaded.counters.took(began.elapsed());
    stop.set_used(used);
    Some((result, used))
}

fn run<T>(
    loaded: &Loaded,
    mut instance: Taken<'_>,
    export: &Export,
    request: &mut Request<T>,
    stop: &Stop,
    used: &mut Used,
) -> Option<Result<T, ErrorKind>> {
    let arguments = std::mem::replace(&mut request.arguments, Arguments::Bytes(Vec::new()));
    let payload = match arguments.encode(&request.function, export) {
        Ok(payload) => payload,
        Err(error) => return Some(Err(error)),
    };
    let limit = request.fuel.or(loaded.config.fuel_limit);
    let fuel = limit.map_or(FUEL, |limit| limit.min(FUEL));
    let limited = instance.limit(Some(fuel), request.timeout);
    let called = limited.and_then(|()| instance.call(&request.function, &payload));
    *used = Used { fuel: instance.fuel_used(), memory: Some(instance.memory_size()) };
    // Before the instance is another's.
    stop.end();
    drop(instance);
    let result = if is_long(&called, limit.is_none_or(|limit| limit > fuel)) {
        None
    } else {
        let result = match called {
            Ok(reply) => (request.read)(&request.function, export, reply, LIMITS),
            Err(fault) => Err(failed(fault, export, stop)),
        };
        Some(result).filter(|result| !result.as_ref().is_err_and(is_large))
    };
    if result.is_none() {
        request.arguments = Arguments::Encoded(payload);
    }
    result
}

/// Whether a reply of few bytes becomes a large value.
fn is_large(error: &ErrorKind) -> bool {
    matches!(error, ErrorKind::Result(error) if error.is_limit())
}

/// Whether an attempt has a reply that may take time to read, or ran out of fuel where the call has more.
fn is_long(called: &Result<Payload, Fault>, has_more: bool) -> bool {
    match called.as_ref().map_err(Fault::of_host) {
        Ok(reply) => reply.len() > MAX_SHORT,
        Err(Some(HostErrorKind::Guest { code: ErrorCode::ApplicationTyped, .. })) => true,
        Err(Some(HostErrorKind::Guest { body, .. })) => body.len() > MAX_SHORT,
        Err(Some(HostErrorKind::OutOfFuel { .. })) => has_more,
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::as_text;
    use crate::config::{ModuleConfig, WasmConfig};
    use crate::host::HostFunctions;
    use aingle_wasm_host::Reuse;

    /// A guest that returns its bytes, and imports nothing or a host function.
    fn loaded(reuse: Reuse, import: bool) -> Loaded {
        let text = include_str!("../../../../examples/guest-wat/guest.wat");
        let lookup = r#"(import "env" "lookup" (func $lookup (param i32 i32) (result i64)))"#;
        let other = "(func $lookup (param i32 i32) (result i64) (i64.const 0))";
        let text = match (import, text.rsplit_once(')')) {
            (false, Some((start, _))) => format!("{} {other})", start.replace(lookup, "")),
            _ => text.into(),
        };
        let mut functions = HostFunctions::new();
        functions.register_bytes("lookup", |_, bytes| Ok(bytes.to_vec())).unwrap();
        let config = WasmConfig { reuse, ..Default::default() };
        let (wasm, stop) = (wat::parse_str(text).unwrap(), Stop::default());
        let own = ModuleConfig::default();
        Loaded::new("guest", &wasm, config, own, &functions.into_offered(), &stop).unwrap()
    }

    fn tried(loaded: &Loaded, arguments: &str) -> Option<String> {
        let mut request = Request {
            module: "guest".into(),
            function: "sum".into(),
            arguments: Arguments::Text(arguments.into()),
            fuel: None,
            timeout: None,
            read: as_text,
        };
        let (result, _) = attempt(loaded, &mut request, &Stop::default(), Instant::now())?;
        Some(result.unwrap())
    }

    #[test]
    fn only_what_nobody_can_notice_is_tried() {
        let guest = loaded(Reuse::Fresh, false);
        assert_eq!(tried(&guest, "[5, 3]"), None, "nobody knows yet how long calls are");
        guest.counters.ended(false, Used { fuel: Some(100), memory: None });
        assert_eq!(tried(&guest, "[5, 3]").as_deref(), Some("8"));
        let spaces = " ".repeat(MAX_SHORT);
        assert_eq!(tried(&guest, &format!("[5,{spaces}3]")), None, "the arguments are long");
        guest.counters.ended(false, Used { fuel: Some(FUEL * 8), memory: None });
        assert_eq!(tried(&guest, "[5, 3]"), None, "calls are long");
        for (reuse, import) in [(Reuse::Kept, false), (Reuse::Fresh, true)] {
            let other = loaded(reuse, import);
            other.counters.ended(false, Used { fuel: Some(100), memory: None });
            assert_eq!(tried(&other, "[5, 3]"), None, "{reuse:?}, {import}");
        }
    }
}
