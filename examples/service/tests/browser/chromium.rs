//! Chromium without a window, driven by its DevTools protocol over pipes: messages of JSON, each with a NUL behind it.

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// Longer than anything here takes. A test that comes to it has failed.
const LONG: Duration = Duration::from_secs(60);

pub struct Chromium {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    sent: u64,
    session: Option<String>,
    /// What went wrong on the page: exceptions, and what its policy forbade.
    pub complaints: Vec<String>,
    _profile: TempDir,
}

impl Chromium {
    /// Starts it with a page that shows this address.
    pub fn start(address: &str) -> Self {
        let there = Command::new("chromium").arg("--version").output();
        assert!(there.is_ok(), "chromium is there: `cargo xtask setup` installs it");
        let profile = tempfile::tempdir().unwrap();
        let mut child = Command::new("sh")
            .args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#, "chromium"])
            .args(["--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu"])
            // It runs as root where tests do, and in containers without much shared memory.
            .args(["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (send, from) = channel();
        thread::spawn(move || {
            let messages = BufReader::new(output).split(0).map_while(Result::ok);
            for message in messages {
                let message = serde_json::from_slice(&message).expect("JSON");
                if send.send(message).is_err() {
                    break;
                }
            }
        });
        let mut browser =
            Self { child, to, from, sent: 0, session: None, complaints: Vec::new(), _profile: profile };
        let page = browser.ask("Target.createTarget", json!({ "url": "about:blank" }))["targetId"].clone();
        let attached = browser.ask("Target.attachToTarget", json!({ "targetId": page, "flatten": true }));
        browser.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Runtime", "Log", "Page"] {
            browser.ask(&format!("{domain}.enable"), json!({}));
        }
        browser.ask("Page.navigate", json!({ "url": address }));
        browser.until("document.readyState === 'complete'");
        browser
    }

    /// Sends a command, and returns its result.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        self.sent += 1;
        let mut message = json!({ "id": self.sent, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let mut found = self.from.recv_timeout(LONG).unwrap_or_else(|_| panic!("{method} has no answer"));
            match found["method"].as_str() {
                // An answer with a status of an error is none.
                Some("Log.entryAdded") if found["params"]["entry"]["source"] == "network" => {}
                Some("Runtime.exceptionThrown" | "Log.entryAdded") => {
                    self.complaints.push(found["params"].to_string());
                }
                _ if found["id"] == self.sent => {
                    assert!(found["error"].is_null(), "{method}: {}", found["error"]);
                    return found["result"].take();
                }
                _ => {}
            }
        }
    }

    /// Returns what an expression is on the page.
    pub fn value(&mut self, expression: &str) -> Value {
        let options = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut found = self.ask("Runtime.evaluate", options);
        assert!(found["exceptionDetails"].is_null(), "{expression}: {}", found["exceptionDetails"]);
        found["result"]["value"].take()
    }

    /// Waits until an expression is true on the page, and returns what it is.
    pub fn until(&mut self, expression: &str) -> Value {
        let wait = format!(
            "new Promise((done) => {{
                const began = Date.now();
                const look = () => {{
                    const found = ({expression});
                    if (found || Date.now() - began > 30000) done(found);
                    else setTimeout(look, 10);
                }};
                look();
            }})"
        );
        let found = self.value(&wait);
        let is_so = !matches!(found, Value::Null | Value::Bool(false));
        let page = if is_so { Value::Null } else { self.value("document.body.innerText") };
        assert!(is_so, "{expression} has to come: {page}");
        found
    }

    /// Types a text where the focus is.
    pub fn type_text(&mut self, text: &str) {
        self.ask("Input.insertText", json!({ "text": text }));
    }

    /// Presses a key.
    pub fn press(&mut self, key: &str) {
        let (code, text) = match key {
            "Enter" => (13, "\r"),
            "Space" => (32, " "),
            "Tab" => (9, ""),
            other => panic!("no key {other}"),
        };
        let name = if key == "Space" { " " } else { key };
        for (kind, text) in [("keyDown", text), ("keyUp", "")] {
            let event = json!({ "type": kind, "key": name, "code": key, "windowsVirtualKeyCode": code, "text": text });
            self.ask("Input.dispatchKeyEvent", event);
        }
    }

    /// Goes on with the key Tab until the element that has the focus is so.
    pub fn tab_to(&mut self, is: &str) {
        let is = format!("((focused) => {is})(document.activeElement)");
        for _ in 0..60 {
            if self.value(&is) == true {
                return;
            }
            self.press("Tab");
        }
        panic!("the key Tab does not lead to {is}");
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
