//! **resolve**: which records are the same person. True after it has run: every live record belongs to one profile,
//! and the merge tree says how sure that is.
//!
//! Reads:  the live nodes; `model.toml`, if it exists.
//! Decides: nothing itself: `kith_resolve` matches and clusters, `kith_live` issues ids.
//! Writes: merge trees into the store; `Model`, `Identity` and `Resolved` entries into the log; `model.toml`.
//! Fails:  `K-MODEL-…` if the model file can not be read or does not fit; then nothing has been written.
//!
//! 1. Turn the nodes into columns (`ground`, `encode`), ascending by node, so that the result is a function of the store
//!    alone. What people decided and the rules of `kith.toml` go with them.
//! 2. Take the model from `model.toml`, or from the log if the file is gone; estimate it from the data if there is
//!    none yet, if it was estimated from far fewer records (`model::outgrown`), or if `--retrain` was said.
//! 3. Compare, weigh and cluster, with the constraints (`rules`).
//! 4. Keep trees and edges per connected component, and who lives together (`households`).
//! 5. Cut the trees at the project's confidence; let `assign` turn the clusters into stable profile ids.
//! 6. Append the identity changes and "resolved up to here" in one batch.

pub(crate) mod components;
pub(crate) mod encode;
pub(crate) mod frequencies;
pub(crate) mod ground;
mod households;
pub(crate) mod model;
pub(crate) mod resident;
pub(crate) mod rules;
pub(crate) mod spread;

use crate::error::Result;
use crate::exec::EngineChoice;
use crate::facts::Facts;
use crate::look::Found;
use crate::look::shape::BlockingRule;
use crate::report::{Progress, ResolutionReport, Stage};
use ground::ground;
use kith_core::config::MatchRule;
use kith_core::entry::{Entry, IdentityChange, ModelEntry, ResolvedEntry};
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
    pub rules: &'a [MatchRule],
    pub retrain: bool,
    /// Of more records than this, what pages show is counted while they are at hand.
    pub fresh_max: u64,
    /// Where matching and clustering run; `None` = here.
    pub engine: Option<&'a EngineChoice>,
}

/// Resolves, unless nothing has changed since the last time.
pub(crate) fn run(task: &Task, progress: &dyn Progress) -> Result<ResolutionReport> {
    let stored = if task.retrain { None } else { stored_model(task)? };
    if let Some(reason) = nothing_to_do(task, stored.as_ref())? {
        return Ok(ResolutionReport { skipped: true, reason, ..Default::default() });
    }
    let up_to = task.live.position();
    let closure = task.live.decided()?;
    let mut ground = ground(task.live, &closure, task.rules)?;
    let mut report = ResolutionReport {
        records: ground.nodes.len() as u64,
        decisions: closure.decisions().len() as u64,
        ..Default::default()
    };
    if ground.nodes.is_empty() {
        report.reason = "there are no records".into();
        issue(task, up_to, &[], &mut report)?;
        return Ok(report);
    }
    let options = ground.options(None);
    let records = std::mem::take(&mut ground.records);
    let (linker, text, model) = bound(task, (records, &options), stored, &mut report, progress)?;
    let nodes = &ground.nodes;
    progress.step(Stage::Resolve, "records", 0, Some(nodes.len() as u64));
    let (resolution, outcomes) = match task.engine {
        None => rules::resolve(&ground, &linker, &model, &options)?,
        Some(choice) => spread::resolve_on(choice, &ground, &linker, &model, &options)?,
    };
    let together = households::find(&linker, &model, nodes, &resolution.tree.clusters(task.confidence))?;
    // Where only ids were compared there is no model to look at.
    if nodes.len() as u64 > task.fresh_max && text.is_some() {
        let found = Found::of((&linker, &model), nodes, &resolution, (task.confidence, up_to))?;
        report.found = Some(Box::new(found));
    }
    drop(linker);
    report.households = together.len() as u64;
    report.confidence = task.confidence;
    report.expected = kith_resolve::expected::at(&resolution.tree, task.confidence);
    report.edges = resolution.edges.len() as u64;
    report.reason = "records, decisions or the model have changed since the last resolution".into();
    report.rules = outcomes;
    report.blocking = resolution.rules.iter().map(blocking_rule).collect();
    progress.step(Stage::Identity, "profiles", 0, Some(nodes.len() as u64));
    task.live.set_tree(up_to, components::split(nodes, &resolution))?;
    task.live.set_households(&together)?;
    let clusters = components::clusters(nodes, &resolution.tree, task.confidence);
    if let Some(toml) = text.filter(|text| task.facts.model.as_ref() != Some(text)) {
        task.live.append(&[Entry::Model(ModelEntry { toml })])?;
    }
    issue(task, up_to, &clusters, &mut report)?;
    Ok(report)
}

