//! Whether the figures about model, thresholds and benchmarks are those of the data.

use crate::company;
use crate::steward::{always, decide, id, never};
use crate::story::{Company, run};
use kith_engine::look::shape::BenchmarkState;

#[test]
fn thresholds_agree_with_what_a_run_at_that_confidence_gives() {
    let company = Company::new(150);
    let project = company.open();
    run(&project);
    let view = project.thresholds().expect("thresholds");
    assert!((20..=50).contains(&view.thresholds.len()));
    assert!(view.thresholds.is_sorted_by(|x, y| x.confidence < y.confidence && x.clusters <= y.clusters));
    assert!(view.thresholds.is_sorted_by(|x, y| x.recall_estimated >= y.recall_estimated));
    let own = view.thresholds.iter().find(|t| t.confidence == view.confidence).expect("that in force");
    let identity = project.identity().expect("identity");
    assert_eq!((own.clusters, view.records), (identity.profiles, identity.records));
    let together: u64 =
        identity.cluster_sizes.iter().filter(|s| s.size > 1).map(|s| s.size * s.profiles).sum();
    assert_eq!(own.merged_records, together);
    assert_eq!(Some(own.largest), identity.cluster_sizes.last().map(|s| s.size));
    assert!(own.precision_estimated > 0.95 && own.recall_estimated > 0.9, "{own:#?}");
    assert!(view.thresholds.iter().all(|t| t.labelled.is_none()));

    // With labels: the model is judged, not what the labels have made of it.
    decide(&project, &[never("crm:C00002", "customers:1002"), always("crm:C00003", "crm:C00004")]);
    let view = project.thresholds().expect("thresholds");
    assert_eq!((view.labels.always, view.labels.never), (1, 1));
    let own = view.thresholds.iter().find(|t| t.confidence == 0.95).and_then(|t| t.labelled).expect("labels");
    assert_eq!((own.false_positives, own.false_negatives), (1, 1), "both contradict the model");
}

#[test]
fn the_model_is_shown_with_what_it_meets() {
    let company = Company::new(100);
    let project = company.open();
    assert_eq!(project.model_view().expect_err("none yet").code(), "K-MODEL-NONE");
    let report = run(&project);
    let view = project.model_view().expect("model");
    assert_eq!(view.toml, std::fs::read_to_string(company.path().join("model.toml")).expect("model.toml"));
    assert!(view.prior_bits < 0.0 && view.comparisons.len() > 4);
    let email = view.comparisons.iter().find(|c| c.aspect == "email").expect("e-mail");
    assert!(email.present > 100 && email.distinct >= 90 && !email.levels.is_empty(), "{email:#?}");
    let family = view.comparisons.iter().find(|c| c.aspect == "family_name").expect("family name");
    let (first, last) = (family.term_frequencies.first(), family.term_frequencies.last());
    let (first, last) = first.zip(last).expect("terms");
    assert!(first.records > last.records && first.bits < last.bits, "{:#?}", family.term_frequencies);
    let edges: u64 = view.blocking.iter().filter_map(|b| b.edges).sum();
    assert_eq!(edges, report.resolution.edges);
    assert!(view.unlinkables.is_sorted_by(|x, y| x.records <= y.records));
    assert!(view.unlinkables.iter().all(|u| u.share < 0.1), "{:#?}", view.unlinkables);
}

#[test]
fn a_card_turns_red_when_people_are_taken_for_one() {
    let company = Company::new(100);
    let project = company.open();
    run(&project);
    let state = |id: &str| {
        let identity = project.identity().expect("identity");
        let card = identity.benchmarks.into_iter().find(|b| b.id == id);
        card.map(|c| (c.state, c.profiles, c.examples))
    };
    let sound = project.identity().expect("identity");
    assert!(sound.benchmarks.iter().all(|b| b.state == BenchmarkState::Ok), "{:#?}", sound.benchmarks);
    assert_eq!(sound.runs.len(), 1);
    let fill = |field: &str| sound.completeness.iter().find(|f| f.field == field).expect(field).clone();
    assert_eq!(
        (fill("street").records, fill("given_name").profiles_share),
        (100, 1.0),
        "streets: only the CRM's"
    );
    assert!(sound.runs[0].at.is_some() && sound.runs[0].largest.is_some());
    // Twenty people become one: the cards say so, and name them.
    let whole = |n: usize| id(&project, &format!("crm:C{n:05}")).to_string();
    let joins: Vec<_> = (20..40).map(|n| always(&whole(n), &whole(n + 1))).collect();
    decide(&project, &joins);
    let names: std::collections::BTreeSet<String> =
        company::people(100)[20..41].iter().map(|p| p.given.to_lowercase()).collect();
    let (state_now, profiles, examples) = state("many_given_names").expect("the card");
    let people = project.identity().expect("identity").profiles;
    assert_eq!((state_now, profiles), (BenchmarkState::Bad, 1), "of {people} people");
    assert_eq!(examples[0].value, names.len() as u64);
    let (state_now, _, examples) = state("largest_profile").expect("the card");
    assert_eq!((state_now, examples[0].value), (BenchmarkState::Bad, 46));
    assert_eq!(state("dedupe_drift").expect("the card").0, BenchmarkState::Warn);
    assert_eq!(project.identity().expect("identity").runs.len(), 2);
}
