//! `docs/SECURITY-MODEL.md` has the defaults that the code has.

use aingle_wasm_host::{EngineConfig, ModuleLimits};
use aingle_wasm_tests::campaign::TRIALS;

const PAGE: &str = include_str!("../../../docs/SECURITY-MODEL.md");

/// The cells of the table rows of a part of the page, without their backticks.
fn rows(part: &str) -> impl Iterator<Item = Vec<String>> + '_ {
    let lines = part.lines().filter(|line| line.starts_with('|'));
    lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect())
}

/// A part of the page, from a heading to the next.
fn part(heading: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(heading).expect(heading);
    rest.split("\n#").next().unwrap_or(rest)
}

/// Checks that each field of a row has the default beside it, as the configuration prints itself. Returns how many were
/// compared.
fn compare(fields: &str, defaults: &str, printed: &str) -> usize {
    let pairs = fields.split(", ").zip(defaults.split(", "));
    let numbers = pairs.filter(|(_, default)| default.parse::<u64>().is_ok());
    let wrong = |(field, default): &(&str, &str)| {
        let field = field.rsplit('.').next().unwrap_or(field);
        let line = format!("{field}: {default}");
        !printed.split([',', '{', '}']).any(|found| found.trim() == line)
    };
    let compared: Vec<_> = numbers.collect();
    let wrong: Vec<_> = compared.iter().filter(|pair| wrong(pair)).collect();
    assert!(wrong.is_empty(), "not the code's: {wrong:?}");
    compared.len()
}

#[test]
fn the_defaults_of_the_page_are_those_of_the_code() {
    let printed = format!("{:?}", EngineConfig::default());
    let server: usize = rows(part("### A module's bytes, on a server"))
        .filter(|row| !row[2].is_empty())
        .map(|row| compare(&row[2], &row[3], &printed))
        .sum();
    let printed = printed + &constants();
    let replies: usize =
        rows(part("### What comes back")).map(|row| compare(&row[1], &row[2], &printed)).sum();
    assert!(server >= 9 && replies >= 8, "{server} and {replies} were compared");
}

/// Those that are no field, as a configuration would print them.
fn constants() -> String {
    use aingle_wasm_types::limits::{KEPT_BUFFER, MAX_LOG_LINE, MAX_MESSAGE, MAX_NESTING};
    format!(
        ", MAX_NESTING: {MAX_NESTING}, MAX_MESSAGE: {MAX_MESSAGE}, MAX_LOG_LINE: {MAX_LOG_LINE}, \
         KEPT_BUFFER: {KEPT_BUFFER}"
    )
}

#[test]
fn every_limit_of_a_module_is_on_the_page() {
    let printed = format!("{:?}", ModuleLimits::default());
    let listed = rows(part("## Limits of a module on a server")).skip(2);
    let compared: usize = listed.map(|row| compare(&row[0], &row[1], &printed)).sum();
    assert_eq!(compared, printed.matches(": ").count(), "{printed}");
}

#[test]
fn every_trial_is_on_the_page() {
    let listed: Vec<String> = rows(part("## How it is tried")).skip(2).map(|row| row[0].clone()).collect();
    let trials: Vec<&str> = TRIALS.iter().map(|trial| trial.name).collect();
    assert_eq!(listed, trials);
}
