use super::*;
use crate::labels::LabelFile;
use crate::policies::USUAL;
use kith_core::govern::{Door, Label};
use kith_core::id::Tenant;
use proptest::prelude::*;
use std::path::PathBuf;

fn rules_of(text: &str, labels: &[(&str, &str, &[&str])]) -> Rules {
    let policies = Policies::parse(&[(PathBuf::from("team.cedar"), text.to_string())]).expect("policies");
    let mut said = LabelFile::default();
    for (table, column, words) in labels {
        let words = words.iter().map(|word| Label::parse(word).expect("a label")).collect();
        said.set(&name(table), column, words);
    }
    let config =
        kith_core::config::parse("[project]\nname = \"test\"\n", "kith.toml").expect("a configuration");
    Rules::new(policies, Known::new(said, &config), 1)
}

fn name(dotted: &str) -> TableRef {
    let (schema, table) = dotted.split_once('.').expect("schema.table");
    TableRef { schema: schema.into(), table: table.into() }
}

fn facts(dotted: &str, columns: &[&str]) -> TableFacts {
    TableFacts { name: name(dotted), columns: columns.iter().map(|c| (c.to_string(), Kind::Text)).collect() }
}

fn user(roles: &[&str]) -> Subject {
    let nobody = Subject::new("anna", Tenant::default_tenant(), Door::Http);
    roles.iter().fold(nobody, |subject, role| subject.with_role(role))
}

fn masks(rules: &Rules, subject: &Subject, dotted: &str, columns: &[&str]) -> Vec<Mask> {
    let facts = facts(dotted, columns);
    let verdict = rules.verdict(subject, &facts);
    columns
        .iter()
        .map(|column| if verdict.read { verdict.mask(column, Kind::Text) } else { Mask::Hidden })
        .collect()
}

const LABELS: &[(&str, &str, &[&str])] = &[
    ("shop.customers", "email", &["email"]),
    ("shop.customers", "card", &["payment_card"]),
    ("shop.customers", "total", &[]),
    ("shop.customers", "diagnosis", &["health"]),
    ("shop.customers", "health_mail", &["email", "health"]),
];
const COLUMNS: &[&str] = &["email", "card", "total", "diagnosis", "health_mail", "new_column"];

#[test]
fn the_usual_policy_shows_each_role_its_part() {
    let rules = rules_of(USUAL, LABELS);
    let of = |roles: &[&str]| masks(&rules, &user(roles), "shop.customers", COLUMNS);
    use Mask::{Domain, Hidden, None as All, Null};
    assert_eq!(of(&["owner"]), [All; 6]);
    assert_eq!(of(&["steward"]), [All; 6]);
    assert_eq!(of(&["analyst"]), [Domain, Null, All, Null, Null, Null]);
    assert_eq!(of(&["agent"]), [Hidden; 6], "agents read golden records, not the shop");
    assert_eq!(of(&[]), [Hidden; 6]);
    assert_eq!(of(&["anylst"]), [Hidden; 6], "a role that no policy names");
    let golden = |role: &str| {
        masks(
            &rules,
            &user(&[role]),
            "master.customer",
            &["profile_id", "email", "birth_date", "phone", "city"],
        )
    };
    assert_eq!(golden("agent"), [All; 5]);
    assert_eq!(golden("analyst")[1..], [Domain, Mask::Year, Null, All]);
}

#[test]
fn the_api_opens_to_each_role_its_part() {
    let rules = rules_of(USUAL, &[]);
    let may = |role: &str, route: &str, change: bool| rules.calls(&user(&[role]), route, change);
    assert!(may("owner", "promote", true) && may("steward", "promote", true));
    assert!(
        may("analyst", "sql", false)
            && !may("analyst", "profiles", false)
            && !may("analyst", "records", true)
    );
    assert!(
        may("agent", "profiles", false) && !may("agent", "sql", false) && !may("agent", "decisions", true)
    );
    assert!(!may("", "health", false));
}

#[test]
fn the_strictest_of_what_applies_counts_and_says_so() {
    let text = r#"
        @id("all") permit (principal, action, resource);
        @id("mail") @mask("domain") forbid (principal, action == Action::"see", resource) when { resource.labels.contains("email") };
        @id("health") @mask("null") forbid (principal, action == Action::"see", resource) when { resource.special };
        @id("weak") @mask("fixed") permit (principal, action == Action::"see", resource) when { resource.labels.contains("payment_card") };
        @id("last") @mask("last4") forbid (principal, action == Action::"see", resource) when { resource.name == "card" };
    "#;
    let rules = rules_of(text, LABELS);
    let verdict = rules.verdict(&user(&["x"]), &facts("shop.customers", COLUMNS));
    let said = |column: &str| {
        let found = verdict.columns.iter().find(|c| c.column == column).expect("a column");
        (found.mask, found.why.as_str())
    };
    assert_eq!(said("email"), (Mask::Domain, "team: mail"));
    assert_eq!(said("health_mail"), (Mask::Null, "team: health, team: mail"), "two labels, two masks");
    assert_eq!(
        said("card"),
        (Mask::Fixed, "team: weak, team: last"),
        "a permit's mask is not lost behind a forbid"
    );
    assert_eq!(said("total"), (Mask::None, "team: all"));
    assert_eq!(rules.verdict(&user(&["x"]), &facts("shop.customers", COLUMNS)), verdict, "and again");
}

