//! What can be asked of copies: the list, a refresh, a check, an end.

use super::hold::Current;
use super::shape::{CopyChecked, CopyRefreshed, CopyView};
use super::{Copies, Standing, expired, now_ms};
use crate::error::{Error, Result};
use crate::exec::sql_error;
use crate::project::Project;
use datafusion::catalog::TableProvider;
use kith_core::config::{Copy, Mode};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long after a refresh that failed there is another.
const AGAIN: Duration = Duration::from_secs(60);

/// A copy, when the reading in force began, and when both sides were last compared.
type WithTimes = (CopyView, Option<i64>, Option<i64>);

fn moment(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|at| at.to_string()).unwrap_or_default()
}

fn took(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn busy(name: &str) -> Error {
    let message = format!("{name} is being read already");
    Error::Conflict {
        code: "K-COPY-BUSY",
        message,
        help: "Wait for it; `kith copy list` shows when it has ended.".into(),
    }
}

impl Copies {
    fn view(&self, name: &str, copy: Option<&Copy>, current: Option<&Current>) -> CopyView {
        let now = now_ms();
        let read_from = match copy.map(|copy| self.standing(copy)) {
            Some(Standing::Copy(_)) => "copy",
            Some(Standing::Refused(_)) => "refused",
            Some(Standing::Source) | None => "source",
        };
        CopyView {
            table: name.into(),
            kind: "copy",
            mode: copy.map_or("left", |copy| copy.mode.name()),
            read_from,
            owner: copy.map(|copy| copy.owner.clone()),
            purpose: copy.map(|copy| copy.purpose.clone()),
            expires: copy.and_then(|copy| copy.expires.clone()),
            expired: copy.is_some_and(|copy| expired(copy, now)),
            rows: current.map(|current| current.rows),
            bytes: current.map(|c| c.bytes),
            taken_at: current.map(|current| moment(current.taken_at_ms)),
            age_s: current.map(|current| (now - current.taken_at_ms) / 1000),
            max_age_s: copy.and_then(|copy| copy.max_age_ms).map(|ms| ms / 1000),
            checked_at: current.and_then(|current| current.checked).map(|(at, _)| moment(at)),
            rows_differed: current.and_then(|current| current.checked).map(|(_, differ)| differ),
        }
    }

    /// Every copy, configured or lying there.
    pub(crate) fn list(&self) -> Result<Vec<CopyView>> {
        let lying = self.lying()?;
        let of = |name: &str| lying.iter().find(|current| current.table == name);
        let mut all: Vec<CopyView> =
            self.all().iter().map(|copy| self.view(&copy.name(), Some(copy), of(&copy.name()))).collect();
        let known = |current: &&Current| !self.all().iter().any(|copy| copy.name() == current.table);
        all.extend(lying.iter().filter(known).map(|current| self.view(&current.table, None, Some(current))));
        Ok(all)
    }

    /// The same, with the moments of the reading in force and of the last check.
    pub(crate) fn list_with_times(&self) -> Result<Vec<WithTimes>> {
        let lying = self.lying()?;
        let times = |copy: CopyView| {
            let current = lying.iter().find(|current| current.table == copy.table);
            let checked = current.and_then(|current| current.checked).map(|(at, _)| at);
            (copy, current.map(|current| current.taken_at_ms), checked)
        };
        Ok(self.list()?.into_iter().map(times).collect())
    }

    /// Those that are to be refreshed now, while Kith serves.
    fn due(&self) -> Vec<&Copy> {
        let now = now_ms();
        let due = |copy: &&Copy| {
            if copy.mode != Mode::Accelerated || expired(copy, now) {
                return false;
            }
            let rested = self.last_begun(&copy.name()).is_none_or(|at| at.elapsed() >= AGAIN);
            match self.current(&copy.name()) {
                Ok(Some(current)) => copy.refresh_ms.is_some_and(|every| {
                    let often = every < i64::try_from(AGAIN.as_millis()).unwrap_or(i64::MAX);
                    now - current.taken_at_ms >= every && (rested || often)
                }),
                Ok(None) => rested,
                Err(_) => false,
            }
        };
        self.all().iter().filter(due).collect()
    }
}

impl Project {
    fn held(&self) -> &Copies {
        self.remote().copies()
    }

    /// Every copy of data: those of tables, and the records that sources have landed.
    pub fn copies(&self) -> Result<Vec<CopyView>> {
        let mut all = self.held().list()?;
        for source in self.sources()?.into_iter().filter(|source| source.records > 0) {
            all.push(CopyView {
                table: format!("source.{}", source.name),
                kind: "landed",
                mode: "landed",
                read_from: "copy",
                owner: Some(self.config().project.name.clone()),
                purpose: Some("profiles".into()),
                expires: None,
                expired: false,
                rows: Some(source.records),
                bytes: None,
                taken_at: source.last_pulled_at,
                age_s: None,
                max_age_s: None,
                checked_at: None,
                rows_differed: None,
            });
        }
        Ok(all)
    }

    fn source_of(&self, copy: &Copy) -> Result<Arc<dyn TableProvider>> {
        let schema = self.remote().there_now(&copy.connection);
        let found = schema.map(|schema| {
            let (table, runtime) = (copy.table.clone(), self.engine_runtime());
            runtime.block_on(async move { schema.table(&table).await })
        });
        let found = found.transpose().map_err(|e| sql_error::convert(&e))?.flatten();
        found.ok_or_else(|| {
            let message = format!("there is no table {}", copy.name());
            Error::not_found(
                "K-COPY-UNKNOWN",
                message,
                "Look at the tables of the connection; correct `table` of the [[copy]].",
            )
        })
    }

    /// Makes a copy, or brings it up to date. `whole` = although it has a cursor. It blocks.
    pub fn refresh_copy(&self, name: &str, whole: bool, by: &str) -> Result<CopyRefreshed> {
        let begun = Instant::now();
        let copies = self.held();
        let copy = copies.named(name)?;
        if copy.mode == Mode::Virtual {
            let message = format!("{name} is virtual: it is read where it is, and has no copy");
            return Err(Error::Conflict {
                code: "K-COPY-NONE",
                message,
                help: "Set mode = \"accelerated\" in kith.toml.".into(),
            });
        }
        let _reading = copies.begin(name).ok_or_else(|| busy(name))?;
        copies.may_be_made(copy, by)?;
        let source = self.source_of(copy)?;
        let read = self.engine_runtime().block_on(copies.read(copy, source, whole))?;
        copies.enter(copy, &read.current, by)?;
        tracing::info!(
            table = name,
            rows = read.current.rows,
            fetched = read.fetched,
            whole = read.whole,
            "a copy was refreshed"
        );
        let (rows, bytes) = (read.current.rows, read.current.bytes);
        Ok(CopyRefreshed {
            table: name.into(),
            rows,
            bytes,
            fetched: read.fetched,
            whole: read.whole,
            took_ms: took(begun),
        })
    }

    /// Compares a copy with its table. It blocks.
    pub fn check_copy(&self, name: &str, by: &str) -> Result<CopyChecked> {
        let begun = Instant::now();
        let copies = self.held();
        let copy = copies.named(name)?;
        let current = copies.current(name)?.ok_or_else(|| super::none(copy))?;
        let source = self.source_of(copy)?;
        let mut checked = self.engine_runtime().block_on(copies.compare(copy, &current, source))?;
        let differ = checked.rows_differ.max(u64::from(!checked.equal));
        copies.checked(copy, &current, differ, by)?;
        checked.took_ms = took(begun);
        Ok(checked)
    }

    /// Deletes copies that are expired, and those that `kith.toml` does not know any more or has set to virtual. One that was ever the
    /// truth stays until it is named. The tables whose copies are gone.
    pub fn expire_copies(&self, named: Option<&str>, by: &str) -> Result<Vec<String>> {
        let copies = self.held();
        let mut gone = Vec::new();
        let lying = copies.lying()?;
        if let Some(name) = named.filter(|name| !lying.iter().any(|current| current.table == **name)) {
            let message = format!("there is no copy of {name}");
            return Err(Error::not_found("K-COPY-UNKNOWN", message, "`kith copy list` has them."));
        }
        for current in lying {
            let copy = copies.all().iter().find(|copy| copy.name() == current.table);
            let over = match (named, copy) {
                (Some(name), copy) => {
                    if name == current.table && copy.is_some_and(|copy| copy.mode == Mode::Migrated) {
                        let message = format!("{name} is migrated: its copy is the truth");
                        let help = "Set its mode to virtual, or take its [[copy]] out, first.";
                        return Err(Error::Conflict { code: "K-COPY-TRUTH", message, help: help.into() });
                    }
                    name == current.table
                }
                (None, _) if current.moved => false,
                (None, Some(copy)) => copy.mode == Mode::Virtual || expired(copy, now_ms()),
                (None, None) => true,
            };
            if over {
                copies.end(&current.table, copy, &current, by)?;
                gone.push(current.table);
            }
        }
        Ok(gone)
    }

    /// Refreshes the copies whose time has come; what went wrong, by table. It blocks.
    pub fn refresh_due_copies(&self, by: &str) -> Vec<(String, Result<CopyRefreshed>)> {
        let due: Vec<String> = self.held().due().iter().map(|copy| copy.name()).collect();
        due.into_iter().map(|name| (name.clone(), self.refresh_copy(&name, false, by))).collect()
    }
}
