//! What a proposal would change, computed as the real run computes it, and written nowhere.
//!
//! 1. The proposed decisions are checked like real ones and put beside those in force; withdrawn ones are left out.
//! 2. All live records are resolved with the proposed model; the trees are cut at the proposed confidence.
//! 3. `assign` says how today's profiles become those clusters; the changes are applied to a copy of the profiles.
//! 4. The outcome is condensed into a digest: every record's profile and every merge with its confidence. A new profile
//!    goes by its smallest record, since its id follows from the log position at which it will be issued.
//! 5. Before and after are compared (`compare`).

mod compare;
mod digest;
pub mod shape;

use super::decide;
use crate::error::{Error, Result};
use crate::facts::Facts;
use crate::project::Project;
use crate::resolve::ground::{Ground, ground};
use crate::resolve::{self, components, frequencies, model, rules};
use kith_core::decision::Closure;
use kith_core::entry::IdentityChange;
use kith_core::id::{NodeId, Position, ProfileId};
use kith_live::identity::{ProfileRow, State};
use kith_resolve::{Model, Resolution};
use shape::{Preview, Proposal, Totals};

/// What would be, in full.
pub(super) struct Future {
    pub nodes: Vec<NodeId>,
    pub resolution: Resolution,
    pub clusters: Vec<Vec<NodeId>>,
    pub changes: Vec<IdentityChange>,
    pub confidence: f64,
}

/// Compares what is with what would be.
pub(super) fn preview(project: &Project, facts: &Facts, proposal: &Proposal) -> Result<Preview> {
    let position = project.live.position();
    let future = future(project, facts, proposal)?;
    let before = state(project)?;
    let mut after = before.clone();
    for (next, change) in (position.0 + 1..).zip(&future.changes) {
        after.apply(Position(next), change);
    }
    let confidence = facts.resolved.as_ref().map_or(future.confidence, |r| r.confidence);
    let compared = compare::compare(&project.reader(), &before, &after)?;
    Ok(Preview {
        position,
        digest: digest::digest(&future, &before, &after),
        unchanged: future.changes.is_empty(),
        before: totals(&before, confidence),
        after: totals(&after, future.confidence),
        changes: resolve::count(&future.changes),
        merged: compared.merged,
        split: compared.split,
        created: compared.created,
        closed: compared.closed,
        people_affected: compared.people_affected,
        records_moved: compared.records_moved,
        samples: compared.samples,
    })
}

/// Resolves as the real run would.
fn future(project: &Project, facts: &Facts, proposal: &Proposal) -> Result<Future> {
    let config = project.config();
    let confidence = match proposal.confidence {
        None => config.project.confidence,
        Some(confidence) => crate::profile::checked(confidence)?,
    };
    let model = wanted_model(project, facts, proposal)?;
    let closure = wanted_decisions(project, proposal)?;
    let proposed = proposal.rules.as_deref().map(super::rules::checked).transpose()?;
    let rules = proposed.as_deref().unwrap_or(&config.rules);
    let mut ground = ground(&project.live, &closure, rules)?;
    let resolution = match ground.nodes.is_empty() {
        true => Resolution { edges: Vec::new(), tree: Default::default(), rules: Vec::new() },
        false => resolved(project, &mut ground, &model)?,
    };
    let nodes = ground.nodes;
    let clusters = components::clusters(&nodes, &resolution.tree, confidence);
    let changes = project.live.assign(&clusters)?;
    Ok(Future { nodes, resolution, clusters, changes, confidence })
}

fn resolved(project: &Project, ground: &mut Ground, model: &Model) -> Result<Resolution> {
    let (records, options) = (std::mem::take(&mut ground.records), ground.options(None));
    let (linker, _) = frequencies::linker(records, &options, model, &project.model_file())?;
    Ok(rules::resolve(ground, &linker, model, &options)?.0)
}

/// The proposed model; else that of the file, else that of the log, as the real run would take it.
fn wanted_model(project: &Project, facts: &Facts, proposal: &Proposal) -> Result<Model> {
    if let Some(text) = &proposal.model {
        return proposed_model(text);
    }
    if let Some((_, model)) = model::read(&project.model_file())? {
        return Ok(model);
    }
    match &facts.model {
        Some(text) => model::parse(&project.model_file(), text),
        None => Err(model::none()),
    }
}

/// The model in a text that somebody proposes.
pub(super) fn proposed_model(text: &str) -> Result<Model> {
    Model::from_toml(text).map_err(|e| {
        let help = "Begin with the text of model.toml and change numbers in it.";
        Error::input("K-MODEL-FORM", format!("the proposed model can not be read: {e}"), help)
    })
}

/// The decisions that would be in force.
fn wanted_decisions(project: &Project, proposal: &Proposal) -> Result<Closure> {
    for id in &proposal.withdraw {
        decide::in_force(project, Position(*id))?;
    }
    let decided = project.live.decided()?;
    let kept = decided.decisions().iter().filter(|(position, _)| !proposal.withdraw.contains(&position.0));
    let mut closure = Closure::of(kept.cloned());
    decide::checked(project, &mut closure, &proposal.decisions)?;
    Ok(closure)
}

/// Today's profiles.
fn state(project: &Project) -> Result<State> {
    let mut state = State::default();
    for profile in project.live.profiles() {
        let (id, nodes) = profile?;
        state.profile_of.extend(nodes.iter().map(|node| (*node, id)));
        state.profiles.insert(id, ProfileRow { born: Position(0), nodes });
    }
    Ok(state)
}

fn totals(state: &State, confidence: f64) -> Totals {
    let sizes = || state.profiles.values().map(|row| row.nodes.len() as u64).filter(|n| *n > 0);
    Totals {
        records: sizes().sum(),
        profiles: sizes().count() as u64,
        largest: sizes().max().unwrap_or(0),
        confidence,
    }
}

/// The name of a profile that does not depend on when it is issued.
fn lasting(id: ProfileId, before: &State, after: &State) -> String {
    if before.profiles.contains_key(&id) {
        return id.to_string();
    }
    let smallest = after.profiles.get(&id).and_then(|row| row.nodes.first());
    smallest.map_or_else(|| "new".to_string(), |node| format!("new of {}", node.0))
}