#[test]
fn rows_are_what_all_permits_leave() {
    let text = r#"
        @rows("region = user.region") permit (principal, action == Action::"read", resource in Schema::"shop");
        @rows("status <> 'closed'") permit (principal in Role::"analyst", action == Action::"read", resource);
        permit (principal in Role::"manager", action == Action::"read", resource);
        permit (principal, action == Action::"see", resource);
        forbid (principal, action == Action::"read", resource == Table::"shop.payroll");
    "#;
    let rules = rules_of(text, &[]);
    let rows = |roles: &[&str], table: &str| rules.verdict(&user(roles), &facts(table, &["region"])).rows;
    let parse = |text: &str| RowFilter::parse(text).expect("a filter");
    assert_eq!(rows(&[], "shop.orders"), Some(parse("region = user.region")));
    let both = parse("region = user.region").and(parse("status <> 'closed'"));
    assert_eq!(rows(&["analyst", "manager"], "shop.orders"), Some(both));
    assert_eq!(rows(&["manager"], "crm.orders"), None);
    assert!(
        !rules.verdict(&user(&["manager"]), &facts("shop.payroll", &["region"])).read,
        "a forbid takes the table"
    );
    assert!(!rules.reads(&user(&["manager"]), &name("shop.payroll")));
    assert!(rules.reads(&user(&["manager"]), &name("shop.orders")));
    assert!(!rules.reads(&user(&[]), &name("crm.orders")));
}

#[test]
fn purposes_doors_and_attributes_are_known() {
    let text = r#"
        permit (principal, action, resource) when {
            context has purpose && context.purpose == "billing" && context.door == "http"
            && principal.hasTag("team") && principal.getTag("team") == "finance"
        };
    "#;
    let rules = rules_of(text, &[]);
    let reads = |subject: &Subject| rules.reads(subject, &name("shop.orders"));
    let mut subject = user(&[]).with_attribute("team", "finance");
    assert!(!reads(&subject));
    subject.purpose = Some("billing".into());
    assert!(reads(&subject));
    assert!(!reads(&Subject { door: Door::Wire, ..subject.clone() }));
    assert!(!reads(&subject.with_attribute("team", "sales")));
}

/// What fails to be evaluated says no: skipped, as Cedar does by itself, a forbid would show what it forbids.
#[test]
fn a_policy_that_fails_says_no() {
    let text = r#"
        permit (principal, action, resource);
        forbid (principal, action == Action::"read", resource) when {
            principal.hasTag("n") && 9223372036854775807 + 1 > 0
        };
    "#;
    let rules = rules_of(text, &[]);
    assert!(rules.reads(&user(&[]), &name("shop.orders")));
    assert!(!rules.reads(&user(&[]).with_attribute("n", "1"), &name("shop.orders")));
}

#[test]
fn names_are_data_whatever_stands_in_them() {
    let rules = rules_of(USUAL, &[("shop.a\" || true", "b\\\"c", &["email"])]);
    let table = TableRef { schema: "shop".into(), table: "a\" || true".into() };
    let facts = TableFacts {
        name: table,
        columns: vec![("b\\\"c".into(), Kind::Text), ("\u{0}{}; permit".into(), Kind::Text)],
    };
    let verdict =
        rules.verdict(&user(&["analyst"]).with_role("\"; permit (principal, action, resource); //"), &facts);
    let masks: Vec<Mask> = verdict.columns.iter().map(|c| c.mask).collect();
    assert_eq!(masks, [Mask::Domain, Mask::Null]);
}

proptest! {
    /// More policies that forbid, or masks on permits, never show more.
    #[test]
    fn forbidding_more_never_shows_more(chosen in proptest::collection::vec(0usize..8, 0..5), roles in 0usize..4) {
        let forbids = ["null", "domain", "last4", "fixed", "hidden", "year", "bucket:10", "month"];
        let base = "permit (principal, action, resource);";
        let more: String = chosen.iter().map(|at| {
            format!("@mask(\"{}\") forbid (principal, action == Action::\"see\", resource) when {{ resource.labelled }};", forbids[*at])
        }).collect();
        let roles = &["analyst", "agent", "steward"][..roles.min(3)];
        let columns = &COLUMNS[..5];
        let before = masks(&rules_of(base, LABELS), &user(roles), "shop.customers", columns);
        let after = masks(&rules_of(&format!("{base}{more}"), LABELS), &user(roles), "shop.customers", columns);
        for (before, after) in before.into_iter().zip(after) {
            prop_assert_eq!(before, Mask::None);
            prop_assert_eq!(after.shows_all(), chosen.is_empty());
            if let [only] = chosen[..] {
                prop_assert_eq!(Some(after), Mask::parse(forbids[only]).map(|mask| mask.on(Kind::Text)));
            }
        }
    }
}
