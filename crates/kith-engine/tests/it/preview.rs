//! Whether a preview is what then happens, whatever is proposed, and notices when it no longer is.

use crate::steward::{always, decide, never, why};
use crate::story::{Company, good, lookup, run};
use kith_core::entry::IdentityChange;
use kith_core::id::{NodeId, ProfileId};
use kith_engine::Project;
use kith_engine::steward::preview_shape::{Preview, Proposal, RuleWish};
use std::collections::{BTreeMap, BTreeSet};

type People = BTreeMap<ProfileId, Vec<NodeId>>;

fn people(project: &Project) -> People {
    project.live().profiles().map(|p| p.expect("profile")).collect()
}

fn profile_of(people: &People) -> BTreeMap<NodeId, ProfileId> {
    people.iter().flat_map(|(id, nodes)| nodes.iter().map(|n| (*n, *id))).collect()
}

/// The figures of the preview, counted anew from what was and what came to be.
fn check(preview: &Preview, was: &People, is: &People) {
    let (was_in, is_in) = (profile_of(was), profile_of(is));
    let parts = |nodes: &[NodeId], other: &BTreeMap<NodeId, ProfileId>| -> BTreeSet<ProfileId> {
        nodes.iter().filter_map(|n| other.get(n).copied()).collect()
    };
    let merged: BTreeSet<ProfileId> =
        is.values().map(|nodes| parts(nodes, &was_in)).filter(|p| p.len() > 1).flatten().collect();
    let split = was.values().filter(|nodes| parts(nodes, &is_in).len() > 1).count();
    let changed = was.iter().filter(|(id, nodes)| is.get(id) != Some(nodes)).count();
    let moved = was_in.iter().filter(|(n, id)| is_in.get(n).is_some_and(|now| now != *id)).count();
    let found = (preview.merged, preview.split, preview.people_affected, preview.records_moved);
    assert_eq!(found, (merged.len() as u64, split as u64, changed as u64, moved as u64));
    let new = is.keys().filter(|id| !was.contains_key(id)).count();
    let gone = was.keys().filter(|id| !is.contains_key(id)).count();
    assert_eq!((preview.created, preview.closed), (new as u64, gone as u64));
    assert_eq!((preview.before.profiles, preview.after.profiles), (was.len() as u64, is.len() as u64));
    for sample in &preview.samples {
        for person in &sample.after {
            let ids: BTreeSet<ProfileId> = person.records.iter().map(|r| is_in[&r.node_id]).collect();
            assert_eq!(ids.len(), 1, "{person:#?}");
            let id = *ids.first().expect("one");
            assert_eq!(is[&id].len() as u64, person.size);
            assert!(person.profile_id.map_or(!was.contains_key(&id), |p| p == id), "{person:#?}");
        }
        for person in &sample.before {
            let id = person.profile_id.expect("it has one today");
            assert!(person.records.iter().all(|r| was_in[&r.node_id] == id));
        }
    }
}

/// Identity changes since a position, by kind.
fn kinds(project: &Project, since: kith_core::id::Position) -> BTreeMap<&'static str, u64> {
    let mut kinds = BTreeMap::new();
    for (_, change) in project.live().changes_since(since, usize::MAX).expect("changes") {
        let kind = match change {
            IdentityChange::Created { .. } => "created",
            IdentityChange::Joined { .. } => "joined",
            IdentityChange::Merged { .. } => "merged",
            IdentityChange::Split { .. } => "split",
            IdentityChange::Left { .. } => "left",
        };
        *kinds.entry(kind).or_insert(0) += 1;
    }
    kinds
}

