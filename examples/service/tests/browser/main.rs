//! The page of the service, in a browser.

#[path = "../../../../crates/runtime/tests/common/mod.rs"]
mod common;

mod chromium;

use aingle_wasm_runtime::{WasmConfig, WasmRuntime};
use aingle_wasm_types::description::Kind;
use chromium::Chromium;
use common::{described, functions, math, wasm};
use serde_json::json;
use std::time::Duration;
use tokio::runtime::Runtime;

/// A type with a value of each form.
const SAMPLE: &str = "{station: str, place: enum {Roof, Cellar(u16), At{x: f32, y: f32}}, count: u64, note: Option<str>, \
    readings: [f32], tags: Map<str, i64>, raw: [u8], big: u128, fresh: bool}";

/// A guest that returns what it gets: `store` a sample, `check` a result.
fn guest() -> Vec<u8> {
    let text = include_str!("../../../guest-wat/guest.wat");
    let echo = r#"(func (export "echo")"#;
    let more = r#"(func (export "echo") (export "store") (export "check")"#;
    assert!(text.contains(echo), "the example has changed");
    let described = [
        described(Kind::Export, "store", "sample", &format!("({SAMPLE})"), SAMPLE),
        described(Kind::Export, "check", "result", "(Result<u8, str>)", "Result<u8, str>"),
    ]
    .concat();
    let text = text.replace(echo, more);
    wasm(&format!("{} {described})", text.rsplit_once(')').unwrap().0))
}

/// What both sides use to find something: an input by its label, a button by its text, and the form of a function.
const FIND: &str = r#"
    window.form = (name) => {
        const made = [...document.querySelectorAll("main details")].find((one) => one.querySelector("code")?.textContent.startsWith(name + "("));
        made.open = true;
        return made;
    };
    window.input = (name, label) => {
        const found = [...form(name).querySelectorAll("label")].find((one) => one.firstChild.textContent === label);
        return document.getElementById(found.htmlFor);
    };
    window.press = (name, text) => [...form(name).querySelectorAll("button")].find((one) => (one.ariaLabel ?? one.textContent) === text).click();
    window.outcome = (name) => form(name).querySelector(".outcome")?.innerText ?? "";
    window.choose = (name) => [...document.querySelectorAll("nav button")].find((one) => one.querySelector("strong").textContent === name)?.click();
    true
"#;

/// Opens the forms of functions.
fn open(page: &mut Chromium, functions: &[&str]) {
    for function in functions {
        page.until(&format!("form('{function}').querySelector('form')"));
    }
}

struct Service {
    address: String,
    runtime: WasmRuntime,
    tokio: Runtime,
}

/// Starts the service with two modules, of which one has a name of HTML.
fn service() -> Service {
    let tokio = Runtime::new().unwrap();
    let (functions, _told) = functions(false);
    let config = WasmConfig { max_execution_time: Duration::from_millis(200), ..Default::default() };
    let runtime = WasmRuntime::with_functions(config, functions).unwrap();
    let address = tokio.block_on(async {
        runtime.load_module("math", math()).await.unwrap();
        runtime.load_module("<b id=bold>guest</b>", guest()).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = wasm_service::app(runtime.clone(), String::new);
        tokio::spawn(async move { axum::serve(listener, app).await });
        format!("http://{address}/")
    });
    Service { address, runtime, tokio }
}

