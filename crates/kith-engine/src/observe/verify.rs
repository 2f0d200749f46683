//! `kith verify`: does every projection agree with the log?
//!
//! Views that a server leaves behind (tables are written by runs) are brought up first, so that all are compared at one position.
//!
//! 1. The log's own checksums, and store and search against a replay of the log (`kith_live`).
//! 2. Pulls: per source, the sums that the `Pulled` entries state equal what the entries themselves sum up to, and
//!    read = landed + unchanged + rejected in each.
//! 3. The identity-change stream, replayed from the start, gives the present profiles.
//! 4. Every computed lake table has exactly the rows that the store gives for it, compared without regard to their order.
//! 5. Events: a fresh fold of lake and log gives the store, and the lake has every entry once, as the log has it.

use super::events;
use crate::error::{Error, Result};
use crate::exec::Limits;
use crate::facts::{Facts, Sums};
use crate::lake::TableName;
use crate::project::{DATA_DIR, Project};
use crate::report::{Progress, Stage};
use crate::unify::tables;
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::row::{RowConverter, SortField};
use kith_core::config::Config;
use kith_core::entry::Entry;
use kith_core::hex;
use kith_core::id::Position;
use kith_live::identity::State;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::hash::Hasher;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// What was checked.
#[derive(Clone, Debug, Serialize)]
pub struct VerifyReport {
    /// The log position that everything was compared at.
    pub position: u64,
    /// The checks, in order.
    pub checks: Vec<VerifyCheck>,
    /// True if all are good.
    pub good: bool,
}

/// One check.
#[derive(Clone, Debug, Serialize)]
pub struct VerifyCheck {
    /// What was compared.
    pub name: String,
    /// True if it agrees.
    pub good: bool,
    /// What was found, in words.
    pub detail: String,
    /// What to do, if it does not agree.
    pub help: Option<String>,
}

impl VerifyCheck {
    pub(super) fn new(
        name: impl Into<String>,
        good: bool,
        detail: impl Into<String>,
        help: &str,
    ) -> VerifyCheck {
        let help = (!good).then(|| help.to_string());
        VerifyCheck { name: name.into(), good, detail: detail.into(), help }
    }
}

pub(super) const REBUILD: &str = "Run `kith rebuild`: it makes everything again from the log.";

/// Checks everything; a projection that can not even be read is a check that is not good.
pub(crate) fn verify(project: &Project, progress: &dyn Progress) -> Result<VerifyReport> {
    let mut facts = project.facts.lock().unwrap_or_else(PoisonError::into_inner);
    facts.catch_up(&project.live)?;
    bring_up(project, &facts, progress)?;
    let mut checks = Vec::new();
    progress.step(Stage::Verify, "log and store", 0, Some(4));
    store_checks(project, &mut checks)?;
    progress.step(Stage::Verify, "pulls and identity", 1, Some(4));
    replay_checks(project, &mut checks)?;
    progress.step(Stage::Verify, "lake", 2, Some(4));
    lake_checks(project, &facts, &mut checks);
    progress.step(Stage::Verify, "events", 3, Some(4));
    let beside = project.dir().join(DATA_DIR).join("tmp").join("verify-events");
    events::checks(project, &beside, &mut checks)?;
    progress.step(Stage::Verify, "done", 4, Some(4));
    let good = checks.iter().all(|c| c.good);
    Ok(VerifyReport { position: project.live.position().0, checks, good })
}

/// Writes the tables that are behind, if they are those of today's `kith.toml`, and brings search and events up.
fn bring_up(project: &Project, facts: &Facts, progress: &dyn Progress) -> Result<()> {
    if facts.written_by.as_deref() == Some(&writer_hash(&project.config())) {
        tables::write(&project.lake_task(facts), false, progress)?;
    }
    project.live.index()?;
    project.keep_events(&|_| ())
}

fn store_checks(project: &Project, checks: &mut Vec<VerifyCheck>) -> Result<()> {
    let report = project.live.verify()?;
    let damage = report.log.lost.len();
    let detail = match damage {
        0 => format!("{} entries, every checksum right", report.position.0),
        n => format!("{n} damaged ranges: {:?}", report.log.lost),
    };
    checks.push(VerifyCheck::new(
        "log",
        damage == 0,
        detail,
        "Bring the damaged segments back from a backup.",
    ));
    for kind in &report.kinds {
        let detail = match kind.equal {
            true => format!("{} as the log gives them", kind.stored),
            false => format!("{} stored, {} by the log, or with other content", kind.stored, kind.expected),
        };
        checks.push(VerifyCheck::new(format!("store: {}", kind.kind), kind.equal, detail, REBUILD));
    }
    let behind = report.store_position != report.position;
    let detail = format!("store at {}, log at {}", report.store_position.0, report.position.0);
    checks.push(VerifyCheck::new("store: position", !behind, detail, REBUILD));
    Ok(())
}

