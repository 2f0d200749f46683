//! Which lake tables are behind the log, and their content as the store has it.
//!
//! Reads:  the store, and the log position that each table carries.
//! Decides: a table is written again if something that it shows has changed since its position.
//! Writes: the lake. `land.reject` only grows, so new rows are appended; the seventeenth file makes it one file again.

use super::{Rules, customer, household, sources};
use crate::error::{Error, Result};
use crate::facts::Facts;
use crate::fresh::Changed;
use crate::lake::sheet::Sheet;
use crate::lake::{Lake, TableName};
use crate::report::{Progress, Stage};
use datafusion::arrow::array::RecordBatch;
use kith_core::config::Config;
use kith_core::id::{NodeId, Position, SourceName};
use kith_live::Live;
use std::sync::Arc;

/// Appends before a table that grows is written as one file again: each file costs a query an open and a footer.
const FILES_MAX: usize = 16;

/// What writing and checking the lake needs.
pub(crate) struct Task<'a> {
    pub live: &'a Live,
    pub lake: &'a Lake,
    pub facts: &'a Facts,
    pub config: Arc<Config>,
}

/// A table with its whole content.
pub(crate) type Content = (TableName, RecordBatch);

/// Writes the tables that are behind, or those that show something of the configuration `anew`. Gives their names.
pub(crate) fn write(task: &Task, anew: bool, progress: &dyn Progress) -> Result<Vec<String>> {
    let mut written = Vec::new();
    let position = task.live.position();
    let mut put = |(table, batch): Content| -> Result<()> {
        progress.step(Stage::Lake, &table.to_string(), written.len() as u64, None);
        task.lake.overwrite(&table, vec![batch], position)?;
        written.push(table.to_string());
        Ok(())
    };
    let mut stale = Vec::new();
    for source in known_sources(task) {
        let changed = task.facts.changed.get(&source).copied().unwrap_or_default();
        if behind(task.lake, &source_table(&source), changed)? {
            stale.push(source);
        }
    }
    for (source, batch) in sources::compute(task.live, &stale)? {
        put((source_table(&source), batch))?;
    }
    if anew || identity_behind(task)? {
        for content in identity_content(task)? {
            put(content)?;
        }
    }
    if let Some(table) = write_rejects(task, position)? {
        written.push(table);
    }
    task.live.lake_written(position)?;
    Ok(written)
}

/// The content of every table, as the store has it.
pub(crate) fn expected(task: &Task) -> Result<Vec<Content>> {
    let sources = sources::compute(task.live, &known_sources(task))?;
    let mut all: Vec<Content> =
        sources.into_iter().map(|(name, batch)| (source_table(&name), batch)).collect();
    all.extend(identity_content(task)?);
    all.push((reject_table(), sources::rejects(&task.live.rejects(None, usize::MAX)?)?));
    Ok(all)
}

/// The sources of the configuration, and those that only the log still knows.
fn known_sources(task: &Task) -> Vec<SourceName> {
    let mut names: Vec<SourceName> = task.config.sources.iter().map(|s| s.name.clone()).collect();
    names.extend(
        task.facts.changed.keys().filter(|s| !task.config.sources.iter().any(|c| &c.name == *s)).cloned(),
    );
    names
}

fn source_table(source: &SourceName) -> TableName {
    TableName::new("source", source.as_str())
}

fn reject_table() -> TableName {
    TableName::new("land", "reject")
}

fn identity_tables() -> [TableName; 7] {
    [
        TableName::new("identity", "node"),
        TableName::new("identity", "cluster"),
        TableName::new("identity", "link"),
        TableName::new("master", "customer_value"),
        TableName::new("master", "household"),
        TableName::new("master", "household_member"),
        // Last, so that its position says that all are complete.
        TableName::new("master", "customer"),
    ]
}

fn identity_content(task: &Task) -> Result<Vec<Content>> {
    let rules = Rules::of(&task.config);
    let mut all = named(customer::compute(task.live, &rules, task.config.project.confidence)?);
    let built =
        |sheet: Sheet| sheet.finish().map_err(|e| Error::internal("a lake table can not be built", e));
    let households = household::compute(task.live, &rules)?;
    all.push((TableName::new("master", "household"), built(households.household)?));
    all.push((TableName::new("master", "household_member"), built(households.member)?));
    // Its position says that all are complete.
    all.sort_by_key(|(table, _)| table.name == "customer");
    Ok(all)
}

fn named(tables: customer::Tables) -> Vec<Content> {
    vec![
        (TableName::new("identity", "node"), tables.node),
        (TableName::new("identity", "cluster"), tables.cluster),
        (TableName::new("identity", "link"), tables.link),
        (TableName::new("master", "customer_value"), tables.customer_value),
        (TableName::new("master", "customer"), tables.customer),
    ]
}

/// The rows of what has changed, as the store has them: of sources, of identity and of golden values.
pub(crate) fn of_changed(
    live: &Live,
    rules: &Rules,
    confidence: f64,
    changed: &Changed,
) -> Result<Vec<Content>> {
    let mut nodes: Vec<NodeId> = changed.nodes.iter().copied().collect();
    nodes.sort_unstable();
    let sources = sources::of_nodes(live, &nodes)?;
    let mut all = named(customer::of_changed(live, rules, confidence, changed)?);
    all.extend(sources.into_iter().map(|(name, batch)| (source_table(&name), batch)));
    Ok(all)
}

/// All rows of the same tables.
pub(crate) fn of_everything(
    live: &Live,
    rules: &Rules,
    confidence: f64,
    known: &[SourceName],
) -> Result<Vec<Content>> {
    let mut all = named(customer::compute(live, rules, confidence)?);
    let sources = sources::compute(live, known)?;
    all.extend(sources.into_iter().map(|(name, batch)| (source_table(&name), batch)));
    Ok(all)
}

fn identity_behind(task: &Task) -> Result<bool> {
    let facts = task.facts;
    // Another model moves confidences and links without moving anybody.
    let resolved = facts.runs.back().map(|(position, _)| *position).unwrap_or_default();
    let changed = facts.last_change().max(facts.identity).max(resolved);
    for table in identity_tables() {
        if behind(task.lake, &table, changed)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn behind(lake: &Lake, table: &TableName, changed: Position) -> Result<bool> {
    Ok(lake.position(table)?.is_none_or(|position| position < changed))
}

fn write_rejects(task: &Task, position: Position) -> Result<Option<String>> {
    let table = reject_table();
    let complete = task.lake.position(&table)?;
    if complete.is_some_and(|p| p >= task.facts.rejected) {
        return Ok(None);
    }
    let all = task.live.rejects(None, usize::MAX)?;
    match complete {
        Some(from) if task.lake.files(&table)? < FILES_MAX => {
            let new: Vec<_> = all.into_iter().filter(|(at, _)| *at > from).collect();
            task.lake.append(&table, vec![sources::rejects(&new)?], position)?;
        }
        _ => task.lake.overwrite(&table, vec![sources::rejects(&all)?], position)?,
    }
    Ok(Some(table.to_string()))
}
