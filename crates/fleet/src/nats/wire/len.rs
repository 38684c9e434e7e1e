//! The length of a message, as the broker counts it.

use async_nats::HeaderMap;

/// Returns what the broker compares with its limit: headers and payload, in bytes.
pub(crate) fn sent_len(headers: &HeaderMap, payload: usize) -> usize {
    let lines = headers.iter().flat_map(|(name, values)| {
        let name: &str = name.as_ref();
        values.iter().map(move |value| name.len() + ": ".len() + value.as_str().len() + "\r\n".len())
    });
    "NATS/1.0\r\n\r\n".len() + lines.sum::<usize>() + payload
}
