//! Tables of `docs/MANIFEST.md` that have to agree with the code.

use aingle_wasm_manifest::{DOMAIN, MAX_KEYS, Refusal, field};

const PAGE: &str = include_str!("../../../docs/MANIFEST.md");

/// The first two cells of each row whose first is a number, below a heading.
fn rows(heading: &str) -> Vec<(u32, &'static str)> {
    let section =
        PAGE.split("\n#").find(|section| section.trim_start_matches(['#', ' ']).starts_with(heading));
    section
        .unwrap_or_else(|| panic!("no heading `{heading}`"))
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| ")?.split(" | ");
            let number = cells.next()?.parse().ok()?;
            Some((number, cells.next()?.trim_end_matches(" |")))
        })
        .collect()
}

#[test]
fn codes_of_refusals_are_those_of_the_page() {
    let found: Vec<_> =
        rows("What a device checks").into_iter().map(|(code, words)| (code, Some(words))).collect();
    let expected: Vec<_> =
        (1..=u8::MAX).map_while(|code| Some((u32::from(code), Some(Refusal::describe(code)?)))).collect();
    assert_eq!(found, expected);
}

#[test]
fn keys_of_fields_are_those_of_the_page() {
    let expected = [
        (field::MODULE_ID, "module_id"),
        (field::SEQUENCE, "sequence"),
        (field::KIND, "kind"),
        (field::ENTRY, "entry"),
        (field::PAYLOAD_LEN, "payload_len"),
        (field::PAYLOAD_SHA256, "payload_sha256"),
        (field::KEY_ID, "key_id"),
        (field::TARGET, "target"),
        (field::ENGINE, "engine"),
        (field::TRIPLE, "triple"),
        (field::ABI, "abi"),
        (field::MEMORY, "memory"),
        (field::STACK, "stack"),
        (field::FUEL, "fuel"),
        (field::DEPTH, "depth"),
        (field::BASE_SHA256, "base_sha256"),
        (field::BASE_LEN, "base_len"),
        (field::MODULE_LEN, "module_len"),
        (field::MODULE_SHA256, "module_sha256"),
        (field::SOURCE_SHA256, "source_sha256"),
        (field::PADDING, "padding"),
    ];
    assert_eq!(rows("Fields"), expected);
    assert!(PAGE.contains(&format!("A key from 21 to {} is refused", field::FIRST_IGNORED - 1)));
}

#[test]
fn constants_are_those_of_the_page() {
    assert!(PAGE.contains(&format!("16 bytes, `{}`", std::str::from_utf8(DOMAIN).unwrap())));
    assert!(PAGE.contains(&format!("A list has at most {MAX_KEYS} keys")));
}
