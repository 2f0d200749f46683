//! Whether what people decide holds in every later run, with what follows from it, until it is taken back; and whether
//! contradictions are refused.

use crate::story::{Company, good, lookup, run};
use kith_core::id::{Position, ProfileId};
use kith_engine::steward::Why;
use kith_engine::steward::shape::{EdgeState, Outcome, Wish};
use kith_engine::{Error, Project, Quiet};

pub fn why() -> Why {
    Why { reason: "looked at both".into(), author: "ada".into() }
}

pub fn always(a: &str, b: &str) -> Wish {
    Wish::Always { a: a.into(), b: b.into() }
}

pub fn never(a: &str, b: &str) -> Wish {
    Wish::Never { a: a.into(), b: b.into() }
}

fn blocked(field: &str, value: &str) -> Wish {
    Wish::Blocked { field: field.into(), value: value.into() }
}

pub fn decide(project: &Project, wishes: &[Wish]) -> Outcome {
    project.decide(wishes, &why(), true).expect("decided")
}

fn refused(project: &Project, wish: Wish) -> Error {
    let before = project.position();
    let error = project.decide(&[wish], &why(), true).expect_err("refused");
    assert_eq!(project.position(), before, "nothing was written");
    error
}

pub fn id(project: &Project, record: &str) -> ProfileId {
    project.profile(&lookup(record), None).expect(record).profile_id.expect("an id")
}

fn same(project: &Project, a: &str, b: &str) -> bool {
    id(project, a) == id(project, b)
}

#[test]
fn a_decision_holds_in_every_later_run_until_it_is_taken_back() {
    let company = Company::new(80);
    let project = company.open();
    run(&project);
    let (crm, shop) = ("crm:C00002", "customers:1002");
    let before = id(&project, crm);
    assert!(same(&project, crm, shop));

    let outcome = decide(&project, &[never(crm, shop)]);
    assert!(outcome.applied.as_ref().is_some_and(|a| a.changes.contains_key("split")), "{outcome:#?}");
    let view = &outcome.decisions[0];
    assert!(view.in_force && view.applied && view.author == "ada", "{view:#?}");
    assert_eq!(
        view.a.as_ref().and_then(|r| r.node_id),
        project.cluster(&lookup(crm), None).ok().map(|g| g.asked)
    );
    assert!(!same(&project, crm, shop));
    good(&project);

    // At any confidence, in a graph that says why, in a run over changed rows, after a rebuild and a restart.
    let loose = project.profile(&lookup(crm), Some(0.06)).expect("profile");
    assert!(loose.records.iter().all(|r| r.source.as_str() != "customers"), "{:#?}", loose.records);
    let graph = project.cluster(&lookup(crm), None).expect("graph");
    assert!(graph.edges.iter().any(|e| e.state == EdgeState::Refused), "{:#?}", graph.edges);
    assert_eq!(graph.decisions.len(), 1);
    let csv = std::fs::read_to_string(company.path().join("crm.csv")).expect("crm.csv");
    std::fs::write(company.path().join("crm.csv"), csv.replacen("C00007,", "C00007,X", 1)).expect("crm.csv");
    let report = run(&project);
    assert!(!report.resolution.skipped && report.resolution.decisions == 1, "{:?}", report.resolution);
    assert!(!same(&project, crm, shop));
    project.rebuild(&Quiet).expect("rebuild");
    good(&project);
    assert!(!same(&project, crm, shop));
    drop(project);
    let project = company.open();
    assert!(run(&project).resolution.skipped, "nothing is new");

    // Taken back: as it was, under the same id.
    let taken = project.undo(view.id, &why(), true).expect("undone");
    assert!(!taken.decisions[0].in_force && taken.decisions[0].withdrawn.is_some());
    assert!(same(&project, crm, shop));
    assert_eq!(id(&project, crm), before);
    let again = project.undo(view.id, &why(), true).expect_err("it is gone");
    assert_eq!(again.code(), "K-DECISION-GONE");
    let list = project.decisions(false, None, 10).expect("list");
    assert_eq!((list.in_force, list.pending, list.decisions.len()), (0, 0, 0));
    assert_eq!(project.decisions(true, None, 10).expect("list").decisions.len(), 1);
    good(&project);
}

