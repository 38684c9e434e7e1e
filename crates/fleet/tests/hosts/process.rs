//! Hosts that are processes of their own: this test binary, started again.

use crate::broker::connect;
use crate::work::{Work, host};
use aingle_wasm_fleet::nats::HostConfig;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const URL: &str = "AINGLE_TEST_HOST_URL";
const LEDGER: &str = "AINGLE_TEST_HOST_LEDGER";

/// A host process. It ends when it is dropped, and when the test's process does.
pub struct Process {
    child: Child,
}

impl Process {
    /// Starts a host, again if it ends before it serves, as a service manager does. Returns when it serves.
    pub fn start(url: &str, ledger: &Path) -> Self {
        (0..10).find_map(|_| Self::try_start(url, ledger)).expect("the host processes ended")
    }

    fn try_start(url: &str, ledger: &Path) -> Option<Self> {
        let mut command = Command::new(std::env::current_exe().expect("this binary"));
        command.args(["--ignored", "--exact", "process::host_process", "--nocapture"]);
        command.env(URL, url).env(LEDGER, ledger);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn();
        let mut child = child.expect("a process");
        let lines = BufReader::new(child.stdout.as_mut().expect("its output")).lines();
        let ready = lines.map_while(Result::ok).any(|line| line.ends_with("serves"));
        let process = Self { child };
        ready.then_some(process)
    }

    /// Stops it, without a word to anyone, or lets it go on.
    pub fn stop(&self, stop: bool) {
        let signal = if stop { "-STOP" } else { "-CONT" };
        let status = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(status.expect("kill runs").success());
    }

    /// Kills it, as a crash does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Not a test: what a host process does. It ends with its standard input.
#[test]
#[ignore = "what a host process does, which the tests start"]
fn host_process() {
    let (Ok(url), Ok(ledger)) = (std::env::var(URL), std::env::var(LEDGER)) else { return };
    let tokio = tokio::runtime::Runtime::new().expect("a runtime");
    let _host = tokio.block_on(async {
        let mut config = HostConfig::default();
        config.name = "process".into();
        config.in_flight = 4;
        host(connect(&url).await, config, Work::with_ledger(Path::new(&ledger))).await
    });
    println!("serves");
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    std::process::exit(0);
}