/// A model that believes less, or more, in some comparison.
fn other_model(text: &str, nth: usize) -> String {
    let mut seen = 0;
    let line = |line: &str| match line.strip_prefix("prior_match = ") {
        Some(prior) if nth == 0 => {
            format!("prior_match = {}", prior.parse::<f64>().expect("a number") / 5_000.0)
        }
        _ if line.starts_with("m = ") => {
            seen += 1;
            if seen == nth { "m = 0.000001".to_string() } else { line.to_string() }
        }
        _ => line.to_string(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

fn rule(field: &str, verdict: &str) -> RuleWish {
    let (name, fields) = (format!("{verdict} {field}"), vec![field.to_string()]);
    RuleWish { name, fields, verdict: verdict.into(), confidence: None, group_max: None }
}

#[test]
fn whatever_is_proposed_happens_as_it_was_previewed() {
    let company = Company::new(150);
    let mut project = company.open();
    run(&project);
    let file = company.path().join("model.toml");
    let mut digests = BTreeSet::new();
    let mut changed = 0;
    for step in 0..9usize {
        let text = std::fs::read_to_string(&file).expect("model.toml");
        let proposal = match step {
            0 => Proposal { confidence: Some(0.9999), ..Proposal::default() },
            1 => Proposal { model: Some(other_model(&text, 0)), ..Proposal::default() },
            2 => Proposal { confidence: Some(0.2), ..Proposal::default() },
            3 => Proposal {
                decisions: vec![never("crm:C00002", "customers:1002"), always("crm:C00003", "crm:C00008")],
                ..Proposal::default()
            },
            4 => Proposal {
                withdraw: vec![project.decisions(false, 1).expect("list").decisions[0].id.0],
                decisions: vec![always("crm:C00011", "crm:C00012")],
                model: Some(other_model(&text, 1)),
                confidence: Some(0.97),
                rules: Some(vec![rule("phone", "match")]),
            },
            6 => Proposal { rules: Some(vec![rule("birth_date", "differ")]), ..Proposal::default() },
            n => Proposal { model: Some(other_model(&text, n)), ..Proposal::default() },
        };
        let was = people(&project);
        let position = project.position();
        let preview = project.preview(&proposal).expect("preview");
        assert_eq!(project.position(), position, "a preview writes nothing");
        assert_eq!(people(&project), was);
        assert_eq!(project.preview(&proposal).expect("preview").digest, preview.digest);
        digests.insert(preview.digest.clone());
        changed += usize::from(!preview.unchanged);
        // By promotion, or by hand: the same thing happens.
        if step == 1 || step == 5 {
            std::fs::write(&file, proposal.model.as_deref().expect("a model")).expect("model.toml");
            run(&project);
        } else {
            let promotion =
                project.promote(&proposal, Some(&preview.digest), Some(&why())).expect("promoted");
            assert_eq!(promotion.applied.changes, preview.changes, "step {step}");
        }
        assert_eq!(kinds(&project, position), preview.changes, "step {step}");
        check(&preview, &was, &people(&project));
        let after = project.preview(&Proposal::default()).expect("preview");
        assert!(after.unchanged, "step {step}: {after:#?}");
        good(&project);
        if step == 2 {
            drop(project);
            project = company.open();
            assert_eq!(project.config().project.confidence, 0.2, "kith.toml says so");
        }
    }
    // A level of agreement that no pair has may change without any outcome; all others give another digest.
    assert!(digests.len() >= 8, "{digests:?}");
    assert!(changed >= 6, "{changed} of 9 proposals changed something");
}

#[test]
fn a_preview_that_no_longer_holds_is_not_promoted() {
    let company = Company::new(80);
    let project = company.open();
    run(&project);
    let proposal = Proposal { confidence: Some(0.9999), ..Proposal::default() };
    let preview = project.preview(&proposal).expect("preview");
    decide(&project, &[never("crm:C00002", "customers:1002")]);
    let toml = std::fs::read_to_string(company.path().join("kith.toml")).expect("kith.toml");
    let position = project.position();
    let stale = project.promote(&proposal, Some(&preview.digest), None).expect_err("stale");
    assert_eq!(stale.code(), "K-PREVIEW-STALE");
    assert_eq!(project.position(), position, "nothing was written");
    assert_eq!(std::fs::read_to_string(company.path().join("kith.toml")).expect("kith.toml"), toml);

    // Wrong proposals are refused before anything happens.
    let code = |proposal: Proposal| project.preview(&proposal).expect_err("wrong").code();
    assert_eq!(code(Proposal { confidence: Some(1.5), ..Proposal::default() }), "K-LOOKUP-CONFIDENCE");
    assert_eq!(code(Proposal { model: Some("x = 1".into()), ..Proposal::default() }), "K-MODEL-FORM");
    let wrong = vec![rule("shoe_size", "match")];
    assert_eq!(code(Proposal { rules: Some(wrong), ..Proposal::default() }), "K-CONFIG-FIELD");
    assert_eq!(code(Proposal { withdraw: vec![1], ..Proposal::default() }), "K-DECISION-GONE");
    let against = vec![always("crm:C00002", "customers:1002")];
    assert_eq!(code(Proposal { decisions: against, ..Proposal::default() }), "K-DECISION-AGAINST");
    let silent = Proposal { decisions: vec![never("crm:C00003", "crm:C00004")], ..Proposal::default() };
    assert_eq!(project.promote(&silent, None, None).expect_err("why?").code(), "K-DECISION-FORM");

    // A preview of today promotes, and the comments of kith.toml stay.
    let preview = project.preview(&proposal).expect("preview");
    project.promote(&proposal, Some(&preview.digest), None).expect("promoted");
    let now = std::fs::read_to_string(company.path().join("kith.toml")).expect("kith.toml");
    assert_eq!(now, toml.replace("confidence = 0.95", "confidence = 0.9999"));
    let profile = project.profile(&lookup("crm:C00002"), None).expect("profile");
    assert_eq!(profile.confidence, 0.9999, "and it holds at once");
}
