//! A program that is measured, by the protocol of `bench/protocol`.

use anyhow::{Context, Result, anyhow, bail};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Far more than a batch takes. A candidate that hangs does not hang the run.
const TIMEOUT: Duration = Duration::from_secs(120);

/// How a candidate is started.
#[derive(Debug, Clone)]
pub struct Program {
    pub path: PathBuf,
    pub guests: PathBuf,
}

/// A running candidate.
pub struct Candidate {
    pub program: Program,
    /// What it can do, and in which unit.
    pub cases: Vec<(String, String)>,
    child: Child,
    to: ChildStdin,
    from: Receiver<String>,
}

impl Candidate {
    /// Starts it, and hears what it can do.
    pub fn start(program: Program) -> Result<Self> {
        let name = program.path.display().to_string();
        let mut child = Command::new(&program.path)
            .arg(&program.guests)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{name} does not start"))?;
        let to = child.stdin.take().context("no standard input")?;
        let output = BufReader::new(child.stdout.take().context("no standard output")?);
        let (send, from) = channel();
        std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        let mut candidate = Self { program, cases: Vec::new(), child, to, from };
        candidate.hear_cases().with_context(|| format!("{name} is no candidate"))?;
        Ok(candidate)
    }

    fn hear_cases(&mut self) -> Result<()> {
        loop {
            let line = self.hear()?;
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["case", name, unit] => self.cases.push((name.into(), unit.into())),
                ["ready"] => return Ok(()),
                _ => bail!("it said `{line}`"),
            }
        }
    }

    fn hear(&mut self) -> Result<String> {
        self.from.recv_timeout(TIMEOUT).map_err(|_| {
            // Whatever it does, it does not answer; the next question fails at once.
            let _ = self.child.kill();
            anyhow!("no answer, or none within {} s", TIMEOUT.as_secs())
        })
    }

    /// Has it do a case so many times.
    pub fn ask(&mut self, case: &str, count: u64) -> Result<u64> {
        writeln!(self.to, "{case} {count}").context("it has ended")?;
        let line = self.hear()?;
        match line.strip_prefix("error ") {
            Some(reason) => bail!("{reason}"),
            None => line.parse().with_context(|| format!("it answered `{line}`")),
        }
    }

    /// As [`Candidate::ask`], in a process that has done nothing before.
    pub fn ask_afresh(&self, case: &str) -> Result<u64> {
        Self::start(self.program.clone())?.ask(case, 1)
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.program.path
    }
}

impl Drop for Candidate {
    fn drop(&mut self) {
        // It has nothing to save. If it has ended already, that is as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
