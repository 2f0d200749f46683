use super::*;
use crate::govern::{Door, TableRef};
use crate::id::Tenant;
use proptest::prelude::*;

fn facts() -> TableFacts {
    let columns =
        [("region", Kind::Text), ("score", Kind::Whole), ("worth", Kind::Number), ("vip", Kind::Truth)];
    let columns = columns.into_iter().map(|(name, kind)| (name.to_string(), kind)).collect();
    TableFacts { name: TableRef { schema: "crm".into(), table: "people".into() }, columns }
}

fn somebody() -> Subject {
    Subject::new("anna", Tenant::default_tenant(), Door::Http)
}

fn compare(column: &str, comparison: Comparison, operand: Operand) -> RowFilter {
    RowFilter::Compare(column.into(), comparison, operand)
}

#[test]
fn filters_are_read_as_a_person_would() {
    let north = || compare("region", Comparison::Equal, Operand::Text("north".into()));
    let rich = || compare("worth", Comparison::MoreOrEqual, Operand::Number(1.5));
    let vip = || compare("vip", Comparison::Equal, Operand::Truth(true));
    for (text, expected) in [
        ("region = 'north'", north()),
        ("\"region\"='north'", north()),
        ("(region = 'north')", north()),
        (
            "region = 'north' and worth >= 1.5 or vip = TRUE",
            RowFilter::Or(vec![RowFilter::And(vec![north(), rich()]), vip()]),
        ),
        (
            "region = 'north' AND (worth >= 1.5 OR vip = true)",
            RowFilter::And(vec![north(), RowFilter::Or(vec![rich(), vip()])]),
        ),
        ("not region = 'north'", RowFilter::Not(Box::new(north()))),
        (
            "score not in (1, -2)",
            RowFilter::Not(Box::new(RowFilter::In(
                "score".into(),
                vec![Operand::Whole(1), Operand::Whole(-2)],
            ))),
        ),
        ("region is not null", RowFilter::Not(Box::new(RowFilter::IsNull("region".into())))),
        ("region <> 'it''s'", compare("region", Comparison::Unequal, Operand::Text("it's".into()))),
        ("region = user.region", compare("region", Comparison::Equal, Operand::Attribute("region".into()))),
    ] {
        assert_eq!(RowFilter::parse(text), Ok(expected), "{text}");
    }
}

#[test]
fn what_is_no_filter_is_refused_with_its_place() {
    for (text, at) in [
        ("", 1),
        ("region", 7),
        ("region =", 9),
        ("region = north", 10),
        ("region = 'north", 10),
        ("region = 'north' region = 'south'", 18),
        ("(region = 'north'", 18),
        ("region in ()", 12),
        ("region = 'a'; drop table people", 13),
        ("1 = 1", 1),
        ("lower(region) = 'north'", 6),
        ("region = user.", 10),
        ("score = 1e999", 9),
        ("null = null", 1),
        ("region like 'n%'", 8),
        ("score / 0 = 1", 7),
    ] {
        let error = RowFilter::parse(text).expect_err(text);
        assert_eq!(error.at, at, "{text}: {error}");
    }
    assert!(RowFilter::parse(&"(".repeat(100_000)).is_err());
    assert!(RowFilter::parse(&"not ".repeat(100_000)).is_err());
}

#[test]
fn a_filter_fits_its_table_or_is_refused() {
    for (text, fits) in [
        ("region = 'north' and score > 1 and worth > 1 and vip = true", true),
        ("region = user.region", true),
        ("city = 'x'", false),
        ("score = 'x'", false),
        ("score = 1.5", false),
        ("vip = 1", false),
        ("score in (1, 'x')", false),
        ("not (region is null or town is null)", false),
    ] {
        let filter = RowFilter::parse(text).expect(text);
        assert_eq!(filter.check(&facts()).is_ok(), fits, "{text}");
    }
}

#[test]
fn an_attribute_that_is_not_known_leaves_no_row() {
    let bind = |text: &str, who: &Subject| RowFilter::parse(text).expect(text).bind(who);
    let north = somebody().with_attribute("region", "north");
    assert_eq!(bind("region = user.region", &north), RowFilter::parse("region = 'north'").expect("plain"));
    assert_eq!(bind("region = user.name", &north), RowFilter::parse("region = 'anna'").expect("plain"));
    for text in
        ["region = user.region", "not region = user.region", "vip = true or region not in ('x', user.region)"]
    {
        assert_eq!(bind(text, &somebody()), RowFilter::Nothing, "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "[a-z'\"(), =<>0-9.\\-né]{0,60}") {
        let _ = RowFilter::parse(&text);
    }
}
