//! A project that begins with nobody: what it compares records by is learned along the way, and nobody is taken for somebody
//! else meanwhile.

use crate::story::run;
use kith_engine::{Project, Sending};
use kith_resolve::Model;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PROJECT: &str = r#"
[project]
name = "few"
region = "GB"

[[source]]
name = "app"
kind = "push"
key = ["id"]

[source.fields]
first = "given_name"
last = "family_name"
mail = "email"
tel = "phone"
land = "country"
"#;

fn project() -> (tempfile::TempDir, Project) {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("kith.toml"), PROJECT).expect("kith.toml");
    let project = Project::open(dir.path()).expect("a project");
    (dir, project)
}

/// Neighbours: one family name and country, addresses and numbers that differ by a digit, no two of one given name.
fn neighbour(number: usize) -> Value {
    let given =
        ["Ada", "Zoe", "Chloe", "Dmitri", "Elif", "Fatima", "Grace", "Hakon", "Ines", "Kofi", "Rosa", "Uma"];
    json!({ "id": number, "first": given[number], "last": "Abara", "land": "GB",
        "mail": format!("p{number:04}.web@example.org"), "tel": format!("+441514960{number:03}") })
}

fn send(project: &Project, row: &Value) -> String {
    let record = row.as_object().expect("an object").clone();
    let sending = Sending { source: "app".into(), records: vec![record], remove: Vec::new() };
    let mut placed = project.push(sending).expect("push").records;
    placed.pop().and_then(|placed| placed.profile).expect("a profile")
}

fn model(project: &Project) -> Model {
    let text = std::fs::read_to_string(project.dir().join("model.toml")).expect("model.toml");
    Model::from_toml(&text).expect("a model that can be read back")
}

#[test]
fn neighbours_who_come_one_by_one_stay_apart_and_the_model_grows_with_them() {
    let (_dir, project) = project();
    let profiles: BTreeSet<String> = (0..12).map(|number| send(&project, &neighbour(number))).collect();
    assert_eq!(profiles.len(), 12);
    assert!(model(&project).trained_on >= 8, "it is of {} records", model(&project).trained_on);
    // Somebody who is there already is known again, misspelt.
    let mut again = neighbour(3);
    again["id"] = json!("again");
    again["first"] = json!("Dimitri");
    assert!(profiles.contains(&send(&project, &again)));
    // And a whole run says the same.
    let before = project.live().position();
    assert!(run(&project).resolution.skipped || project.live().position() >= before);
    assert_eq!(run(&project).profiles, 12);
}

#[test]
fn a_model_that_somebody_has_changed_stays() {
    let (_dir, project) = project();
    (0..4).for_each(|number| drop(send(&project, &neighbour(number))));
    let mut changed = model(&project);
    let learned = changed.trained_on;
    changed.prior_match /= 2.0;
    std::fs::write(project.dir().join("model.toml"), changed.to_toml()).expect("model.toml");
    run(&project);
    (4..12).for_each(|number| drop(send(&project, &neighbour(number))));
    run(&project);
    assert_eq!(model(&project).trained_on, learned);
    assert_eq!(model(&project), changed);
}
