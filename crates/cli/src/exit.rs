//! Exit codes: 0 clean, 1 the policy says no, 2 usage or configuration, 3 the scan is not complete.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// All is said.
    Well,
    /// The policy says no.
    Violations,
    /// Something could not be read, and the user wants everything to be.
    Incomplete,
}

/// Prints what went wrong and gives the process its code.
pub(crate) fn code(result: anyhow::Result<Ended>) -> ExitCode {
    match result {
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::Violations) => ExitCode::from(1),
        Ok(Ended::Incomplete) => ExitCode::from(3),
        Err(error) => {
            // A reader that has seen enough, such as `head`, is no error.
            let closed = error.chain().any(|cause| {
                let io = cause.downcast_ref::<std::io::Error>();
                io.is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
            });
            if closed {
                return ExitCode::SUCCESS;
            }
            anstream::eprintln!("{}error:{} {error:#}", anstyle::Style::new().bold(), anstyle::Reset);
            ExitCode::from(2)
        }
    }
}
