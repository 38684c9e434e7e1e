//! A real broker, in a folder of its own, on a free port.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Debian puts it where the path of many users does not lead.
const PLACES: [&str; 2] = ["/usr/sbin/mosquitto", "mosquitto"];

pub struct Mosquitto {
    process: Child,
    folder: TempDir,
    pub port: u16,
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Mosquitto {
    /// Starts a broker that anybody may use. `settings` are further lines of its configuration.
    pub fn start(settings: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let path = folder.path().display();
        let config = format!(
            "listener {port} 127.0.0.1\npersistence true\npersistence_location {path}/\nautosave_interval 1\n{settings}\n"
        );
        let anybody = if settings.contains("allow_anonymous") { "" } else { "allow_anonymous true\n" };
        fs::write(folder.path().join("mosquitto.conf"), config + anybody).expect("a configuration");
        let process = run(&folder);
        let broker = Self { process, folder, port };
        broker.wait();
        broker
    }

    pub fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// Has it read its configuration and its access list again.
    pub fn reload(&self) {
        let told = Command::new("kill").args(["-HUP", &self.process.id().to_string()]).status();
        assert!(told.is_ok_and(|status| status.success()), "kill runs");
        std::thread::sleep(Duration::from_secs(1));
    }

    /// Kills it, so that it loses what it has not saved, and starts it again.
    pub fn kill_and_restart(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
        self.process = run(&self.folder);
        self.wait();
    }

    /// Kills it, and starts it again without anything that it had.
    pub fn restart_empty(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
        let _ = fs::remove_file(self.folder.path().join("mosquitto.db"));
        self.process = run(&self.folder);
        self.wait();
    }

    fn wait(&self) {
        let until = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < until, "the broker does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn run(folder: &TempDir) -> Child {
    let config = folder.path().join("mosquitto.conf");
    let start = |program: &str| {
        let mut command = Command::new(program);
        command.arg("-c").arg(&config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn()
    };
    PLACES.iter().find_map(|place| start(place).ok()).expect("mosquitto is there: `cargo xtask setup`")
}
