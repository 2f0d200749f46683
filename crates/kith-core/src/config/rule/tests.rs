use super::*;
use crate::reference::is_current;

#[test]
fn the_reference_page_is_current() {
    is_current("rules.md", &render_reference());
}

fn parsed(rule: &str) -> Result<Vec<MatchRule>, ConfigError> {
    let text = format!("[project]\nname = \"a\"\n[[rule]]\n{rule}\n");
    crate::config::parse(&text, "kith.toml").map(|c| c.rules)
}

#[test]
fn rules_are_read_with_their_defaults_and_written_back() {
    let card = "name = \"card\"\nfields = [\"customer_id\", \"family_name\"]\nverdict = \"match\"";
    let rules =
        parsed(&format!("{card}\n[[rule]]\nname = \"id\"\nfields = \"national_id\"\nverdict = \"differ\""));
    let rules = rules.expect("two rules");
    assert_eq!(rules[0].fields, [Field::CustomerId, Field::FamilyName]);
    assert_eq!(rules[0].verdict, Verdict::Match { confidence: 0.99, group_max: 50 });
    assert_eq!(rules[1].verdict, Verdict::Differ);
    let text = format!("[project]\nname = \"a\"\n[[rule]]\n{card}\nconfidence = 0.5\ngroup_max = 7\n");
    let config = crate::config::parse(&text, "kith.toml").expect("valid");
    assert_eq!(crate::config::parse(&config.to_toml(), "kith.toml").as_ref(), Ok(&config));
}

#[test]
fn faults_point_at_their_place() {
    let card = "name = \"card\"\nfields = [\"customer_id\"]\n";
    let cases = [
        ("name = \"x\"\nfields = [\"custmer_id\"]\nverdict = \"match\"", "K-CONFIG-FIELD", 5, "customer_id"),
        ("name = \"x\"\nfields = []\nverdict = \"match\"", "K-CONFIG-VALUE", 5, "fields"),
        ("name = \"x\"\nverdict = \"match\"", "K-CONFIG-MISSING", 3, "fields"),
        (&format!("{card}verdict = \"mach\""), "K-CONFIG-VALUE", 6, "match"),
        (&format!("{card}verdict = \"match\"\nconfidence = 99"), "K-CONFIG-VALUE", 7, "0.99"),
        (&format!("{card}verdict = \"match\"\ngroup_max = 1"), "K-CONFIG-VALUE", 7, "2"),
        (&format!("{card}verdict = \"differ\"\nconfidence = 0.9"), "K-CONFIG-VALUE", 7, "take the line out"),
        (&format!("{card}verdict = \"match\"\nwieght = 1"), "K-CONFIG-KEY", 7, "known here"),
        (
            &format!("{card}verdict = \"match\"\n[[rule]]\n{card}verdict = \"match\""),
            "K-CONFIG-DUPLICATE",
            8,
            "own",
        ),
    ];
    for (rule, code, line, help) in cases {
        let fault = parsed(rule).expect_err(rule);
        assert_eq!((fault.code, fault.line), (code, line), "{rule}: {fault}");
        assert!(fault.help.contains(help), "{rule}: {}", fault.help);
    }
}
