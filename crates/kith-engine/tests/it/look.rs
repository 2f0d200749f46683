//! Whether the figures about model, thresholds and benchmarks are those of the data.

use crate::company;
use crate::steward::{always, decide, id, never, why};
use crate::story::{Company, lookup, run};
use kith_engine::look::shape::{BenchmarkState, ExampleProfile};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;

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

#[test]
fn people_are_drawn_from_the_set_that_they_stand_for() {
    let company = Company::new(120);
    let project = company.open();
    run(&project);
    let identity = project.identity().expect("identity");
    let of = |id| project.profile(&lookup(&format!("profile:{id}")), None).expect("a profile").records;
    for set in &identity.overlap {
        assert_eq!(set.examples.len() as u64, set.profiles.min(5), "{set:#?}");
        for example in &set.examples {
            let records = of(example.profile_id);
            let sources: BTreeSet<&str> = records.iter().map(|r| r.source.as_str()).collect();
            assert_eq!(sources.into_iter().collect::<Vec<_>>(), set.sources);
            assert_eq!(example.value, records.len() as u64);
            assert!(example.name.is_some() && !example.record.key.is_empty(), "{example:#?}");
        }
    }
    for size in &identity.cluster_sizes {
        assert!(size.examples.iter().all(|e| of(e.profile_id).len() as u64 == size.size), "{size:#?}");
    }
    for source in &identity.by_source {
        let twice = |e: &ExampleProfile| {
            of(e.profile_id).iter().filter(|r| r.source.as_str() == source.source).count() as u64
        };
        assert!(source.examples.iter().all(|e| e.value > 1 && twice(e) == e.value), "{source:#?}");
        assert_eq!(source.examples.len() as u64, source.repeated.min(5));
        let share = source.duplicates as f64 / source.records as f64;
        assert!((source.duplicates_share - share).abs() < 1e-9);
    }
}

#[test]
fn scored_pairs_are_all_counted_and_examples_fit_what_was_asked() {
    let company = Company::new(150);
    let project = company.open();
    assert_eq!(project.scored_pairs().expect_err("none yet").code(), "K-MODEL-NONE");
    let report = run(&project);
    let view = project.scored_pairs().expect("pairs");
    assert_eq!(view.pairs, report.resolution.edges);
    assert!(view.bands.windows(2).all(|two| two[0].to_bits == two[1].from_bits), "no gaps");
    let estimated: f64 = view.patterns.iter().map(|p| p.pairs_estimated).sum();
    assert!(view.patterns_found > 60 || (estimated - view.pairs as f64).abs() < 1e-6, "{estimated}");
    let highest = view.bands.last().expect("bands");
    assert!(highest.merged == highest.pairs, "the surest pairs are one person: {highest:?}");

    let band = view.bands.iter().max_by_key(|b| b.pairs).expect("bands");
    let found = project.example_pairs(Some(band.from_bits), None, 7).expect("examples");
    assert_eq!((found.found, found.pairs.len() as u64), (band.pairs.min(128), band.pairs.min(7)));
    for pair in &found.pairs {
        assert!(pair.weight >= band.from_bits as f32 && pair.weight < band.to_bits as f32, "{pair:#?}");
        let name = |r: &kith_engine::shape::RecordName| lookup(&format!("node:{}", r.node_id.0));
        let explained = project.explain(&name(&pair.a), &name(&pair.b)).expect("explained");
        assert!(
            (explained.weight_bits - f64::from(pair.weight)).abs() < 0.01,
            "the waterfall has that weight"
        );
        assert_eq!(
            pair.merged,
            id(&project, &format!("node:{}", pair.a.node_id.0))
                == id(&project, &format!("node:{}", pair.b.node_id.0))
        );
    }
    let pattern = &view.patterns[0];
    let found = project.example_pairs(None, Some(&pattern.id), 5).expect("examples");
    assert_eq!(found.found, pattern.sampled);
    assert!(found.pairs.iter().all(|p| p.levels == pattern.levels && p.pattern == pattern.id));
    assert_eq!(project.example_pairs(None, Some("x"), 5).expect_err("no pattern").code(), "K-PAIRS-PATTERN");
    assert!(project.example_pairs(Some(999), None, 5).expect("none").pairs.is_empty());
}