#[test]
fn a_person_sees_modules_and_types_and_makes_calls() {
    let service = service();
    let mut page = Chromium::start(&service.address);
    page.value(FIND);

    // By the keyboard alone: a module, a function, its arguments, the call.
    page.until("document.querySelectorAll('nav button').length === 2");
    page.tab_to("focused.innerText.startsWith('math')");
    page.press("Enter");
    page.until("document.querySelector('main h2')?.textContent === 'math'");
    page.tab_to("focused.innerText === 'add(left: i32, right: i32) -> i32'");
    page.press("Enter");
    page.tab_to("focused.labels?.[0]?.innerText === 'lefti32'");
    page.type_text("5");
    page.press("Tab");
    page.type_text("2147483648");
    page.press("Enter");
    page.until(
        "input('add', 'right').ariaInvalid === 'true' && document.activeElement === input('add', 'right')",
    );
    let why = page
        .value("document.getElementById(input('add', 'right').getAttribute('aria-describedby')).innerText");
    assert_eq!(why, "Expected: an integer from -2147483648 to 2147483647.");
    page.value("document.activeElement.select()");
    page.type_text("3");
    page.press("Enter");
    let outcome = page.until("outcome('add').startsWith('ok') && outcome('add')");
    let lines: Vec<&str> = outcome.as_str().unwrap().lines().filter(|line| !line.is_empty()).collect();
    assert_eq!((lines[0], lines[2]), ("ok", "8"));
    assert!(lines[1].contains("ms, fuel "), "{outcome}");

    open(&mut page, &["wide", "abort", "spin", "divide"]);
    // Integers of 64 bits keep their digits, both ways.
    page.value("input('wide', 'value').value = '-9223372036854775807', press('wide', 'Call')");
    page.until("outcome('wide').endsWith('\\n-9223372036854775807')");

    // Errors have their kinds: a trap, and time that is over.
    page.value("press('abort', 'Call')");
    page.until("outcome('abort').startsWith('trap') && outcome('abort').includes('unreachable')");
    page.value("press('spin', 'Call')");
    page.until("outcome('spin').startsWith('timeout') && outcome('spin').includes('may succeed later')");
    let made = page.value(
        "input('divide', 'left').value = '17', input('divide', 'right').value = '5',
         press('divide', 'Take from the form'), form('divide').querySelector('form + details textarea').value",
    );
    assert_eq!(made, "[17,5]");
    page.value(
        "form('divide').querySelector('form + details textarea').value = '[1]', press('divide', 'Call with this JSON')",
    );
    page.until("outcome('divide').startsWith('arguments') && outcome('divide').includes('argument 2 `right` is missing')");

    // Calls are shown as they come, those of others, too.
    let other = service.runtime.execute("math", "add", json!({"left": 1}));
    service.tokio.block_on(other).unwrap_err();
    page.until("document.querySelector('#calls tr td:nth-child(8)').innerText.includes('argument 2 `right` is missing')");
    page.value("document.getElementById('failed').click()");
    page.until(
        "[...document.querySelectorAll('#calls tr')].filter((row) => row.checkVisibility()).length === 4",
    );
    page.until(
        "[...document.querySelectorAll('nav button')].at(-1).innerText.includes('6 calls, 4 failed, 0 run')",
    );
    assert_eq!(page.complaints, [""; 0]);
}