/// The records under a model, with its text: the stored one, or one that is estimated from them now. No text: there is
/// nothing to compare yet.
fn bound(
    task: &Task,
    (records, options): (Records, &Options),
    stored: Option<(String, Model)>,
    report: &mut ResolutionReport,
    progress: &dyn Progress,
) -> Result<(Linker, Option<String>, Model)> {
    let mut trained = false;
    let outgrown = stored.as_ref().filter(|(_, model)| model::outgrown(model, report.records));
    let word = outgrown.map_or("trained".into(), |(_, model)| {
        format!("trained anew: the last one was of {} records", model.trained_on)
    });
    let stored = if outgrown.is_some() { None } else { stored };
    let (linker, mut model) = match stored {
        Some((text, model)) => {
            let (linker, known) = frequencies::linker(records, options, &model, task.model_file)?;
            if known {
                report.model = "read from model.toml".into();
                return Ok((linker, Some(text), model));
            }
            report.model = "read from model.toml; how often values occur was counted anew".into();
            (linker, model)
        }
        None if records.columns.is_empty() => {
            let (model, frequencies) = model::by_ids();
            let linker = Linker::with_frequencies(records, &frequencies, options);
            report.model = "not needed: the records have only ids".into();
            return Ok((linker.map_err(model::does_not_fit)?, None, model));
        }
        None => {
            progress.step(Stage::Train, "model", 0, None);
            let linker = Linker::new(records, options).map_err(model::does_not_fit)?;
            let model = kith_resolve::train(&linker, options).map_err(model::does_not_fit)?;
            report.model = word;
            trained = true;
            (linker, model)
        }
    };
    frequencies::save(task.model_file, &linker, &mut model)?;
    if trained {
        model.sign();
    }
    let text = model.to_toml();
    model::write(task.model_file, &text)?;
    Ok((linker, Some(text), model))
}

fn blocking_rule(report: &kith_resolve::candidates::RuleReport) -> BlockingRule {
    BlockingRule { rule: report.rule.clone(), pairs: Some(report.pairs), edges: Some(report.edges) }
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
fn nothing_to_do(task: &Task, stored: Option<&(String, Model)>) -> Result<Option<String>> {
    let Some(last) = &task.facts.resolved else { return Ok(None) };
    let same_model = stored.is_some_and(|(text, model)| {
        Some(text) == task.facts.model.as_ref() && !model::outgrown(model, last.nodes)
    });
    let same_records = last.up_to >= task.facts.last_change().max(task.facts.decided);
    let same_rules = last.rules == rules::fingerprint(task.rules);
    let same_confidence = last.confidence == task.confidence;
    let trees = task.live.tree_position()? >= last.up_to;
    let unchanged = same_model && same_records && same_rules && same_confidence && trees;
    Ok(unchanged
        .then(|| "no record, no decision, no rule and no model has changed since the last resolution".into()))
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
        largest: clusters.iter().map(|c| c.len() as u64).max().unwrap_or(0),
        rules: rules::fingerprint(task.rules),
        resolved_at_ms: Some(task.live.now_ms()),
    }));
    task.live.append(&entries)?;
    Ok(())
}

/// How many changes there are of each kind.
pub(crate) fn count(changes: &[IdentityChange]) -> BTreeMap<&'static str, u64> {
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
