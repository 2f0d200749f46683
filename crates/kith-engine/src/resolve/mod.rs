//! **resolve**: which records are the same person. True after it has run: every live record belongs to one profile,
//! and the merge tree says how sure that is.
//!
//! Reads:  the live nodes; `model.toml`, if it exists.
//! Decides: nothing itself: `kith_resolve` matches and clusters, `kith_live` issues ids.
//! Writes: merge trees into the store; `Model`, `Identity` and `Resolved` entries into the log; `model.toml`.
//! Fails:  `K-MODEL-…` if the model file can not be read or does not fit; then nothing has been written.
//!
//! 1. Turn the nodes into columns (`encode`), ascending by node, so that the result is a function of the store alone.
//! 2. Take the model from `model.toml`, or from the log if the file is gone; estimate it from the data if there is
//!    none yet or `--retrain` was said.
//! 3. Compare, weigh and cluster.
//! 4. Keep trees and edges per connected component.
//! 5. Cut the trees at the project's confidence; let `assign` turn the clusters into stable profile ids.
//! 6. Append the identity changes and "resolved up to here" in one batch.

pub(crate) mod components;
pub(crate) mod encode;
pub(crate) mod model;

use crate::error::{Error, Result};
use crate::facts::Facts;
use crate::report::{Progress, ResolutionReport, Stage};
use encode::{EmailHashes, Encoder};
use kith_core::entry::{Entry, IdentityChange, ModelEntry, ResolvedEntry};
use kith_core::field::Field;
use kith_core::id::{NodeId, Position};
use kith_live::Live;
use kith_resolve::{Linker, Model, Options, Records};
use std::collections::BTreeMap;
use std::path::Path;

/// What resolution is given.
pub(crate) struct Task<'a> {
    pub live: &'a Live,
    pub facts: &'a Facts,
    pub model_file: &'a Path,
    pub confidence: f64,
    pub retrain: bool,
}

/// Resolves, unless nothing has changed since the last time.
pub(crate) fn run(task: &Task, progress: &dyn Progress) -> Result<ResolutionReport> {
    let stored = if task.retrain { None } else { stored_model(task)? };
    if let Some(reason) = nothing_to_do(task, stored.as_ref().map(|(text, _)| text.as_str()))? {
        return Ok(ResolutionReport { skipped: true, reason, ..Default::default() });
    }
    let up_to = task.live.position();
    let (nodes, records) = collect(task.live)?;
    let mut report = ResolutionReport { records: nodes.len() as u64, ..Default::default() };
    if nodes.is_empty() {
        report.reason = "there are no records".into();
        issue(task, up_to, &[], &mut report)?;
        return Ok(report);
    }
    let options = Options::default();
    let linker = Linker::new(records, &options).map_err(model::does_not_fit)?;
    let (text, model) = match stored {
        Some(stored) => {
            report.model = "read from model.toml".into();
            stored
        }
        None => {
            progress.step(Stage::Train, "model", 0, None);
            let model = kith_resolve::train(&linker, &options).map_err(model::does_not_fit)?;
            let text = model.to_toml();
            model::write(task.model_file, &text)?;
            report.model = "trained".into();
            (text, model)
        }
    };
    progress.step(Stage::Resolve, "records", 0, Some(nodes.len() as u64));
    let resolution = kith_resolve::resolve(&linker, &model, &options).map_err(model::does_not_fit)?;
    drop(linker);
    report.edges = resolution.edges.len() as u64;
    report.reason = "records have changed since the last resolution".into();
    progress.step(Stage::Identity, "profiles", 0, Some(nodes.len() as u64));
    task.live.set_tree(up_to, components::split(&nodes, &resolution))?;
    let clusters = components::clusters(&nodes, &resolution.tree, task.confidence);
    if task.facts.model.as_deref() != Some(&text) {
        task.live.append(&[Entry::Model(ModelEntry { toml: text })])?;
    }
    issue(task, up_to, &clusters, &mut report)?;
    Ok(report)
}

/// The model of the file; without a file that of the log, which is then written to the file again.
fn stored_model(task: &Task) -> Result<Option<(String, Model)>> {
    if let Some(found) = model::read(task.model_file)? {
        return Ok(Some(found));
    }
    let Some(text) = &task.facts.model else { return Ok(None) };
    let model = model::parse(task.model_file, text)?;
    model::write(task.model_file, text)?;
    Ok(Some((text.clone(), model)))
}

/// Why the last result still stands, if it does.
fn nothing_to_do(task: &Task, model: Option<&str>) -> Result<Option<String>> {
    let Some(last) = &task.facts.resolved else { return Ok(None) };
    let same_model = model.is_some() && model == task.facts.model.as_deref();
    let same_records = last.up_to >= task.facts.last_change();
    let same_confidence = last.confidence == task.confidence;
    let trees = task.live.tree_position()? >= last.up_to;
    let unchanged = same_model && same_records && same_confidence && trees;
    Ok(unchanged.then(|| "no record and no model has changed since the last resolution".into()))
}

/// Turns clusters into identity changes and appends them, with nothing between: ids come from the position that the
/// first change will have.
fn issue(
    task: &Task,
    up_to: Position,
    clusters: &[Vec<NodeId>],
    report: &mut ResolutionReport,
) -> Result<()> {
    let changes = task.live.assign(clusters)?;
    report.changes = count(&changes);
    let mut entries: Vec<Entry> = changes.into_iter().map(Entry::Identity).collect();
    entries.push(Entry::Resolved(ResolvedEntry {
        up_to,
        confidence: task.confidence,
        nodes: clusters.iter().map(|c| c.len() as u64).sum(),
        profiles: clusters.len() as u64,
    }));
    task.live.append(&entries)?;
    Ok(())
}

fn count(changes: &[IdentityChange]) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for change in changes {
        let kind = match change {
            IdentityChange::Created { .. } => "created",
            IdentityChange::Joined { .. } => "joined",
            IdentityChange::Merged { .. } => "merged",
            IdentityChange::Split { .. } => "split",
            IdentityChange::Left { .. } => "left",
        };
        *counts.entry(kind).or_insert(0) += 1;
    }
    counts
}

/// All live nodes, ascending, as the library's columns.
pub(crate) fn collect(live: &Live) -> Result<(Vec<NodeId>, Records)> {
    let mut hashes = EmailHashes::default();
    let mut hashed = false;
    for node in live.nodes() {
        let node = node?;
        hashes.learn(&node.values);
        hashed |= node.values.iter().any(|v| v.field == Field::EmailSha256);
    }
    if !hashed {
        hashes = EmailHashes::default();
    }
    let mut nodes = Vec::new();
    let mut encoder = Encoder::default();
    for node in live.nodes() {
        let node = node?;
        encoder.push(node.source.as_str(), &node.values, &hashes);
        nodes.push(node.id);
    }
    if u32::try_from(nodes.len()).is_err() {
        let help = "Split the project by tenant. Larger projects are planned.";
        return Err(Error::input(
            "K-RESOLVE-TOO-MANY",
            "more than 4,294,967,295 records can not be resolved",
            help,
        ));
    }
    Ok((nodes, encoder.finish()))
}
