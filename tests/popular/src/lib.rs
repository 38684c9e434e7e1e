//! A guest that calls popular crates, whose calls nest deeply: the default depth has to be enough for them.
#![no_std]

extern crate alloc;

use aingle_wasm_guest::prelude::*;
use alloc::string::{String, ToString};
use regex::Regex;
use serde_json::Value;

/// The first match of a pattern in a text.
#[export]
fn find(pattern: &str, text: &str) -> Result<Option<String>, String> {
    let regex = Regex::new(pattern).map_err(|error| error.to_string())?;
    Ok(regex.find(text).map(|found| found.as_str().into()))
}

/// A text of JSON, read and written again.
#[export]
fn rewrite(json: &str) -> Result<String, String> {
    let value: Value = serde_json::from_str(json).map_err(|error| error.to_string())?;
    serde_json::to_string(&value).map_err(|error| error.to_string())
}
