//! Commands: programs of WASI that are run from their start to their end.

use crate::error::ErrorKind;
#[cfg(feature = "wasi")]
use aingle_wasm_values::bytes_to_json;
use serde_json::Value;

/// The function of a command, by the name that it has in programs of preview 1.
#[cfg(feature = "wasi")]
pub(super) const START: &str = "_start";

/// It in words.
pub(crate) const SIGNATURE: &str = "_start([str]) -> {status: u32, stdout, stderr}";

/// Reads the arguments of a command: an array of texts.
pub(crate) fn arguments(json: &str) -> Result<Vec<String>, ErrorKind> {
    let refuse = |at, found: &Value| Err(ErrorKind::Texts { at, found: found.to_string() });
    let value = serde_json::from_str(json).unwrap_or_else(|_| Value::from(json));
    let Value::Array(values) = &value else { return refuse(None, &value) };
    match values.iter().position(|value| !value.is_string()) {
        Some(at) => refuse(Some(at), &values[at]),
        None => Ok(values.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
    }
}

/// Returns how a command ended, as JSON.
#[cfg(feature = "wasi")]
pub(super) fn ended(status: u32, stdout: &[u8], stderr: &[u8]) -> String {
    serde_json::json!({ "status": status, "stdout": output(stdout), "stderr": output(stderr) }).to_string()
}

/// Returns text as a text, and other bytes in their form of `docs/VALUES.md`.
#[cfg(feature = "wasi")]
fn output(bytes: &[u8]) -> Value {
    let in_base64 = || serde_json::from_str(&bytes_to_json(bytes)).unwrap_or_default();
    std::str::from_utf8(bytes).map_or_else(|_| in_base64(), Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "wasi")]
    #[test]
    fn outputs_are_text_or_base64() {
        let found = ended(2, "ü".as_bytes(), &[0xff]);
        let wanted = serde_json::json!({"status": 2, "stdout": "ü", "stderr": {"base64": "/w=="}});
        assert_eq!(serde_json::from_str::<Value>(&found).unwrap(), wanted);
    }

    #[test]
    fn arguments_are_texts_and_nothing_is_coerced() {
        assert_eq!(arguments(r#"["a", "", "\u00fc"]"#).unwrap(), ["a", "", "ü"]);
        assert_eq!(arguments("[]").unwrap(), [""; 0]);
        for (json, at, found) in [
            (r#"["a", 1]"#, Some(1), "1"),
            ("[null]", Some(0), "null"),
            (r#""a""#, None, "\"a\""),
            (r#"{"a": "b"}"#, None, r#"{"a":"b"}"#),
            ("[", None, "\"[\""),
        ] {
            let Err(ErrorKind::Texts { at: place, found: text }) = arguments(json) else { panic!("{json}") };
            assert_eq!((place, text.as_str()), (at, found));
        }
    }
}
