//! Programs that go on, and brokers among them. They end with the demo.

use anyhow::{Context, Result, bail};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Debian puts servers where the path of many users does not lead.
const PLACE: &str = "/usr/sbin";
const PATIENCE: Duration = Duration::from_secs(20);

/// A program that goes on, until it is killed or dropped.
pub struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Program {
    /// Starts it. What it says is not heard, except with `FLEET_VERBOSE` in the environment.
    pub fn start(command: &mut Command) -> Result<Self> {
        command.stdin(Stdio::null());
        if std::env::var_os("FLEET_VERBOSE").is_none() {
            command.stdout(Stdio::null()).stderr(Stdio::null());
        }
        let name = command.get_program().to_string_lossy().into_owned();
        Ok(Self(command.spawn().with_context(|| format!("{name} does not start"))?))
    }

    /// Ends it at once, whatever it is doing.
    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server of this machine, on a port of its own.
pub struct Server {
    program: Program,
    name: &'static str,
    arguments: Vec<String>,
    pub port: u16,
}

impl Server {
    /// Starts mosquitto, which keeps what it retains in this folder.
    pub fn mosquitto(folder: &Path) -> Result<Self> {
        let port = free_port()?;
        let config = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {}/\nautosave_interval 1\n",
            folder.display()
        );
        let config = crate::write(folder, "mosquitto.conf", config.as_bytes())?;
        Self::start("mosquitto", vec!["-c".into(), config.display().to_string()], port)
    }

    /// Starts nats-server with JetStream, which keeps what it has in this folder.
    pub fn nats(folder: &Path) -> Result<Self> {
        let port = free_port()?;
        let store = folder.join("jetstream").display().to_string();
        let arguments = ["-a", "127.0.0.1", "-p", &port.to_string(), "-js", "-sd", &store].map(String::from);
        Self::start("nats-server", arguments.into(), port)
    }

    fn start(name: &'static str, arguments: Vec<String>, port: u16) -> Result<Self> {
        let program = Program::start(Command::new(place(name)).args(&arguments))?;
        let server = Self { program, name, arguments, port };
        server.wait()?;
        Ok(server)
    }

    /// Kills it, and starts it again.
    pub fn kill_and_restart(&mut self) -> Result<()> {
        self.program.kill();
        self.program = Program::start(Command::new(place(self.name)).args(&self.arguments))?;
        self.wait()
    }

    fn wait(&self) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if Instant::now() > end {
                bail!("{} does not start", self.name);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

fn place(name: &str) -> PathBuf {
    let there = Path::new(PLACE).join(name);
    if there.is_file() { there } else { name.into() }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
