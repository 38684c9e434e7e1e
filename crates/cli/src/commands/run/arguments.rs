//! Arguments of the command line as JSON.

use crate::failure::{Failure, Kind, Outcome};
use serde::de::IgnoredAny;

/// Checks what `--args` holds.
pub fn json_arguments(json: &str) -> Outcome<String> {
    if json.trim_start().starts_with(['[', '{']) {
        return Ok(json.to_owned());
    }
    let message = "--args: expected a JSON array, or an object by the names of the parameters";
    Err(Failure::new(Kind::Arguments, message))
}

/// Joins arguments of the command line to a JSON array.
pub fn array(arguments: &[String]) -> Outcome<String> {
    for (at, argument) in arguments.iter().enumerate() {
        if let Err(error) = serde_json::from_str::<IgnoredAny>(argument) {
            let message = format!(
                "argument {}: expected one JSON value, found `{argument}` ({error}). A text is in double quotes, which the \
                 shell leaves if single ones are around them: '\"text\"'",
                at + 1
            );
            return Err(Failure::new(Kind::Arguments, message));
        }
    }
    Ok(format!("[{}]", arguments.join(",")))
}

/// How many names a message has.
const SHOWN: usize = 100;

/// Returns the failure for a function that is not there.
pub fn none_of(names: &[&str], what: &str) -> Failure {
    let has = match (names, names.len().saturating_sub(SHOWN)) {
        ([], _) => "none".into(),
        (_, 0) => names.join(", "),
        (_, more) => format!("{}, and {more} more", names[..SHOWN].join(", ")),
    };
    Failure::new(Kind::Usage, format!("{what}: the module has {has}"))
}
