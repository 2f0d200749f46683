use super::*;
use crate::govern::Door;
use crate::id::Tenant;
use proptest::prelude::*;

fn masks() -> impl Strategy<Value = Mask> {
    prop_oneof![
        Just(Mask::None),
        Just(Mask::Year),
        Just(Mask::Month),
        Just(Mask::Domain),
        Just(Mask::Last4),
        (0u32..40).prop_map(Mask::Bucket),
        Just(Mask::Fixed),
        Just(Mask::Null),
        Just(Mask::Hidden),
    ]
}

/// How much a mask lets through, roughly: nothing may grow.
fn shows(mask: Mask) -> u8 {
    match mask {
        Mask::Hidden => 0,
        Mask::Null | Mask::Fixed => 1,
        Mask::Year | Mask::Domain | Mask::Last4 | Mask::Bucket(_) => 2,
        Mask::Month => 3,
        Mask::None => 4,
    }
}

proptest! {
    #[test]
    fn the_order_of_rules_does_not_matter_and_none_shows_more(a in masks(), b in masks()) {
        prop_assert_eq!(a.stricter(b), b.stricter(a));
        prop_assert_eq!(a.stricter(a), a);
        prop_assert!(shows(a.stricter(b)) <= shows(a).min(shows(b)));
    }

    #[test]
    fn a_third_rule_never_shows_more(a in masks(), b in masks(), c in masks()) {
        prop_assert!(shows(a.stricter(b).stricter(c)) <= shows(a.stricter(b)));
    }
}

fn facts() -> TableFacts {
    let name = TableRef { schema: "crm".into(), table: "people".into() };
    TableFacts { name, columns: vec![("id".into(), Kind::Whole), ("email".into(), Kind::Text)] }
}

#[test]
fn a_column_that_is_not_named_is_not_there() {
    let verdict = Verdict { columns: Vec::new(), ..Verdict::everything(&facts(), "test") };
    assert_eq!(verdict.mask("email", Kind::Text), Mask::Hidden);
    assert!(!verdict.shows_all(&facts()));
    assert!(Verdict::everything(&facts(), "test").shows_all(&facts()));
}

#[test]
fn a_mask_that_does_not_fit_takes_the_value_away() {
    assert_eq!(Mask::Last4.on(Kind::Whole), Mask::Null);
    assert_eq!(Mask::Bucket(0).on(Kind::Whole), Mask::Null);
    assert_eq!(Mask::Year.on(Kind::Other), Mask::Null);
    assert_eq!(Mask::Hidden.on(Kind::Other), Mask::Hidden);
}

#[test]
fn without_a_policy_owners_see_everything_and_nobody_else_anything() {
    let tenant = Tenant::default_tenant();
    let owner = Subject::owner("anna", tenant.clone(), Door::Cli);
    let guest = Subject::new("guest", tenant, Door::Http).with_role("analyst");
    assert!(Permit.verdict(&owner, &facts()).shows_all(&facts()));
    assert!(Permit.reads(&owner, &facts().name));
    assert!(!Permit.verdict(&guest, &facts()).read);
    assert!(!Permit.reads(&guest, &facts().name));
}