#[test]
fn what_follows_holds_too_and_contradictions_are_refused_by_name() {
    let company = Company::new(60);
    let project = company.open();
    run(&project);
    let people = ["crm:C00003", "crm:C00004", "crm:C00005", "crm:C00006"];
    let [a, b, c, d] = people;
    assert!(!same(&project, a, c));
    let joined = decide(&project, &[always(a, b), always(b, c)]);
    assert!(same(&project, a, c) && !same(&project, a, d));
    let decided = |x, y| project.explain(&lookup(x), &lookup(y)).expect("explained").decided;
    assert_eq!((decided(a, c), decided(a, d)), (Some(true), None), "also what follows");
    let ids: Vec<Position> = joined.decisions.iter().map(|d| d.id).collect();

    let error = refused(&project, never(a, c));
    assert_eq!(error.code(), "K-DECISION-AGAINST");
    for id in &ids {
        assert!(error.to_string().contains(&id.0.to_string()), "{error}");
    }
    let apart = decide(&project, &[never(c, d)]);
    let of = |record: &str| {
        let found = project.decisions(false, Some(&lookup(record)), 10).expect("list").decisions;
        found.iter().map(|d| d.id).collect::<Vec<_>>()
    };
    assert_eq!(of(c), [apart.decisions[0].id, ids[1]], "newest first");
    assert_eq!((of(a), of("crm:C00020")), (vec![ids[0]], Vec::new()));
    let error = refused(&project, always(a, d));
    assert!(error.to_string().contains(&apart.decisions[0].id.0.to_string()), "{error}");
    assert_eq!(refused(&project, always(b, a)).code(), "K-DECISION-KNOWN");
    assert_eq!(refused(&project, always(a, a)).code(), "K-DECISION-FORM");
    let both = project.decide(&[always(d, "crm:C00007"), never("crm:C00007", d)], &why(), true);
    let error = both.expect_err("against each other");
    assert!(error.to_string().contains("number 1 of these"), "{error}");

    // One of the middle goes from its source: the two around it stay one person.
    let csv = std::fs::read_to_string(company.path().join("crm.csv")).expect("crm.csv");
    let without: String =
        csv.lines().filter(|l| !l.starts_with("C00004")).map(|l| format!("{l}\n")).collect();
    std::fs::write(company.path().join("crm.csv"), without).expect("crm.csv");
    run(&project);
    assert!(same(&project, a, c));
    good(&project);

    // What is incomplete, or not one record.
    let nobody = Why { reason: "  ".into(), author: "ada".into() };
    assert_eq!(project.decide(&[never(a, d)], &nobody, true).expect_err("why?").code(), "K-DECISION-FORM");
    assert_eq!(project.decide(&[], &why(), true).expect_err("what?").code(), "K-DECISION-FORM");
    assert_eq!(refused(&project, never(a, "crm:none")).code(), "K-LOOKUP-NOBODY");
    let shared = project.profile(&lookup("crm:C00012"), None).expect("profile");
    assert_eq!(shared.records.len(), 3);
    let email = shared.golden.iter().find(|g| g.field.name() == "email").expect("one").winner.value.clone();
    let error = refused(&project, never(d, &format!("email:{email}")));
    assert_eq!(error.code(), "K-DECISION-RECORD", "{error}");
}

#[test]
fn whole_profiles_are_joined_and_kept_apart_record_by_record() {
    let company = Company::new(60);
    let project = company.open();
    run(&project);
    let (a, b) = (id(&project, "crm:C00002"), id(&project, "crm:C00012"));
    let size = |record: &str| project.profile(&lookup(record), None).expect(record).records.len();
    let joined = decide(&project, &[always(&a.to_string(), &format!("profile:{b}"))]);
    assert_eq!(joined.decisions.len(), 5, "six records, each with the first");
    assert_eq!((size("crm:C00002"), id(&project, "tickets:T12")), (6, id(&project, "customers:1002")));
    assert_eq!(refused(&project, always(&a.to_string(), &a.to_string())).code(), "K-DECISION-KNOWN");
    good(&project);
    for decision in joined.decisions {
        project.undo(decision.id, &why(), false).expect("undone");
    }
    project.apply_decisions().expect("applied");
    assert_eq!((size("crm:C00002"), size("crm:C00012")), (3, 3));
    assert_eq!(
        (id(&project, "crm:C00002"), id(&project, "crm:C00012") == b),
        (a, false),
        "b redirects for ever"
    );
    let apart = decide(&project, &[never("crm:C00002", &id(&project, "crm:C00012").to_string())]);
    assert_eq!(apart.decisions.len(), 3);
}

