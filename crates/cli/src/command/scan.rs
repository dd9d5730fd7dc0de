//! `licit scan`.

use crate::args;
use crate::command::scanned::{outputs, scanned, write};
use crate::exit::Ended;

/// Runs the scan and writes every output that was asked for.
pub(crate) fn run(args: &args::Scan) -> anyhow::Result<Ended> {
    let outputs = outputs(&args.output)?;
    let scanned = scanned(&args.tree)?;
    for output in outputs {
        write(&output, &scanned.scan, &scanned.context)?;
    }
    Ok(if args.strict && !scanned.scan.complete() { Ended::Incomplete } else { Ended::Well })
}
