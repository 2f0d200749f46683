//! How far a long command is, drawn on standard error while that is a terminal.
//!
//! Nothing is drawn in the first second, so that quick commands stay quiet.

use super::output::printable;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kith_engine::{Progress, Stage};
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const QUIET_AT_FIRST: Duration = Duration::from_secs(1);

/// Draws bars, or nothing.
pub struct Bars {
    begun: Instant,
    shown: bool,
    now: Mutex<Option<Shown>>,
}

/// The bar on the screen.
struct Shown {
    stage: Stage,
    what: String,
    bar: ProgressBar,
}

impl Bars {
    /// What some work gives, with bars while it lasts if standard error is a terminal and nobody asked for quiet. They are
    /// gone when it ends, so that the answer stands alone.
    pub fn during<T>(quiet: bool, work: impl FnOnce(&Bars) -> T) -> T {
        let shown = !quiet && std::io::stderr().is_terminal();
        let bars = Bars { begun: Instant::now(), shown, now: Mutex::new(None) };
        let done = work(&bars);
        if let Some(shown) = bars.now.into_inner().unwrap_or_else(PoisonError::into_inner) {
            shown.bar.finish_and_clear();
        }
        done
    }
}

impl Progress for Bars {
    fn step(&self, stage: Stage, what: &str, done: u64, total: Option<u64>) {
        if !self.shown || self.begun.elapsed() < QUIET_AT_FIRST {
            return;
        }
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let same = now.as_ref().is_some_and(|s| s.stage == stage && s.what == what);
        if !same {
            if let Some(last) = now.take() {
                last.bar.finish_and_clear();
            }
            let bar = new_bar(stage, what, total);
            *now = Some(Shown { stage, what: what.to_string(), bar });
        }
        if let Some(shown) = now.as_ref() {
            if let Some(total) = total {
                shown.bar.set_length(total);
            }
            shown.bar.set_position(done);
        }
    }
}

fn new_bar(stage: Stage, what: &str, total: Option<u64>) -> ProgressBar {
    let template = match total {
        Some(_) => "{prefix:>9} {msg:20!} {bar:30} {human_pos:>10} of {human_len}  {elapsed}",
        None => "{prefix:>9} {msg:20!} {spinner} {human_pos:>10}  {elapsed}",
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(8)).with_style(style);
    bar.set_prefix(stage.name());
    bar.set_message(printable(what));
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}
