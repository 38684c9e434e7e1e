//! The same by the command line of the SDK: packed, signed and sent by `aingle-wasm`.

use crate::keys::TARGET;
use crate::trial::{Board, Row};
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::process::{Command, Output};

/// The private key of the modules, as a file that the command line reads.
const KEY: &str = "0101010101010101010101010101010101010101010101010101010101010101\n";

/// Packs version 2 and sends it; then packs it with a lower sequence, which the board refuses.
pub fn offer(
    board: &mut Board,
    program: &Path,
    modules: &Path,
    folder: &Path,
    sequence: u32,
) -> Result<Vec<Row>> {
    let key = folder.join("key.hex");
    std::fs::write(&key, KEY)?;
    let pack = |sequence: u32| {
        let blob = folder.join(format!("{sequence}.smny"));
        let mut command = Command::new(program);
        command.arg("pack").arg(modules.join("v2.wasm")).arg("-o").arg(&blob).arg("--key").arg(&key);
        command.args(["--module-id", "1", "--entry", "heat", "--target", TARGET, "--memory", "8192"]);
        let output = command.args(["--sequence", &sequence.to_string()]).output()?;
        ensure!(output.status.success(), "aingle-wasm does not pack: {}", text(&output));
        Ok(blob)
    };
    let good = send(board, program, &pack(sequence)?)?;
    ensure!(good.status.success(), "aingle-wasm does not send: {}", text(&good));
    let board_said = board.wait_for_trial()?;
    let wanted = format!("version 2, sequence {sequence}");
    ensure!(board.runs == wanted, "{} runs, and not {wanted}", board.runs);
    let sent = row(board, "version 2, by `aingle-wasm`", &good, format!("report {board_said}"));

    let older = send(board, program, &pack(1)?)?;
    ensure!(!older.status.success(), "aingle-wasm says that an older module was taken");
    let code = board.machine.wait_for("refused ")?;
    ensure!(code == "10" && text(&older).contains("sequence too low"), "refused {code}: {}", text(&older));
    let refused = row(board, "older, by `aingle-wasm`", &older, format!("refused {code}"));
    Ok(vec![sent, refused])
}

fn send(board: &mut Board, program: &Path, blob: &Path) -> Result<Output> {
    board.machine.lend_uart(|socket| {
        let port = format!("unix:{}", socket.display());
        let output =
            Command::new(program).arg("send").arg(blob).args(["--port", &port, "--wait", "60s"]).output();
        output.context("aingle-wasm does not run")
    })
}

fn row(board: &Board, what: &'static str, output: &Output, said: String) -> Row {
    let heard = text(output);
    let heard = heard.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    let station = heard.split_whitespace().collect::<Vec<_>>().join(" ");
    Row { what, bytes: None, station, board: said, runs: board.running() }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}
