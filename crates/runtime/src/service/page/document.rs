//! The document, which loads nothing else.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = concat!(
    include_str!("json.js"),
    include_str!("elements.js"),
    include_str!("editors.js"),
    include_str!("form.js"),
    include_str!("live.js")
);

/// The document and its policy: this style and this script, requests to where it comes from, and nothing else. No script can
/// make HTML of a text.
static PAGE: LazyLock<(String, String)> = LazyLock::new(|| {
    let document = include_str!("page.html").replace("/* style */", STYLE).replace("/* script */", SCRIPT);
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; connect-src 'self'; img-src data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    (document, policy)
});

fn hash(text: &str) -> String {
    format!("'sha256-{}'", Base64::encode_string(&Sha256::digest(text)))
}

pub(super) async fn document() -> Response {
    let (document, policy) = &*PAGE;
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, policy.as_str()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, document.as_str()).into_response()
}
