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
    let ended = if args.strict && !scanned.scan.complete() { Ended::Incomplete } else { Ended::Well };
    // The program ends here, and giving back the memory of a large graph piece by piece takes its time.
    std::mem::forget(scanned);
    Ok(ended)
}
