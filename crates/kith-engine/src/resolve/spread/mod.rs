//! Resolution spread over machines: the stages of `kith_resolve` as plans, from Parquet to Parquet, with the kernel as
//! functions in them. The result is that of one process, bit by bit.
//!
//! Reads:  a linker's records, a model with its frequencies, what people and rules said.
//! Decides: nothing; the kernel ([`kith_resolve::shard`]) does.
//! Writes: a folder that driver and executors share, which is removed at the end; gives a `Resolution`.
//! Fails:  `K-CLUSTER-…`. Every step is a function of files, so it can be run again.
//!
//! 1. `records`: all records, numbered by their content; `model`: what the kernel needs ([`values`], [`kernel`]).
//! 2. `keys`: each record's key under each blocking rule. `masks`: for each record, which of its blocks have two
//!    records or more and are within the limit. Counting needs keys alone, and counts come together before they travel:
//!    so a block of millions costs one row per task and never meets in one place.
//! 3. `blocks`: the records of each block come together, and its pairs are scored where they are. At most as many
//!    records meet as the limit allows.
//! 4. `components`: which records hang together, by rounds of contraction ([`components`]).
//! 5. `merges`: the records of each component come together and are clustered.

mod answer;
mod arguments;
mod components;
pub(crate) mod functions;
mod kernel;
mod values;

use super::ground::Ground;
use super::rules;
use crate::error::Result;
use crate::exec::EngineChoice;
use crate::exec::batch::{BatchEngine, Left, Step, not_shared};
use crate::look::shape::RuleOutcome;
use kith_resolve::{Constraints, Linker, Model, Options, Resolution};
use std::path::{Path, PathBuf};

/// Matches and clusters on another engine, with everything that people and rules said.
pub(crate) fn resolve_on(
    choice: &EngineChoice,
    ground: &Ground,
    linker: &Linker,
    model: &Model,
    options: &Options,
) -> Result<(Resolution, Vec<RuleOutcome>)> {
    let engine = choice.open(linker.len())?;
    let spread = Spread::new(engine.as_ref(), &folder(choice)?, linker, model, options)?;
    rules::resolve_by(ground, &|said| spread.resolve(said))
}

/// The same without rules.
pub(crate) fn on(
    choice: &EngineChoice,
    linker: &Linker,
    model: &Model,
    options: &Options,
    said: &Constraints,
) -> Result<Resolution> {
    let engine = choice.open(linker.len())?;
    Spread::new(engine.as_ref(), &folder(choice)?, linker, model, options)?.resolve(said)
}

/// A folder of this run alone: what executors know by its path never changes.
fn folder(choice: &EngineChoice) -> Result<PathBuf> {
    let shared = std::path::absolute(&choice.shared_dir).map_err(|e| not_shared(&choice.shared_dir, &e))?;
    Ok(shared.join(format!("kith-{}", crate::exec::name_of_its_own())))
}

/// A resolution under way.
pub(crate) struct Spread<'a> {
    engine: &'a dyn BatchEngine,
    folder: Folder,
    linker: &'a Linker,
    model: &'a Model,
    records: Left,
    columns: usize,
    blocks: Left,
    edges: Left,
    /// How many steps have run, to tell their folders apart.
    steps: std::cell::Cell<usize>,
}

/// A folder that is gone when this is.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // Kept for whoever wants to look: `KITH_KEEP_STEPS=1`.
        if std::env::var_os("KITH_KEEP_STEPS").is_none() {
            drop(std::fs::remove_dir_all(&self.0));
        }
    }
}