/// Sums of pulls and the identity stream, in one pass over the log.
fn replay_checks(project: &Project, checks: &mut Vec<VerifyCheck>) -> Result<()> {
    let mut facts = Facts::default();
    let mut state = State::default();
    let mut uneven = Vec::new();
    for item in project.live.log_from(Position(1)) {
        // Damage has its own check; what is behind it is compared all the same.
        let Ok((position, entry)) = item else { continue };
        facts.apply(position, &entry);
        match &entry {
            Entry::Identity(change) => state.apply(position, change),
            Entry::Pulled(p) if p.read != p.landed + p.unchanged + p.rejected => uneven.push(position.0),
            _ => {}
        }
    }
    for (source, stated) in &facts.pulls {
        let found = facts.entries.get(source).cloned().unwrap_or_default();
        let same = |pick: fn(&Sums) -> u64| pick(stated) == pick(&found);
        let good = same(|s| s.landed) && same(|s| s.rejected) && same(|s| s.removed);
        let detail = format!(
            "read {} = landed {} + unchanged {} + rejected {}; the log has {} landed, {} rejected",
            stated.read, stated.landed, stated.unchanged, stated.rejected, found.landed, found.rejected
        );
        let help =
            "A pull was cut off, or entries are lost: run `kith run` again, then look at `kith sources`.";
        checks.push(VerifyCheck::new(format!("pulls: {}", source.as_str()), good, detail, help));
    }
    let detail =
        if uneven.is_empty() { "every pull adds up".into() } else { format!("uneven at {uneven:?}") };
    checks.push(VerifyCheck::new(
        "pulls: sums",
        uneven.is_empty(),
        detail,
        "Please report this as a defect of Kith.",
    ));
    identity_check(project, &state, checks)
}

fn identity_check(project: &Project, state: &State, checks: &mut Vec<VerifyCheck>) -> Result<()> {
    let (mut profiles, mut wrong) = (0u64, 0u64);
    for profile in project.live.profiles() {
        let (id, nodes) = profile?;
        profiles += 1;
        if state.profiles.get(&id).is_none_or(|row| row.nodes != nodes) {
            wrong += 1;
        }
    }
    let expected = state.profiles.values().filter(|row| !row.nodes.is_empty()).count() as u64;
    let good = wrong == 0 && profiles == expected;
    let detail = match good {
        true => format!("{profiles} profiles, as the change stream gives them"),
        false => {
            format!("{profiles} profiles stored, {expected} by the change stream, {wrong} with other nodes")
        }
    };
    checks.push(VerifyCheck::new("identity changes", good, detail, REBUILD));
    Ok(())
}

fn lake_checks(project: &Project, facts: &Facts, checks: &mut Vec<VerifyCheck>) {
    if facts.written_by.is_none() {
        checks.push(VerifyCheck::new("lake", true, "nothing has been written yet", ""));
        return;
    }
    let current = facts.written_by.as_deref() == Some(&writer_hash(&project.config()));
    if !current {
        let detail = "kith.toml has changed since the lake was written, so it is not compared";
        checks.push(VerifyCheck::new("lake", false, detail, "Run `kith run`."));
        return;
    }
    let expected = match tables::expected(&project.lake_task(facts)) {
        Ok(expected) => expected,
        Err(e) => {
            checks.push(VerifyCheck::new("lake", false, format!("the store can not be read: {e}"), REBUILD));
            return;
        }
    };
    for (table, batch) in expected {
        let (good, detail) = match compare(project, &table, &batch) {
            Ok(rows) => (true, format!("{rows} rows, as the store has them")),
            Err(e) => (false, e.to_string()),
        };
        checks.push(VerifyCheck::new(format!("lake: {table}"), good, detail, REBUILD));
    }
}

/// Reads a table whole and compares it with what the store gives; the number of rows, if they are the same.
fn compare(project: &Project, table: &TableName, expected: &RecordBatch) -> Result<usize> {
    let limits =
        Limits { rows_max: usize::MAX, time_max: Duration::from_secs(3600), memory_max_bytes: usize::MAX };
    let whole = format!("SELECT * FROM \"{}\".\"{}\"", table.schema, table.name);
    let answer = project.session(&project.owner())?.query(&whole, &limits)?;
    let stored = answer.rows();
    let differs = |detail: String| Error::data("K-LAKE-DIFFERS", detail, REBUILD);
    if stored != expected.num_rows() {
        return Err(differs(format!("{stored} rows in the lake, {} in the store", expected.num_rows())));
    }
    let left = fingerprint(&answer.batches, &expected.schema())?;
    let right = fingerprint(std::slice::from_ref(expected), &expected.schema())?;
    if left != right {
        return Err(differs(format!("{stored} rows, of which some have other content than the store")));
    }
    Ok(stored)
}

/// A number that two tables share if they have the same rows, whatever their order.
fn fingerprint(batches: &[RecordBatch], schema: &Schema) -> Result<u128> {
    let failed = |e| Error::internal("rows can not be compared", e);
    let fields = schema.fields().iter().map(|f| SortField::new(f.data_type().clone())).collect();
    let converter = RowConverter::new(fields).map_err(failed)?;
    let mut sum = 0u128;
    for batch in batches {
        let columns: Vec<ArrayRef> = schema
            .fields()
            .iter()
            .map(|f| match batch.column_by_name(f.name()) {
                // Text comes back from Parquet as a view of the same text.
                Some(column) if column.data_type() != f.data_type() => cast(column, f.data_type()),
                Some(column) => Ok(Arc::clone(column)),
                None => Ok(datafusion::arrow::array::new_null_array(f.data_type(), batch.num_rows())),
            })
            .collect::<Result<_, _>>()
            .map_err(failed)?;
        let rows = converter.convert_columns(&columns).map_err(failed)?;
        for row in rows.iter() {
            let mut first = rustc_hash::FxHasher::default();
            first.write(row.as_ref());
            let mut second = std::hash::DefaultHasher::new();
            second.write(row.as_ref());
            sum = sum.wrapping_add(u128::from(first.finish()) << 64 | u128::from(second.finish()));
        }
    }
    Ok(sum)
}

/// What of the configuration shows in the lake: a change makes all tables be written again.
pub(crate) fn writer_hash(config: &Config) -> String {
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    hash.update(config.project.confidence.to_le_bytes());
    for source in &config.sources {
        hash.update(format!("|{}={}", source.name.as_str(), source.rank));
    }
    hash.update(format!("{:?}", config.policy()));
    hex(&hash.finalize()[..16])
}
