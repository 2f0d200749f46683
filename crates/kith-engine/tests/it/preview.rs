//! Whether a preview is what then happens, whatever is proposed, and notices when it no longer is.

use crate::steward::{always, decide, never, thirty, why};
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

/// The model with another prior, or with one level of agreement that true matches hardly ever have.
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

/// Proposals of every kind, one after the other; `model` is that of the first run.
fn proposal(step: usize, model: &str, project: &Project) -> Proposal {
    let nothing = Proposal::default;
    let with_model = |nth| Some(other_model(model, nth));
    match step {
        0 => Proposal { confidence: Some(0.9999), ..nothing() },
        1 => Proposal { model: with_model(0), ..nothing() },
        2 => Proposal { confidence: Some(0.2), ..nothing() },
        3 => Proposal { model: Some(model.into()), confidence: Some(0.97), ..nothing() },
        4 => {
            let decisions = vec![never("crm:C01", "shop:502"), always("crm:C03", "crm:C07")];
            Proposal { decisions, ..nothing() }
        }
        5 => Proposal { model: with_model(1), ..nothing() },
        6 => Proposal {
            withdraw: vec![project.decisions(false, None, 1).expect("list").decisions[0].id.0],
            decisions: vec![always("crm:C10", "crm:C20")],
            model: Some(model.into()),
            rules: Some(vec![rule("phone", "match")]),
            ..nothing()
        },
        7 => Proposal { rules: Some(vec![rule("given_name", "differ")]), ..nothing() },
        _ => Proposal { rules: Some(Vec::new()), confidence: Some(0.5), ..nothing() },
    }
}

fn rule(field: &str, verdict: &str) -> RuleWish {
    let (name, fields) = (format!("{verdict} {field}"), vec![field.to_string()]);
    RuleWish { name, fields, verdict: verdict.into(), confidence: None, group_max: None }
}

#[test]
fn whatever_is_proposed_happens_as_it_was_previewed() {
    let dir = thirty();
    let mut project = Project::open(dir.path()).expect("open");
    run(&project);
    let file = dir.path().join("model.toml");
    let model = std::fs::read_to_string(&file).expect("model.toml");
    let mut digests = BTreeSet::new();
    for step in 0..9usize {
        let proposal = proposal(step, &model, &project);
        let was = people(&project);
        let position = project.position();
        let preview = project.preview(&proposal).expect("preview");
        assert_eq!(project.position(), position, "a preview writes nothing");
        assert_eq!(people(&project), was);
        assert_eq!(project.preview(&proposal).expect("preview").digest, preview.digest);
        assert!(!preview.unchanged, "step {step} changes nothing, so it shows nothing");
        digests.insert(preview.digest.clone());
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
        if step == 7 {
            drop(project);
            project = Project::open(dir.path()).expect("open");
            let config = project.config();
            assert_eq!((config.project.confidence, config.rules.len()), (0.97, 1), "kith.toml says so");
        }
    }
    assert_eq!(digests.len(), 9, "another outcome, another digest");
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
