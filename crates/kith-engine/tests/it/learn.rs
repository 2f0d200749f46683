//! What people decide teaches the model: as a proposal, and only when it is promoted.

use crate::story::Company;
use kith_engine::steward::Why;
use kith_engine::steward::preview_shape::Proposal;
use kith_engine::steward::shape::Wish;

#[test]
fn decisions_teach_a_model_that_is_previewed_and_promoted() {
    let company = Company::new(150);
    let project = company.open();
    crate::story::run(&project);
    let learn = Proposal { learn: true, ..Proposal::default() };
    assert_eq!(project.preview(&learn).expect_err("no labels").code(), "K-LABELS-NONE");
    let never = (0..8).map(|i| Wish::Never { a: format!("crm:C{i:05}"), b: format!("crm:C{:05}", i + 1) });
    let always = Wish::Always { a: "crm:C00002".into(), b: "customers:1002".into() };
    let wishes: Vec<Wish> = never.chain([always]).collect();
    let why = Why { reason: "looked at both".into(), author: "the test".into() };
    project.decide(&wishes, &why, false).expect("decided");
    project.apply_decisions().expect("apply");
    let model = |project: &kith_engine::Project| std::fs::read_to_string(project.dir().join("model.toml"));
    let before = model(&project).expect("model.toml");
    let preview = project.preview(&learn).expect("preview");
    assert_eq!(model(&project).expect("model.toml"), before, "a preview writes nothing");
    let promoted = project.promote(&learn, Some(&preview.digest), None).expect("promote");
    assert_eq!(promoted.applied.changes.values().sum::<u64>(), preview.changes.values().sum::<u64>());
    assert_ne!(model(&project).expect("model.toml"), before);
    assert!(project.verify(&kith_engine::Quiet).expect("verify").good);
}