impl<'a> Spread<'a> {
    /// Makes and scores all pairs. `folder` must not exist; all executors see it under this path.
    pub(crate) fn new(
        engine: &'a dyn BatchEngine,
        folder: &Path,
        linker: &'a Linker,
        model: &'a Model,
        options: &Options,
    ) -> Result<Spread<'a>> {
        let frequencies = linker.frequencies();
        let made = Folder(folder.to_path_buf());
        let kept = Options {
            link_only: linker.link_only(),
            sources: linker.source_names().to_vec(),
            ..options.clone()
        };
        kernel::write(&folder.join("model"), model, &frequencies, &kept)?;
        let records = values::write(linker, &frequencies, &folder.join("records"))?;
        let columns = frequencies.columns.len();
        let (blocks, edges) = (Left::default(), Left::default());
        let steps = std::cell::Cell::new(0);
        let mut spread =
            Spread { engine, folder: made, linker, model, records, columns, blocks, edges, steps };
        spread.check_shared()?;
        spread.score(options)?;
        Ok(spread)
    }

    /// Clusters what was scored, with what people and rules said; they name records by the caller's numbers.
    pub(crate) fn resolve(&self, constraints: &Constraints) -> Result<Resolution> {
        let said = format!("said-{}", self.steps.get());
        let said = values::write_said(self.linker, constraints, &self.folder.0.join(said))?;
        let merges = components::merges(self, &said)?;
        answer::resolution(self, merges.as_ref())
    }

    /// Runs a step in a folder of its own.
    fn run(&self, name: &str, inputs: &[(&str, &Left)], sql: String) -> Result<Left> {
        let number = self.steps.get() + 1;
        self.steps.set(number);
        let begun = std::time::Instant::now();
        let left = self
            .engine
            .run(&Step { name, inputs, sql }, &self.folder.0.join(format!("{number:02}-{name}")))?;
        let (rows, bytes, files) = (left.rows, left.bytes, left.files.len());
        tracing::info!(step = name, rows, bytes, files, seconds = begun.elapsed().as_secs_f64(), "step done");
        Ok(left)
    }

    /// Whoever plans must see the files: a scheduler that does not would take them for empty.
    fn check_shared(&self) -> Result<()> {
        let sql = "SELECT count(*) AS records FROM records".to_string();
        let counted = self.run("count", &[("records", &self.records)], sql)?;
        let mut found = 0;
        counted.read(&mut |batch| {
            found += answer::column::<datafusion::arrow::datatypes::Int64Type>(batch, 0)?.value(0) as u64;
            Ok(())
        })?;
        if found == self.records.rows {
            return Ok(());
        }
        let why = format!("{found} of {} records were found there", self.records.rows);
        Err(not_shared(&self.folder.0, &why))
    }

    fn score(&mut self, options: &Options) -> Result<()> {
        let keys = self.run(
            "keys",
            &[("records", &self.records)],
            format!(
                "SELECT record, k['rule'] AS rule, k['bit'] AS bit, k['key'] AS key \
                 FROM (SELECT record, unnest({}) AS k FROM records)",
                self.keys_of("CAST(18446744073709551615 AS BIGINT UNSIGNED)")
            ),
        )?;
        let masks = self.run(
            "masks",
            &[("keys", &keys)],
            format!(
                "SELECT k.record, sum(k.bit) AS mask FROM keys k JOIN \
                 (SELECT rule, key FROM keys GROUP BY rule, key HAVING count(*) > 1 AND {}) s \
                 ON k.rule = s.rule AND k.key = s.key GROUP BY k.record",
                self.within(options.block_size_max)
            ),
        )?;
        self.blocks = self.run(
            "blocks",
            &[("records", &self.records), ("masks", &masks)],
            format!(
                "SELECT rule, kith_edges({}, rule, array_agg(member)) AS pairs FROM (\
                 SELECT k['rule'] AS rule, k['key'] AS key, member FROM (\
                 SELECT unnest({}) AS k, {} AS member FROM records r JOIN masks m ON r.record = m.record)) \
                 GROUP BY rule, key",
                self.model_folder(),
                self.keys_of("m.mask"),
                self.member("r", "m.mask")
            ),
        )?;
        self.edges = self.run(
            "edges",
            &[("blocks", &self.blocks)],
            "SELECT f['a'] AS a, f['b'] AS b, f['weight'] AS weight FROM (SELECT unnest(pairs['found']) AS f FROM blocks)".into(),
        )?;
        Ok(())
    }

    /// Which blocks are within the limit. A rule without keys makes one block of all records, without a limit.
    fn within(&self, size_max: usize) -> String {
        let all_pairs = self.model.blocking.iter().enumerate().filter(|(_, rule)| rule.keys.is_empty());
        let unlimited: String = all_pairs.map(|(rule, _)| format!(" OR rule = {rule}")).collect();
        format!("(count(*) <= {size_max}{unlimited})")
    }

    fn model_folder(&self) -> String {
        format!("'{}'", self.folder.0.join("model").display().to_string().replace('\'', "''"))
    }

    fn keys_of(&self, mask: &str) -> String {
        let values: String = (0..self.columns).map(|at| format!(", {}", values::column(at))).collect();
        format!("kith_keys({}, {mask}{values})", self.model_folder())
    }

    /// A record as the functions take it.
    fn member(&self, table: &str, mask: &str) -> String {
        let value = |name: String| format!(", '{name}', {table}.{name}");
        let values: String = (0..self.columns).map(|at| value(values::column(at))).collect();
        format!("named_struct('record', {table}.record, 'mask', {mask}, 'source', {table}.source{values})")
    }
}

#[cfg(test)]
mod tests;
