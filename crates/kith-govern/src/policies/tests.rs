use super::*;

fn parsed(text: &str) -> Result<Policies, Bad> {
    Policies::parse(&[(PathBuf::from("policies/team.cedar"), text.to_string())])
}

#[test]
fn the_usual_policy_is_sound() {
    let usual = Policies::parse(&[(PathBuf::from("usual.cedar"), USUAL.into())]).expect("a policy");
    assert_eq!(usual.roles, ["agent", "analyst", "steward"]);
    assert!(usual.count() >= 12);
}

#[test]
fn what_a_policy_says_beside_yes_and_no_is_understood() {
    let text = r#"
        @id("north") @rows("region = user.region")
        permit (principal in Role::"analyst", action == Action::"read", resource);
        @mask("last4") @why("cards")
        forbid (principal, action == Action::"see", resource) when { resource.labels.contains("payment_card") };
        forbid (principal, action == Action::"see", resource) when { resource.special };
    "#;
    let policies = parsed(text).expect("policies");
    let sayings: Vec<(&str, Mask, bool)> =
        policies.sayings.values().map(|s| (s.name.as_str(), s.mask, s.rows.is_some())).collect();
    let expected = [
        ("team: north", Mask::None, true),
        ("team: policy 2", Mask::Last4, false),
        ("team: policy 3", Mask::Hidden, false),
    ];
    assert_eq!(sayings, expected);
}

/// Each of these would show more than was meant, were it taken in silence.
#[test]
fn slips_are_refused_with_their_place() {
    let see = "forbid (principal, action == Action::\"see\", resource)";
    for (text, line, part) in [
        ("permit (principal, action, resource", Some(1), "unexpected end"),
        ("\npermit (principal in Group::\"x\", action, resource);", Some(2), "Group"),
        ("permit (principal, action == Action::\"look\", resource);", Some(1), "look"),
        (&format!("\n\n{see} when {{ resource.lables.contains(\"email\") }};"), Some(3), "lables"),
        (&format!("{see} when {{ principal.getTag(\"region\") == \"north\" }};"), Some(1), "tag"),
        (&format!("{see} when {{ context.purpose == \"billing\" }};"), Some(1), "purpose"),
        (&format!("@masks(\"null\") {see};"), None, "@masks"),
        (&format!("@mask(\"nul\") {see};"), None, "is not a mask"),
        (&format!("@mask(\"none\") {see};"), None, "shows everything"),
        (&format!("@mask(\"bucket:0\") {see};"), None, "is not a mask"),
        ("@rows(\"region = \") permit (principal, action, resource);", None, "row filter"),
        (&format!("@rows(\"region = 'x'\") {see};"), None, "has @rows"),
        (&format!("@id(\"a\") {see}; @id(\"a\") {see};"), None, "two policies"),
        ("permit (principal == ?principal, action, resource);", None, "template"),
    ] {
        let bad = parsed(text).expect_err(text);
        assert_eq!(bad.code, "K-POLICY-BAD");
        assert!(bad.to_string().contains(part), "{text}: {bad}");
        assert_eq!(bad.line, line, "{text}: {bad}");
        assert!(!bad.help.is_empty(), "{text}");
    }
}

#[test]
fn a_folder_takes_the_place_of_the_usual_policy() {
    let dir = tempfile::tempdir().expect("dir");
    assert!(Policies::load(dir.path()).expect("usual").count() > 5);
    std::fs::create_dir(dir.path().join(FOLDER)).expect("folder");
    assert_eq!(Policies::load(dir.path()).expect("none").count(), 0, "an empty folder permits nothing");
    let write =
        |name: &str, text: &str| std::fs::write(dir.path().join(FOLDER).join(name), text).expect("written");
    write("a.cedar", "permit (principal, action, resource);");
    write("b.cedar", "permit (principal, action, resource);");
    write("notes.txt", "not a policy");
    assert_eq!(Policies::load(dir.path()).expect("two").count(), 2);
    write("c.cedar", "permit");
    let bad = Policies::load(dir.path()).expect_err("one is wrong, so none counts");
    assert!(bad.file.ends_with("c.cedar"), "{bad}");
}
