//! Functions of module `env` for HTTP.

use super::memory::{range, write};
use super::state::{Call, Env, Results};
use crate::current::Current;
use crate::http::{Ended, Failure, Http, HttpConfig, Request, Response, set_header};
use crate::telemetry;
use aingle_wasm_host::NumberType::I32;
use aingle_wasm_host::{Number, PlainFunctions};
use std::ffi::CStr;
use std::sync::Arc;

/// The longest text with a NUL at its end, a body excepted, in bytes. A URL is no longer.
const MAX_TEXT: usize = 64 * 1024;

pub(super) fn register(functions: &mut PlainFunctions<Env>, config: &HttpConfig) {
    let http = Arc::new(Http::new(config.clone()));
    let http_bytes = Arc::clone(&http);
    let max_headers = config.max_request_bytes;
    let request = move |call: &mut Call<'_>, args: &[Number]| {
        let [method, url, body] = words(args)?;
        let limit = http.config.max_request_bytes;
        match if body == 0 { Ok(Vec::new()) } else { text(call, body, limit)? } {
            Ok(body) => exchange(&http, call, method, url, body),
            Err(failure) => failed(call, &failure),
        }
    };
    functions.register("env", "http_request", &[I32; 3], &[I32], request);
    let request_bytes = move |call: &mut Call<'_>, args: &[Number]| {
        let [method, url, ..] = words::<4>(args)?;
        let range = range(call, &args[2..])?;
        let limit = http_bytes.config.max_request_bytes;
        if range.len() > limit {
            return failed(call, &Failure::TooLarge { limit, found: range.len() });
        }
        let body = call.memory().get(range).unwrap_or_default().to_vec();
        exchange(&http_bytes, call, method, url, body)
    };
    functions.register("env", "http_request_bytes", &[I32; 4], &[I32], request_bytes);
    functions.register("env", "http_set_header", &[I32; 2], &[I32], move |call, args| {
        add_header(call, args, max_headers)
    });
    functions.register("env", "http_status", &[I32], &[I32], |call, args| {
        number(call, args, |response| response.status.into())
    });
    functions.register("env", "http_body_len", &[I32], &[I32], |call, args| {
        number(call, args, |response| i32::try_from(response.body.len()).unwrap_or(i32::MAX))
    });
    functions.register("env", "http_body", &[I32], &[I32], |call, args| {
        let [handle] = words(args)?;
        let place = write(call, |env| Some(&*env.http.response(handle.cast_signed())?.body));
        Ok(vec![Number::I32(place)])
    });
    functions.register("env", "http_header", &[I32; 2], &[I32], header);
    functions.register("env", "http_error", &[], &[I32], |call, _| {
        let place = write(call, |env| Some(env.http.error.as_bytes()).filter(|error| !error.is_empty()));
        Ok(vec![Number::I32(place)])
    });
}

/// Sends a request, and waits for the response. Returns its handle, or the number of a failure.
fn exchange(http: &Http, call: &mut Call<'_>, method: u32, url: u32, body: Vec<u8>) -> Results {
    let (method, url) = match (string(call, method)?, string(call, url)?) {
        (Ok(method), Ok(url)) => (method, url),
        (Err(failure), _) | (_, Err(failure)) => return failed(call, &failure),
    };
    let exchanges = &mut call.state().http;
    let limit = http.config.max_requests;
    if exchanges.sent >= limit {
        return failed(call, &Failure::TooMany { limit });
    }
    exchanges.sent += 1;
    let request = match Request::new(&method, &url, exchanges.headers.clone(), body) {
        Ok(request) => request,
        Err(failure) => return failed(call, &failure),
    };
    let current = Current::get().ok_or("no call")?;
    match current.wait(http.send(request)) {
        Some(Ok(response)) => {
            telemetry::http("ok");
            let responses = &mut call.state().http.responses;
            responses.push(response);
            Ok(vec![Number::I32(i32::try_from(responses.len()).unwrap_or(i32::MAX))])
        }
        Some(Err(Ended::Failed(failure))) => failed(call, &failure),
        Some(Err(Ended::Refused(refused))) => {
            telemetry::http("not_granted");
            let words = refused.to_string();
            tracing::warn!("{words}");
            current.refuse(refused);
            Err(words)
        }
        // The call was told to end: the guest is stopped as soon as this returns.
        None => Ok(vec![Number::I32(0)]),
    }
}

fn failed(call: &mut Call<'_>, failure: &Failure) -> Results {
    telemetry::http("failed");
    call.state().http.error = failure.to_string();
    Ok(vec![Number::I32(failure.code())])
}

/// Returns 0, or -1 for a header that a guest may not set.
fn add_header(call: &mut Call<'_>, args: &[Number], limit: usize) -> Results {
    let [name, value] = words(args)?;
    let set = match (string(call, name)?, string(call, value)?) {
        (Ok(name), Ok(value)) => set_header(&mut call.state().http.headers, &name, value.as_bytes(), limit),
        _ => false,
    };
    Ok(vec![Number::I32(if set { 0 } else { -1 })])
}

/// Returns where the header's value is; 0 for one that is not there.
fn header(call: &mut Call<'_>, args: &[Number]) -> Results {
    let [handle, name] = words(args)?;
    let Ok(name) = string(call, name)? else { return Ok(vec![Number::I32(0)]) };
    let place =
        write(call, |env| Some(env.http.response(handle.cast_signed())?.headers.get(&name)?.as_bytes()));
    Ok(vec![Number::I32(place)])
}

/// Returns a number of a response, or -1 for an unknown handle.
fn number(call: &mut Call<'_>, args: &[Number], of: impl Fn(&Response) -> i32) -> Results {
    let [handle] = words(args)?;
    let response = call.state().http.response(handle.cast_signed());
    Ok(vec![Number::I32(response.map_or(-1, of))])
}

fn words<const N: usize>(args: &[Number]) -> Result<[u32; N], String> {
    let word =
        |number: &Number| if let Number::I32(value) = number { Some(value.cast_unsigned()) } else { None };
    let words: Option<Vec<u32>> = args.iter().map(word).collect();
    words.and_then(|words| words.try_into().ok()).ok_or_else(|| "other arguments".into())
}

/// What is too long is a failure that the guest is told, and not an error that stops it.
type Text<T> = Result<Result<T, Failure>, String>;

fn string(call: &mut Call<'_>, place: u32) -> Text<String> {
    let utf8 = |bytes| String::from_utf8(bytes).map_err(|_| format!("the text at {place:#x} is not UTF-8"));
    match text(call, place, MAX_TEXT)? {
        Ok(bytes) => utf8(bytes).map(Ok),
        Err(failure) => Ok(Err(failure)),
    }
}

/// The bytes from a place to the NUL behind them, which is in the memory.
fn text(call: &mut Call<'_>, place: u32, limit: usize) -> Text<Vec<u8>> {
    let memory = call.memory();
    let size = memory.len();
    let from = memory.get(place as usize..).unwrap_or_default();
    let text = CStr::from_bytes_until_nul(from)
        .map_err(|_| format!("the text at {place:#x} has no NUL in the memory of {size} bytes"))?;
    let found = text.count_bytes();
    Ok(if found > limit { Err(Failure::TooLarge { limit, found }) } else { Ok(text.to_bytes().to_vec()) })
}