#[test]
fn json_is_read_however_long_its_texts_are() {
    let service = service();
    let mut page = Chromium::start(&service.address);
    // The page's own script, which it keeps to itself.
    let script = include_str!("../../../../crates/runtime/src/service/page/json.js");
    page.value(&format!("{script}; true"));
    for (read, wanted) in [
        (r#"readJson(`[1, "${'x'.repeat(2e7)}", 2]`)[1].length"#, json!(20_000_000)),
        (r#"readJson(`[1, "${'\\n'.repeat(2e7)}", 2]`)[1].length"#, json!(20_000_000)),
        (r#"readJson(`[1, "${'\\\\'.repeat(2e7)}", 2]`)[1].length"#, json!(20_000_000)),
        (r#"readJson(String.raw`["a\\", "\"", "\\\"", ""]`).join("|")"#, json!(r#"a\|"|\"|"#)),
        (r#"[...readJson(String.raw`{"\"": "\u00e9"}`).entries()].join()"#, json!("\",é")),
    ] {
        assert_eq!(page.value(read), wanted, "{read}");
    }
    for text in [r#"["a"#, r#"["a\"]"#, r#""a"b"#, r#"""#] {
        let read = format!(
            "(() => {{ try {{ return readJson({}) }} catch (error) {{ return error.name }} }})()",
            json!(text)
        );
        assert_eq!(page.value(&read), "SyntaxError", "{text}");
    }
    assert_eq!(page.complaints, [""; 0]);
}

#[test]
fn a_form_has_each_kind_of_type_and_texts_of_guests_are_texts() {
    let service = service();
    let mut page = Chromium::start(&service.address);
    page.value(FIND);
    page.until("document.querySelectorAll('nav button').length === 2");
    page.value("choose('<b id=bold>guest</b>')");
    page.until("document.querySelector('main h2')?.textContent === '<b id=bold>guest</b>'");
    open(&mut page, &["store", "check", "echo"]);
    let text = "<img src=x onerror=\"document.title='run'\">\n\u{1F980}";
    page.value(&format!(
        "input('store', 'station').value = {}, input('store', 'count').value = '18446744073709551615'",
        json!(text)
    ));
    page.value(
        "input('store', 'variant').value = 'At', input('store', 'variant').onchange(),
         input('store', 'x').value = '-0.0', input('store', 'y').value = 'NaN'",
    );
    page.value(
        "input('store', 'has a value').click(), input('store', 'value').value = 'a note',
         press('store', 'Add item to readings'), input('store', 'item').value = '21.5',
         press('store', 'Add entry to tags'), input('store', 'key').value = 'low',
         [...form('store').querySelectorAll('[aria-label=\"entry of tags\"] input')].at(-1).value = '-9007199254740993'",
    );
    page.value(
        "input('store', 'written as').value = 'hexadecimal', input('store', 'content').value = '00 ff',
         input('store', 'big').value = '340282366920938463463374607431768211455', input('store', 'fresh').click(),
         press('store', 'Call')",
    );
    let outcome = page.until(
        "outcome('store').startsWith('ok') && form('store').querySelector('.outcome pre').textContent",
    );
    let wanted = format!(
        "{{\n  \"station\": {},\n  \"place\": {{\n    \"At\": {{\n      \"x\": -0.0,\n      \"y\": \"NaN\"\n    }}\n  }},\n  \
         \"count\": 18446744073709551615,\n  \"note\": \"a note\",\n  \"readings\": [21.5],\n  \
         \"tags\": {{\n    \"low\": -9007199254740993\n  }},\n  \"raw\": {{\n    \"base64\": \"AP8=\"\n  }},\n  \
         \"big\": \"340282366920938463463374607431768211455\",\n  \"fresh\": true\n}}",
        json!(text)
    );
    assert_eq!(outcome.as_str().unwrap(), wanted);

    // The error that a guest returned, with its value.
    page.value(
        "input('check', 'variant').value = 'Err', input('check', 'variant').onchange(),
         input('check', 'Err').value = '<script>', press('check', 'Call')",
    );
    page.until("outcome('check').startsWith('guest') && outcome('check').endsWith('\"<script>\"')");
    // Bytes in, bytes out.
    page.value("input('echo', 'content').value = '<i>', press('echo', 'Call')");
    page.until("outcome('echo').includes('3 bytes, as text:\\n<i>')");

    assert_eq!(page.value("document.querySelectorAll('#bold, img, i, main script').length"), 0);
    assert_eq!(page.value("document.title"), "WebAssembly modules");
    // Each input has a name, and none leads out of the page.
    let named = "[...document.querySelectorAll('input, select, textarea')].every((one) => one.labels.length || one.ariaLabel)";
    assert_eq!(page.value(named), true);
    assert_eq!(page.complaints, [""; 0]);

    // What the policy forbids is forbidden: another script, HTML of a text, another host.
    for tried in [
        "document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.run = 1' })), window.run",
        "document.body.innerHTML = '<p>'",
        "fetch('http://127.0.0.1:9/')",
    ] {
        let forbidden =
            page.value(&format!("(async () => ({tried}))().then((it) => it ?? 'no', () => 'no')"));
        assert_eq!(forbidden, "no", "{tried}");
    }

    // A module that is gone is gone from the page, and another one is there.
    service.runtime.unload_module("math").unwrap();
    page.until("document.querySelectorAll('nav button').length === 1");
    service.runtime.clear_modules();
    page.until("document.querySelector('main').innerText.includes('is not loaded')");
}