#[test]
fn reliability_is_the_models_own_word_until_people_have_answered() {
    let company = Company::new(150);
    let project = company.open();
    run(&project);
    let own = project.reliability().expect("reliability");
    assert!(own.few && own.calibration_error.is_none() && own.furthest.is_empty());
    assert!(own.bins.iter().all(|b| b.share.is_none() && b.few), "no answer, no share");
    let pairs: u64 = own.bins.iter().map(|b| b.pairs).sum();
    assert_eq!(pairs, project.scored_pairs().expect("pairs").pairs);
    for bin in own.bins.iter().filter(|b| b.pairs > 0) {
        assert!(bin.stated.is_some_and(|p| p >= bin.from && p <= bin.to), "{bin:?}");
    }
    // Two answers: one that the model would have given, one that it would not.
    let shop = |n: &usize| project.profile(&lookup(&format!("customers:{}", 1000 + n)), None).is_ok();
    let mut both = (3..150).filter(shop).map(|n| (format!("crm:C{n:05}"), format!("customers:{}", 1000 + n)));
    let (crm, customer) = both.next().expect("a person of both");
    decide(&project, &[never("crm:C00002", "customers:1002"), always(&crm, &customer)]);
    let judged = project.reliability().expect("reliability");
    assert_eq!((judged.labels.always, judged.labels.never, judged.few), (1, 1, true));
    assert_eq!(judged.bins.iter().map(|b| b.labelled).sum::<u64>(), 2);
    assert_eq!(judged.furthest.len(), 1, "{:#?}", judged.furthest);
    assert!(!judged.furthest[0].same && judged.furthest[0].probability > 0.9);
    // Enough of them: the error is that of the answers, nearly all of which go against a model that is sure.
    let wishes: Vec<_> = both.map(|(a, b)| never(&a, &b)).collect();
    assert!(wishes.len() >= 50, "{} labels", wishes.len());
    project.decide(&wishes, &why(), false).expect("decided");
    let judged = project.reliability().expect("reliability");
    assert!(!judged.few && judged.calibration_error.is_some_and(|e| e > 0.5), "{judged:#?}");
}

#[test]
fn runs_are_kept_with_their_figures_and_compared() {
    let company = Company::new(100);
    let project = company.open();
    run(&project);
    let first = project.identity().expect("identity");
    let cards: Vec<&str> = first.benchmarks.iter().map(|b| b.id.as_str()).collect();
    assert!(cards.iter().all(|card| first.runs[0].figures.contains_key(*card)), "{:#?}", first.runs);
    assert!(first.runs[0].figures.contains_key("duplicates:crm"), "{:#?}", first.runs[0].figures);
    let joins: Vec<_> =
        (20..40).map(|n| always(&format!("crm:C{n:05}"), &format!("crm:C{:05}", n + 1))).collect();
    decide(&project, &joins);
    let second = project.identity().expect("identity");
    let [before, after] = &second.runs[..] else { panic!("two runs: {:#?}", second.runs) };
    assert_eq!(before, &first.runs[0], "a run stays as it was");
    let card = second.benchmarks.iter().find(|b| b.id == "many_given_names").expect("the card");
    assert_eq!(
        (card.state, card.past.as_slice()),
        (BenchmarkState::Bad, &[before.figures["many_given_names"]][..])
    );
    assert!((after.figures["many_given_names"] - card.value).abs() < 1e-12 && card.value > card.past[0]);
    let moved = second.benchmarks.iter().find(|b| b.id == "source_drift").expect("the card");
    assert!(moved.text.contains("is crm."), "only the CRM's people were joined: {}", moved.text);
    let runs = json(&second.runs);
    drop(project);
    assert_eq!(json(&company.open().identity().expect("identity").runs), runs, "also after a restart");
}

#[test]
fn many_records_are_counted_once_a_run_and_kept_for_the_next_start() {
    let company = Company::new(100);
    let project = company.open();
    let fresh = {
        run(&project);
        (project.model_view().expect("model"), project.scored_pairs().expect("pairs"))
    };
    // The same with everything counted in the run, while the records are at hand.
    project.count_at_runs_beyond(10);
    let options = kith_engine::RunOptions { retrain: true, ..Default::default() };
    project.run(&options, &kith_engine::Quiet).expect("run");
    let model = project.model_view().expect("model");
    assert_eq!(json(&model.unlinkables), json(&fresh.0.unlinkables));
    assert_eq!(json(&model.comparisons), json(&fresh.0.comparisons));
    assert!(model.blocking.iter().all(|b| b.pairs.is_some()));
    let pairs = project.scored_pairs().expect("pairs");
    assert_eq!((json(&pairs.bands), json(&pairs.patterns)), (json(&fresh.1.bands), json(&fresh.1.patterns)));
    // A decision that waits is judged at once, though the figures are of the run.
    project.decide(&[never("crm:C00002", "customers:1002")], &why(), false).expect("decided");
    let thresholds = project.thresholds().expect("thresholds");
    assert_eq!(thresholds.labels.never, 1);
    assert!(thresholds.position < project.position(), "counted at the run");
    let (identity, position) = (project.identity().expect("identity"), pairs.position);
    drop(project);
    let text =
        std::fs::read_to_string(company.path().join(".kith/look-default.json")).expect("the kept file");
    let person = &company::people(100)[2];
    assert!(!text.contains(&format!("{} {}", person.given, person.family)), "records by number only");
    let project = company.open();
    project.count_at_runs_beyond(10);
    assert_eq!(project.scored_pairs().expect("pairs").position, position, "from the file");
    assert_eq!(json(&project.identity().expect("identity")), json(&identity));
}

/// An answer as JSON, to compare it whole. Numbers are cut to twelve digits: what is read from a file may differ in the last.
fn json(answer: &impl Serialize) -> Value {
    fn cut(value: Value) -> Value {
        match value {
            Value::Number(n) if n.is_f64() => format!("{:.12e}", n.as_f64().unwrap_or(f64::NAN)).into(),
            Value::Array(all) => all.into_iter().map(cut).collect(),
            Value::Object(all) => all.into_iter().map(|(name, value)| (name, cut(value))).collect(),
            other => other,
        }
    }
    cut(serde_json::to_value(answer).expect("json"))
}
