//! A nats-server of a test.
#![allow(dead_code, reason = "the benchmark uses a part of it")]

use aingle_wasm_fleet::nats::{Client, ConnectOptions};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Debian puts it where the path of many users does not lead.
const PLACES: [&str; 2] = ["/usr/sbin/nats-server", "nats-server"];

/// A nats-server. It is killed when it is dropped, and when a test fails too.
pub struct Broker {
    child: Option<Child>,
    port: u16,
    folder: TempDir,
    options: Vec<String>,
}

impl Broker {
    /// Starts a server with JetStream.
    pub async fn start() -> Self {
        Self::start_with("jetstream { store_dir: \"STORE\" }\n").await
    }

    /// Starts a server with this configuration.
    pub async fn start_with(config: &str) -> Self {
        let mut folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("nats.conf");
        let store = folder.path().join("store");
        std::fs::write(&file, config.replace("STORE", store.to_str().expect("text"))).expect("written");
        let options = vec!["-c".into(), file.to_str().expect("text").into()];
        // Another program may take the port before the server does.
        for _ in 0..5 {
            let free = TcpListener::bind("127.0.0.1:0").expect("a port");
            let port = free.local_addr().expect("an address").port();
            drop(free);
            let mut broker = Self { child: None, port, folder, options: options.clone() };
            if broker.run().await {
                return broker;
            }
            folder = broker.into_folder();
        }
        panic!("nats-server does not start");
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Starts the server. Returns whether it listens.
    async fn run(&mut self) -> bool {
        let start = |program: &str| {
            let mut command = Command::new(program);
            command.args(["-a", "127.0.0.1", "-p", &self.port.to_string()]).args(&self.options);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()
        };
        let child = PLACES.iter().find_map(|place| start(place).ok());
        self.child = Some(child.expect("nats-server runs: `cargo xtask setup` installs it"));
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end {
            if ConnectOptions::new().connect(self.url()).await.is_ok() {
                return true;
            }
            if !matches!(self.child.as_mut().map(Child::try_wait), Some(Ok(None))) {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }

    /// Kills the server, as a crash does. Its storage stays.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts the server again, on the same port and storage.
    pub async fn restart(&mut self) {
        self.kill();
        assert!(self.run().await, "nats-server does not come back");
    }

    /// A client of the server, which comes back to it at once.
    pub async fn client(&self) -> Client {
        connect(&self.url()).await
    }

    fn into_folder(mut self) -> TempDir {
        self.kill();
        std::mem::replace(&mut self.folder, tempfile::tempdir().expect("a folder"))
    }

    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }
}

pub async fn connect(url: &str) -> Client {
    let options = ConnectOptions::new().reconnect_delay_callback(|_| Duration::from_millis(20));
    // A network may break the first attempts.
    for _ in 0..20 {
        if let Ok(client) = options.clone().connect(url).await {
            return client;
        }
    }
    panic!("no connection to {url}")
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
    }
}
