use super::*;
use kith_core::govern::{Decide, Door, Kind, Label, Mask, Subject, TableFacts, TableRef};
use kith_core::id::Tenant;

fn keeper(dir: &Path) -> Keeper {
    let config =
        kith_core::config::parse("[project]\nname = \"test\"\n", "kith.toml").expect("a configuration");
    Keeper::new(dir, Arc::new(config))
}

fn mask(keeper: &Keeper) -> Mask {
    let rules = keeper.rules().expect("rules");
    let analyst = Subject::new("anna", Tenant::default_tenant(), Door::Cli).with_role("analyst");
    let facts = TableFacts {
        name: TableRef { schema: "shop".into(), table: "orders".into() },
        columns: vec![("total".into(), Kind::Whole)],
    };
    rules.verdict(&analyst, &facts).mask("total", Kind::Whole)
}

#[test]
fn a_change_of_files_is_in_force_at_once() {
    let dir = tempfile::tempdir().expect("dir");
    let keeper = keeper(dir.path());
    assert_eq!(mask(&keeper), Mask::Null, "nobody has said what it holds");
    let first = keeper.rules().expect("rules");
    assert!(Arc::ptr_eq(&first, &keeper.rules().expect("rules")), "nothing changed, nothing is read");
    let table = TableRef { schema: "shop".into(), table: "orders".into() };
    keeper
        .label(|file| file.set(&table, "total", [].into()), |path, text| std::fs::write(path, text))
        .expect("written");
    assert_eq!(mask(&keeper), Mask::None);

    std::fs::create_dir(dir.path().join("policies")).expect("folder");
    assert_eq!(mask(&keeper), Mask::Hidden, "an empty folder permits nothing");
    let file = dir.path().join("policies/team.cedar");
    std::fs::write(&file, "permit (principal, action, resource);").expect("written");
    assert_eq!(mask(&keeper), Mask::None);
    std::fs::write(&file, "permit (principal, action, resource").expect("written");
    let bad = keeper.rules().expect_err("it can not be understood");
    assert_eq!((bad.code, bad.line), ("K-POLICY-BAD", Some(1)));
    std::fs::write(&file, "forbid (principal, action, resource);").expect("written");
    assert_eq!(mask(&keeper), Mask::Hidden);
}

#[test]
fn labels_are_written_beside_those_that_are_there() {
    let dir = tempfile::tempdir().expect("dir");
    let keeper = keeper(dir.path());
    let label = Label::parse("email").expect("a label");
    for table in ["orders", "customers"] {
        let table = TableRef { schema: "shop".into(), table: table.into() };
        keeper
            .label(|file| file.set(&table, "mail", [label].into()), |path, text| std::fs::write(path, text))
            .expect("written");
    }
    assert_eq!(keeper.rules().expect("rules").known().said().all().count(), 2);
    std::fs::write(dir.path().join("labels.toml"), "[shop").expect("written");
    let refused =
        keeper.label(|_| (), |path, text| std::fs::write(path, text)).expect_err("it is not written over");
    assert_eq!(refused.code, "K-LABEL-BAD");
    assert_eq!(std::fs::read_to_string(dir.path().join("labels.toml")).expect("there"), "[shop");
}
