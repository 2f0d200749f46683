//! Making a proposal so.
//!
//! 1. The preview is computed again. If its digest is not the one that was seen, nothing is done.
//! 2. Decisions go into the log, the model into `model.toml`, confidence and rules into `kith.toml`: only the number in
//!    its place and the `[[rule]]` tables, so that comments and order stay.
//! 3. The stages behind landing run as in `kith run`.

use super::preview::shape::{Preview, Proposal};
use super::shape::Applied;
use super::{decide, preview, rules};
use crate::disk::replace_file;
use crate::error::{Error, Result};
use crate::project::Project;
use crate::report::Quiet;
use crate::resolve::model;
use crate::story;
use decide::Why;
use kith_core::config;
use kith_core::id::Position;
use serde::Serialize;
use std::sync::PoisonError;
use std::time::Instant;
use utoipa::ToSchema;

/// A proposal that was made so.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Promotion {
    /// What was expected, and has happened.
    #[serde(flatten)]
    pub preview: Preview,
    /// What the real run changed.
    pub applied: Applied,
}

pub(super) fn promote(
    project: &Project,
    proposal: &Proposal,
    digest: Option<&str>,
    why: Option<&Why>,
) -> Result<Promotion> {
    let begun = Instant::now();
    // Held to the end: what was computed is what is done.
    let mut facts = project.facts.lock().unwrap_or_else(PoisonError::into_inner);
    facts.catch_up(&project.live)?;
    let preview = preview::preview(project, &facts, proposal)?;
    if let Some(seen) = digest.filter(|seen| !preview.digest.eq_ignore_ascii_case(seen.trim())) {
        let message = format!("the preview {seen} no longer holds; now it would be {}", preview.digest);
        let help =
            "A source, a decision or the model has changed since. Look at a new preview, then promote it.";
        return Err(Error::conflict("K-PREVIEW-STALE", message, help));
    }
    if !proposal.decisions.is_empty() || !proposal.withdraw.is_empty() {
        let Some(why) = why else {
            let help = "Give a reason and an author with the proposal.";
            return Err(Error::input("K-DECISION-FORM", "the decisions in it need a reason", help));
        };
        for id in &proposal.withdraw {
            decide::take_back(project, Position(*id), why)?;
        }
        if !proposal.decisions.is_empty() {
            decide::take(project, &proposal.decisions, why)?;
        }
    }
    if proposal.confidence.is_some() || proposal.rules.is_some() {
        configure(project, proposal)?;
    }
    if let Some(text) = &proposal.model {
        model::write(&project.model_file(), text)?;
    }
    let report = story::apply(project, &mut facts, &Quiet)?;
    let (changes, profiles) = (report.resolution.changes, report.profiles);
    let applied = Applied { changes, profiles, seconds: begun.elapsed().as_secs_f64() };
    Ok(Promotion { preview, applied })
}

/// Writes confidence and rules into `kith.toml` and goes on with them.
fn configure(project: &Project, proposal: &Proposal) -> Result<()> {
    let file = project.dir().join("kith.toml");
    let wrong = |what: String| {
        let help =
            "Correct kith.toml, or set confidence and rules there by hand and use `kith run`.".to_string();
        let (code, file) = ("K-CONFIG-READ", file.display().to_string());
        Error::Config { code, message: what, help, file, line: None, column: None, span: None }
    };
    let mut text =
        std::fs::read_to_string(&file).map_err(|e| wrong(format!("kith.toml can not be read: {e}")))?;
    let mut wanted = config::parse(&text, &file.display().to_string())?;
    if let Some(confidence) = proposal.confidence {
        text = config::with_confidence(&text, confidence);
        wanted.project.confidence = confidence;
    }
    if let Some(rules) = &proposal.rules {
        wanted.rules = rules::checked(rules)?;
        text = config::with_rules(&text, &wanted.rules);
    }
    // What does not read back as it was meant must not be written.
    if config::parse(&text, &file.display().to_string())? != wanted {
        return Err(wrong("kith.toml is written in a way that can not be changed by a program".into()));
    }
    replace_file(&file, text.as_bytes()).map_err(|e| wrong(format!("kith.toml can not be written: {e}")))?;
    let mut config = project.config().as_ref().clone();
    config.project.confidence = wanted.project.confidence;
    config.rules = wanted.rules;
    project.set_config(config);
    Ok(())
}
