//! What the decisions of people teach the model.
//!
//! 1. Every `always` and `never` in force whose two records are there is a labelled pair.
//! 2. `kith_resolve::recalibrate` gives a model with other weights and another calibration; few labels move it little.
//! 3. That model is a proposal like any other: it is previewed, and promoted or not. Nothing is learned behind
//!    anybody's back.

use super::preview::proposed_model;
use super::preview::shape::Proposal;
use crate::error::{Error, Result};
use crate::project::Project;
use crate::resolve::model;
use kith_core::decision::{Decision, RecordRef};
use kith_core::id::NodeId;
use kith_resolve::{Model, Options};
use std::borrow::Cow;

/// The proposal with the model that people's decisions lead to, if it asks for that.
pub(super) fn learned<'a>(project: &Project, proposal: &'a Proposal) -> Result<Cow<'a, Proposal>> {
    if !proposal.learn {
        return Ok(Cow::Borrowed(proposal));
    }
    let base = match &proposal.model {
        Some(text) => proposed_model(text)?,
        None => project.model()?.ok_or_else(model::none)?,
    };
    let encoded = project.encoded(&base)?;
    let number = |node| encoded.number(node).ok();
    let label = |(a, b, same)| Some((number(a)?, number(b)?, same));
    let labels: Vec<(u32, u32, bool)> = decided_pairs(project)?.into_iter().filter_map(label).collect();
    if labels.is_empty() {
        let help = "Decide about some pairs first: `kith decide`, or the review page of `kith serve`.";
        return Err(Error::input("K-LABELS-NONE", "nobody has decided about any pair yet", help));
    }
    let options = Options::default();
    let learned = kith_resolve::recalibrate(&encoded.linker, &base, &labels, &options);
    let learned: Model = learned.map_err(model::does_not_fit)?;
    Ok(Cow::Owned(Proposal { model: Some(learned.to_toml()), learn: false, ..proposal.clone() }))
}

/// The pairs of records that people have decided about, gone ones too; true = one person.
pub(crate) fn decided_pairs(project: &Project) -> Result<Vec<(NodeId, NodeId, bool)>> {
    let closure = project.live.decided()?;
    let mut pairs = Vec::new();
    for (_, decision) in closure.decisions() {
        let Some((a, b)) = decision.pair() else { continue };
        let node = |record: &RecordRef| project.live.node_of(&record.source, &record.key);
        if let (Some(a), Some(b)) = (node(a)?, node(b)?) {
            pairs.push((a, b, matches!(decision, Decision::Always { .. })));
        }
    }
    Ok(pairs)
}
