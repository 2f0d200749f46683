//! Every kind of fault is found, by the sum and by key; equal sides give no alarm.

use super::*;
use proptest::prelude::*;

fn row(key: &str, cells: &[Option<&str>]) -> Row {
    Row { key: vec![Some(key.into())], cells: cells.iter().map(|c| c.map(str::to_string)).collect() }
}

fn table() -> Vec<Row> {
    vec![
        row("1", &[Some(""), Some("10.25"), Some("2026-03-01T00:30:00Z")]),
        row("2", &[None, Some("7.10"), Some("2026-03-02T12:00:00Z")]),
        row("3", &[Some("Müller-Lüdenscheidt"), Some("0.05"), None]),
    ]
}

/// One fault, done to the copy; the one difference that it makes.
fn found(fault: impl Fn(&mut Vec<Row>)) -> Vec<(Vec<Cell>, Difference)> {
    let (old, mut copy) = (table(), table());
    fault(&mut copy);
    assert_ne!(sum(&old), sum(&copy), "the sum does not see it");
    differences(&old, &copy)
}

fn one(key: &str, difference: Difference) -> Vec<(Vec<Cell>, Difference)> {
    vec![(vec![Some(key.into())], difference)]
}

fn set(key: usize, column: usize, value: Option<&str>) -> impl Fn(&mut Vec<Row>) {
    move |copy| copy[key].cells[column] = value.map(str::to_string)
}

#[test]
fn each_seeded_fault_is_found_at_its_key() {
    let changed = |column| Difference::Changed(vec![column]);
    assert_eq!(found(|copy| drop(copy.remove(1))), one("2", Difference::Missing));
    assert_eq!(found(|copy| copy.push(row("4", &[None, None, None]))), one("4", Difference::Extra));
    assert_eq!(found(|copy| copy.push(copy[2].clone())), one("3", Difference::Repeated(1, 2)));
    assert_eq!(found(set(0, 0, None)), one("1", changed(0)), "'' became NULL");
    assert_eq!(found(set(1, 0, Some(""))), one("2", changed(0)), "NULL became ''");
    assert_eq!(found(set(2, 0, Some("Müller-Lü"))), one("3", changed(0)), "truncated");
    assert_eq!(found(set(0, 1, Some("10.3"))), one("1", changed(1)), "rounded");
    assert_eq!(found(set(0, 2, Some("2026-03-01T01:30:00Z"))), one("1", changed(2)), "shifted by an hour");
    let swapped = found(|copy| {
        let first = copy[0].cells.clone();
        copy[0].cells = std::mem::replace(&mut copy[1].cells, first);
    });
    assert_eq!(swapped.len(), 2, "two rows changed places");
}

#[test]
fn a_row_that_is_twice_on_both_sides_is_equal() {
    let twice: Vec<_> = table().into_iter().chain(table()).collect();
    assert!(differences(&twice, &twice).is_empty());
    assert_ne!(sum(&twice), sum(&table()));
}

#[test]
fn values_do_not_run_into_each_other() {
    let (left, right) = (row("1", &[Some("ab"), Some("c")]), row("1", &[Some("a"), Some("bc")]));
    assert_ne!(sum([&left]), sum([&right]));
}

proptest! {
    #[test]
    fn the_order_of_rows_is_no_difference(
        rows in prop::collection::vec((0u8..9, prop::option::of("[ab]{0,2}")), 0..20), by in 0usize..20,
    ) {
        let old: Vec<_> = rows.iter().map(|(key, cell)| row(&key.to_string(), &[cell.as_deref()])).collect();
        let mut copy = old.clone();
        copy.rotate_left(by.min(old.len()));
        prop_assert_eq!(sum(&old), sum(&copy));
        prop_assert!(differences(&old, &copy).is_empty());
    }

    #[test]
    fn sums_and_differences_agree(
        old in prop::collection::vec((0u8..4, prop::option::of("[ab]{0,1}")), 0..6),
        copy in prop::collection::vec((0u8..4, prop::option::of("[ab]{0,1}")), 0..6),
    ) {
        let rows = |rows: &[(u8, Option<String>)]| -> Vec<Row> {
            rows.iter().map(|(key, cell)| row(&key.to_string(), &[cell.as_deref()])).collect()
        };
        let (old, copy) = (rows(&old), rows(&copy));
        prop_assert_eq!(sum(&old) == sum(&copy), differences(&old, &copy).is_empty());
    }
}
