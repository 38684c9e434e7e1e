//! The server of the README, run with its guest.

use aingle_wasm_tests::guest;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_server_runs_the_guest() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::write(folder.join("drift.wasm"), guest("drift")).expect("written");
    let host = Command::new(env!("CARGO_BIN_EXE_drift_host")).current_dir(folder).output().expect("it runs");
    assert!(host.status.success(), "{}", String::from_utf8_lossy(&host.stderr));
    // 21.5 less the means of 20 and 21, and of 20: an `Ok` before a float.
    assert_eq!(String::from_utf8_lossy(&host.stdout), "Ok(1.0)\n[0, 0, 0, 192, 63]\n");
}
