//! The example of `docs/FLEET-HOSTS.md`, byte by byte.

use super::{Answer, CallId, CallerName, Form, Reply, Request, Runs, Target};
use crate::nats::module_hash::ModuleHash;
use async_nats::HeaderMap;
use std::time::Duration;

/// Returns the code blocks of this kind, in order.
fn blocks(kind: &str) -> Vec<Vec<String>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/FLEET-HOSTS.md");
    let page = std::fs::read_to_string(path).expect("the page");
    let begin = format!("```{kind}\n");
    page.split(&begin)
        .skip(1)
        .map(|block| block.split("```").next().unwrap_or_default().lines().map(str::to_owned).collect())
        .collect()
}

fn bytes(block: &[String]) -> Vec<u8> {
    block
        .iter()
        .flat_map(|line| line.split(' '))
        .map(|hex| u8::from_str_radix(hex, 16).expect("hex"))
        .collect()
}

fn headers(block: &[String]) -> HeaderMap {
    assert_eq!(block[0], "NATS/1.0");
    let mut headers = HeaderMap::new();
    for line in &block[1..] {
        let (name, value) = line.split_once(": ").expect("a header");
        headers.insert(name, value);
    }
    headers
}

#[test]
fn the_example_of_the_page_is_what_is_sent() {
    let (texts, payloads) = (blocks("text"), blocks("hex"));
    let [subject, request, reply] = &texts[..] else { panic!("{} blocks", texts.len()) };

    let target = Target { module: ModuleHash([0; 32]), form: Form::Typed(255), function: "add".into() };
    assert_eq!(target.subject(), subject[0]);
    let sent = Request {
        id: CallId::new("Vw4LJUaQ0lc1dHd8VJ0k9S").expect("an id"),
        deadline: Duration::from_secs(30),
        runs: Runs::Repeatedly,
        caller: CallerName::new("billing").expect("a name"),
        fuel: Some(1_000_000),
        trace: None,
    };
    assert_eq!(sent.encode(), headers(request));
    assert_eq!(Request::decode(Some(&headers(request))), Ok(sent));
    let mut arguments = [0; 2];
    assert_eq!(aingle_wasm_codec::value::encode_into(&(2_u32, 3_u32), &mut arguments), Ok(2));
    assert_eq!(bytes(&payloads[0]), arguments);

    let answered = Reply {
        answer: Answer::Done(vec![5]),
        host: "host-Vw4LJUaQ0lc1dHd8VJ0kA2".into(),
        fuel: 1204,
        queued: Duration::from_micros(12),
        ran: Duration::from_micros(57),
        kept: false,
    };
    assert_eq!(answered.clone().encode(), (headers(reply), bytes(&payloads[1])));
    assert_eq!(Reply::decode(Some(&headers(reply)), &[5]), Ok(answered));
}

#[test]
fn damaged_fields_are_named() {
    use super::Refusal;
    let request = headers(&blocks("text")[1]);
    let wrong = [
        (0, "version", "one"),
        (1, "runs", "twice"),
        (2, "id", "a.b"),
        (2, "id", ""),
        (3, "deadline", "-1"),
        (3, "deadline", "+1"),
        (4, "caller", ""),
        (5, "fuel", "much"),
    ];
    let line = request.get("Aingle").expect("the header").as_str().to_owned();
    let with = |at: usize, value: &str| {
        let mut fields: Vec<_> = line.split(' ').collect();
        fields[at] = value;
        let mut headers = request.clone();
        headers.insert("Aingle", fields.join(" "));
        Request::decode(Some(&headers))
    };
    for (at, field, value) in wrong {
        assert_eq!(with(at, value), Err(Refusal::Malformed { field: field.into(), found: value.into() }));
    }
    assert_eq!(with(0, "2"), Err(Refusal::Version { expected: 1, found: 2 }));
    assert!(with(5, "- and what a newer caller adds").is_ok());
    for fields in 0..6 {
        let cut: Vec<_> = line.split(' ').take(fields).collect();
        let mut headers = request.clone();
        headers.insert("Aingle", cut.join(" "));
        assert!(matches!(Request::decode(Some(&headers)), Err(Refusal::Malformed { .. })), "{fields}");
    }
    assert!(Request::decode(None).is_err());
}