#[test]
fn a_decision_can_wait_for_the_next_run() {
    let company = Company::new(60);
    let project = company.open();
    run(&project);
    let (crm, shop) = ("crm:C00002", "customers:1002");
    let outcome = project.decide(&[never(crm, shop)], &why(), false).expect("decided");
    assert!(outcome.applied.is_none() && !outcome.decisions[0].applied);
    assert!(same(&project, crm, shop), "not yet");
    assert_eq!(project.decisions(false, None, 10).expect("list").pending, 1);
    let report = run(&project);
    assert!(!report.resolution.skipped, "{:?}", report.resolution);
    assert!(!same(&project, crm, shop));
    assert_eq!(project.decisions(false, None, 10).expect("list").pending, 0);
}

#[test]
fn a_blocked_value_counts_for_nothing_and_stays_in_the_record() {
    let company = Company::new(80);
    let project = company.open();
    run(&project);
    let (crm, tickets) = (lookup("crm:C00002"), lookup("tickets:T2"));
    let email = |project: &Project| {
        let pair = project.explain(&crm, &tickets).expect("explained");
        let field = pair.fields.into_iter().find(|f| f.field == "email").expect("e-mail");
        (field.level, pair.weight_bits)
    };
    let (level, weight) = email(&project);
    assert_eq!(level, "exact");
    let address = project.profile(&crm, None).expect("profile");
    let address =
        address.golden.iter().find(|g| g.field.name() == "email").expect("one").winner.value.clone();
    let outcome = decide(&project, &[blocked("email", &address.to_uppercase())]);
    assert_eq!(outcome.decisions[0].value.as_deref(), Some(address.as_str()), "in normal form");
    let (level, weaker) = email(&project);
    assert_eq!(level, "missing");
    assert!(weaker < weight - 5.0, "{weaker} {weight}");
    let found =
        project.profile(&lookup(&format!("email:{address}")), None).expect("it can still be looked up");
    assert!(found.golden.iter().any(|g| g.winner.value == address), "and is still shown");
    good(&project);
    project.undo(outcome.decisions[0].id, &why(), true).expect("undone");
    assert_eq!(email(&project), ("exact".to_string(), weight));
    for (field, value) in
        [("shoe_size", "44"), ("email", ""), ("email", "noemail@noemail.com"), ("country", "US")]
    {
        assert_eq!(refused(&project, blocked(field, value)).code(), "K-DECISION-FORM", "{field} {value}");
    }
}

/// The thirty people of the fixtures, some of whom are hard to tell apart.
pub fn thirty() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/thirty");
    let copy = |name: &&str| {
        std::fs::copy(from.join(name), dir.path().join(name)).expect("a copy");
        dir.path().join(name).display().to_string()
    };
    let files = ["crm.csv", "shop.csv", "tickets.ndjson", "newsletter.csv"];
    let specs: Vec<String> = files.iter().map(copy).collect();
    kith_engine::init(&specs, dir.path(), &Default::default()).expect("init");
    dir
}

#[test]
fn the_review_queue_asks_what_is_in_doubt_and_never_again() {
    let dir = thirty();
    let project = Project::open(dir.path()).expect("open");
    run(&project);
    let queue = project.review(20, None).expect("queue");
    assert!(!queue.pairs.is_empty() && queue.uncertain >= queue.pairs.len() as u64, "{queue:#?}");
    let people: std::collections::BTreeSet<_> =
        queue.pairs.iter().map(|p| (p.a.node_id.min(p.b.node_id), p.a.node_id.max(p.b.node_id))).collect();
    assert_eq!(people.len(), queue.pairs.len(), "each pair once");
    assert!((0.01..0.99).contains(&queue.pairs[0].probability), "the first answer is in doubt: {queue:#?}");
    let first = &queue.pairs[0];
    let record = |r: &kith_engine::shape::RecordName| format!("{}:{}", r.source, r.key);
    project.decide(&[never(&record(&first.a), &record(&first.b))], &why(), false).expect("decided");
    let next = project.review(200, None).expect("queue");
    assert_eq!(next.decided, 1);
    let asked = |p: &kith_engine::steward::shape::ReviewPair| (p.a.node_id, p.b.node_id);
    assert!(next.pairs.iter().all(|p| asked(p) != asked(first)), "not asked again");
}
