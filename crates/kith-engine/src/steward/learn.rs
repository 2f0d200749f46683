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
use kith_core::decision::Decision;
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
    let labels = labels(project, |node| encoded.number(node).ok())?;
    if labels.is_empty() {
        let help = "Decide about some pairs first: `kith decide`, or the review page of `kith serve`.";
        return Err(Error::input("K-LABELS-NONE", "nobody has decided about any pair yet", help));
    }
    let options = Options::default();
    let learned = kith_resolve::recalibrate(&encoded.linker, &base, &labels, &options);
    let learned: Model = learned.map_err(model::does_not_fit)?;
    Ok(Cow::Owned(Proposal { model: Some(learned.to_toml()), learn: false, ..proposal.clone() }))
}

/// The pairs that people have decided about, by number; true = one person.
fn labels(project: &Project, number: impl Fn(NodeId) -> Option<u32>) -> Result<Vec<(u32, u32, bool)>> {
    let closure = project.live.decided()?;
    let mut labels = Vec::new();
    for (_, decision) in closure.decisions() {
        let Some((a, b)) = decision.pair() else { continue };
        let node = |r: &kith_core::decision::RecordRef| project.live.node_of(&r.source, &r.key);
        let (Some(a), Some(b)) = (node(a)?.and_then(&number), node(b)?.and_then(&number)) else { continue };
        labels.push((a, b, matches!(decision, Decision::Always { .. })));
    }
    Ok(labels)
}
