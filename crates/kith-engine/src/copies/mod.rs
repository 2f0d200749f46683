//! Copies of tables that are read in place: for speed, or because the table has moved here. The name stays; where rows come from changes.
//!
//! Reads:  `[[copy]]` of `kith.toml`; the table where it is, when a copy is made; the copy, when a query names the table.
//! Decides: for each query whether it gets the copy or the table where it is ([`Copies::standing`]): by mode, age and expiry.
//! Writes: `.kith/copies/TENANT/…`: a Parquet file for each reading, `current.json` that names the one in force, and `register.jsonl`.
//! Fails:  `K-COPY-…`. A refresh that fails leaves the copy of before.
//!
//! 1. [`serve`] stands between a connection's schema and the catalogue. It is beneath governance, which goes by the name of a table,
//!    so labels, masks and row filters hold for a copy as for the table (ADR 18).
//! 2. [`refresh`] writes a new file beside, brings it to the disk, then renames `current.json`. A query that has begun keeps its file.
//! 3. [`check`] compares both sides, row by row, by sums of segments.
//! 4. [`register`] has every copy: who answers for it, what it is for, until when. Nothing is copied that is not in it.

mod ask;
mod check;
mod hold;
mod refresh;
mod register;
mod serve;
pub mod shape;

pub(crate) use serve::{Moded, Old};

use crate::error::{Error, Result};
use hold::Current;
use kith_core::config::{self, Copy, Mode, WhenOld};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// The copies of a project.
#[derive(Clone, Debug)]
pub(crate) struct Copies(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    settings: config::Copies,
    /// Tables that are being read, and when a refresh of others was last begun.
    begun: Mutex<HashMap<String, (bool, Instant)>>,
    /// Held while the register is written, and while it is counted whether one more may be made.
    register: Mutex<()>,
}

/// What a query gets.
#[derive(Debug)]
pub(crate) enum Standing {
    /// The table where it is.
    Source,
    /// The copy.
    Copy(Box<Current>),
    /// Neither; why.
    Refused(Error),
}

/// The moment, milliseconds since 1970.
fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// Whether the last day of a copy is over, in UTC.
fn expired(copy: &Copy, now_ms: i64) -> bool {
    let today =
        jiff::Timestamp::from_millisecond(now_ms).ok().map(|at| at.to_zoned(jiff::tz::TimeZone::UTC).date());
    let last = copy.expires.as_deref().and_then(|day| day.parse::<jiff::civil::Date>().ok());
    matches!((today, last), (Some(today), Some(last)) if today > last)
}

impl Default for Copies {
    /// None.
    fn default() -> Copies {
        Copies::open(&config::Copies::default(), Path::new(""), "")
    }
}

impl Copies {
    /// Those of a configuration, in the data folder of a tenant.
    pub fn open(settings: &config::Copies, data: &Path, tenant: &str) -> Copies {
        let inner = Inner {
            dir: data.join("copies").join(tenant),
            settings: settings.clone(),
            begun: Mutex::default(),
            register: Mutex::default(),
        };
        let copies = Copies(Arc::new(inner));
        copies.keep_what_has_moved();
        copies
    }

    /// A copy that is the truth is never taken for one that can be made again, whatever the configuration says later.
    fn keep_what_has_moved(&self) {
        for copy in self.all().iter().filter(|copy| copy.mode == Mode::Migrated) {
            match self.current(&copy.name()) {
                Ok(Some(current)) if !current.moved => {
                    if let Err(error) = self.put(&copy.name(), &Current { moved: true, ..current }) {
                        tracing::error!(table = copy.name(), %error, "a migrated copy can not be marked");
                    }
                }
                _ => {}
            }
        }
    }

    fn all(&self) -> &[Copy] {
        &self.0.settings.all
    }

    /// The copy of a table.
    pub fn of(&self, connection: &str, table: &str) -> Option<&Copy> {
        self.all().iter().find(|copy| copy.connection == connection && copy.table == table)
    }

    /// Those of a connection.
    pub fn of_connection(&self, connection: &str) -> impl Iterator<Item = &Copy> {
        self.all().iter().filter(move |copy| copy.connection == connection)
    }

    /// The copy of a table by its name in SQL, for whoever names one.
    fn named(&self, name: &str) -> Result<&Copy> {
        self.all().iter().find(|copy| copy.name() == name).ok_or_else(|| {
            let message = format!("{name} has no copy");
            Error::not_found(
                "K-COPY-UNKNOWN",
                message,
                "`kith copy list` has them; a [[copy]] in kith.toml makes one.",
            )
        })
    }

    /// What a query gets of a table that has a copy.
    pub fn standing(&self, copy: &Copy) -> Standing {
        if copy.mode == Mode::Virtual {
            return Standing::Source;
        }
        let now = now_ms();
        match (self.current(&copy.name()), copy.mode) {
            (Ok(Some(current)), Mode::Migrated) => Standing::Copy(Box::new(current)),
            (Ok(None), Mode::Migrated) => Standing::Refused(none(copy)),
            (Err(error), Mode::Migrated) => Standing::Refused(error),
            (Ok(Some(_)), _) if expired(copy, now) => Standing::Source,
            (Ok(Some(current)), _) => {
                let age = now.saturating_sub(current.taken_at_ms);
                match copy.max_age_ms.is_some_and(|most| age > most).then_some(copy.when_old) {
                    None | Some(WhenOld::Serve) => Standing::Copy(Box::new(current)),
                    Some(WhenOld::Source) => Standing::Source,
                    Some(WhenOld::Refuse) => Standing::Refused(old(copy, age)),
                }
            }
            (Ok(None), _) => Standing::Source,
            (Err(error), _) => {
                tracing::error!(table = copy.name(), %error, "a copy can not be read, so its table is read where it is");
                Standing::Source
            }
        }
    }

    /// Says that a table is being read; `None` = it is already.
    fn begin(&self, name: &str) -> Option<Reading<'_>> {
        let mut begun = self.0.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.get(name).is_some_and(|(running, _)| *running) {
            return None;
        }
        begun.insert(name.to_string(), (true, Instant::now()));
        Some(Reading { copies: self, name: name.to_string() })
    }

    /// When a refresh was last begun.
    fn last_begun(&self, name: &str) -> Option<Instant> {
        let begun = self.0.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.get(name).map(|(_, at)| *at)
    }
}

/// A table that is being read; dropped, it is not any more.
struct Reading<'a> {
    copies: &'a Copies,
    name: String,
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        let mut begun = self.copies.0.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((running, _)) = begun.get_mut(&self.name) {
            *running = false;
        }
    }
}

fn none(copy: &Copy) -> Error {
    let name = copy.name();
    let message = format!("{name} is migrated, and there is no copy of it");
    let help = format!(
        "`kith copy refresh {name}` makes it, `kith copy check {name}` compares both sides; or set mode = \"virtual\"."
    );
    Error::Conflict { code: "K-COPY-NONE", message, help }
}

fn old(copy: &Copy, age_ms: i64) -> Error {
    let message = format!(
        "the copy of {} is {} minutes old, which is more than its max_age",
        copy.name(),
        age_ms / 60_000
    );
    let help = format!(
        "`kith copy refresh {}` makes a new one; `when_old` of its [[copy]] says what queries get else.",
        copy.name()
    );
    Error::Conflict { code: "K-COPY-OLD", message, help }
}
