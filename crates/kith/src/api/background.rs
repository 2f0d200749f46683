//! What a server does beside answering.

use super::App;
use std::time::{Duration, Instant};

/// How long to wait for events before looking whether to go on.
const FOLLOW: Duration = Duration::from_millis(200);

/// How often events are brought into the lake: a commit for each.
const KEEP_EVERY: Duration = Duration::from_secs(60);

/// How often it is looked whether a copy of a table is due.
const COPIES_EVERY: Duration = Duration::from_secs(5);

/// Who does in the register what nobody asked for.
const SERVER: &str = "kith serve";

/// How often the files of tracking plans are looked at.
const PLANS_EVERY: Duration = Duration::from_secs(2);

impl App {
    /// Resolves who events are about, as they come in; returns when there is nothing to follow.
    pub fn follow_events(&self, going_on: impl Fn() -> bool) {
        while self.project.collector().is_some() && going_on() {
            if let Err(error) = self.project.follow_events_for(FOLLOW) {
                tracing::warn!(%error, code = error.code(), "events wait for resolution");
                std::thread::sleep(FOLLOW);
            }
        }
    }

    /// Brings events into the lake every minute, and once more at the end; half of the time it rests, so that whoever waits for
    /// an answer does not notice.
    pub fn keep_events(&self, going_on: impl Fn() -> bool) {
        let rest = |took: Duration| {
            let end = Instant::now() + took;
            while going_on() && Instant::now() < end {
                std::thread::sleep(FOLLOW.min(took));
            }
        };
        let mut last = Instant::now();
        while self.project.collector().is_some() {
            let ending = !going_on();
            if ending || last.elapsed() >= KEEP_EVERY {
                last = Instant::now();
                let span = tracing::info_span!(target: "otel", "lake");
                if let Err(error) = span.in_scope(|| self.project.keep_events(&rest)) {
                    tracing::error!(%error, code = error.code(), "events are in the log, and not in the lake");
                }
            }
            if ending {
                return;
            }
            std::thread::sleep(FOLLOW);
        }
    }

    /// Takes tracking plans that have changed; returns at once where there are none.
    pub fn follow_plans(&self, going_on: impl Fn() -> bool) {
        if self.project.tracking_plans().plans.is_empty() {
            return;
        }
        let mut last = Instant::now();
        while going_on() {
            if last.elapsed() >= PLANS_EVERY {
                self.project.reload_tracking_plans();
                last = Instant::now();
            }
            std::thread::sleep(FOLLOW);
        }
    }

    /// Refreshes copies of tables whose time has come, and ends those whose time is over.
    pub fn keep_copies(&self, going_on: impl Fn() -> bool) {
        if self.project.config().copies.all.is_empty() {
            return;
        }
        let mut last = None::<Instant>;
        while going_on() {
            if last.is_none_or(|at| at.elapsed() >= COPIES_EVERY) {
                for (table, refreshed) in self.project.refresh_due_copies(SERVER) {
                    if let Err(error) = refreshed {
                        tracing::warn!(table, %error, code = error.code(), "a copy was not refreshed");
                    }
                }
                if let Err(error) = self.project.expire_copies(None, SERVER) {
                    tracing::warn!(%error, code = error.code(), "copies whose time is over are still there");
                }
                last = Some(Instant::now());
            }
            std::thread::sleep(FOLLOW);
        }
    }

    /// Takes nothing more from streams.
    pub fn stop_streams(&self) {
        self.project.stop_streams();
    }

    /// Loads what sent records are resolved with.
    pub fn warm(&self) {
        if let Err(error) = self.project.warm() {
            tracing::warn!(%error, code = error.code(), "records can not be loaded for resolution");
        }
    }
}
