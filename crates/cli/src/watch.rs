//! Progress on a terminal: a line on standard error that comes only when a scan takes long, and goes when it ends.

use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use licit_inventory::Progress;

/// Shows progress after this long; shorter scans flash nothing.
const PATIENCE: Duration = Duration::from_millis(300);

/// A progress line.
pub(crate) struct Watch {
    bar: ProgressBar,
    started: Instant,
    shown: AtomicBool,
}

impl Watch {
    /// A line on standard error if that is a terminal and the user wants one.
    pub(crate) fn new(quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let wanted = !quiet && std::io::stderr().is_terminal();
        // Marked as shown already where it must never appear.
        Watch { bar, started: Instant::now(), shown: AtomicBool::new(!wanted) }
    }

    /// Takes the line away.
    pub(crate) fn done(&self) {
        self.bar.finish_and_clear();
    }

    fn say(&self, message: String) {
        if self.started.elapsed() < PATIENCE {
            return;
        }
        if !self.shown.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                self.bar.set_style(style);
            }
            self.bar.enable_steady_tick(Duration::from_millis(100));
        }
        self.bar.set_message(message);
    }
}

impl Progress for Watch {
    fn listed(&self, files: usize) {
        self.say(format!("listing: {files} files"));
    }

    fn read(&self, done: usize, of: usize) {
        self.say(format!("reading: {done} of {of} manifests and lockfiles"));
    }

    fn stage(&self, name: &str) {
        self.say(name.to_string());
    }
}
