//! `fleet pause` and `fleet resume`.

use super::{connect, failures};
use crate::commands::done::Done;
use crate::commands::on_tokio::block_on;
use crate::commands::signer;
use crate::failure::Outcome;
use crate::files;
use crate::fleet_args::ChangeArgs;
use crate::report::Report;
use aingle_wasm_fleet::mqtt::Operator;

pub(super) fn run(args: &ChangeArgs, paused: bool) -> Outcome<Done> {
    files::check_standard(args.key.key.as_ref())?;
    let key = signer::required(&args.key)?;
    let broker = connect::broker(&args.broker)?;
    let number = block_on(async {
        let mut operator = Operator::connect(&broker).await.map_err(|error| failures::of(&error))?;
        let changed = operator.change(&args.group, &key, |announcement| announcement.paused = paused).await;
        operator.close().await;
        changed.map_err(|error| failures::of(&error))
    })?;
    let mut report = Report::new();
    report.add("group", args.group.clone());
    report.add("paused", paused);
    report.add("number", number);
    Ok(Done::new(report))
}
