//! What is wrong between both sides of a copy.

use super::{copy, open, orders, sql};

/// Every fault that is put into a table, one at a time, is found, and the row is named.
#[test]
fn faults_between_both_sides_are_all_found() {
    for (fault, kind, key) in [
        ("DELETE FROM orders WHERE id = 17", "extra", "17"),
        ("INSERT INTO orders VALUES (9000, 'x', 1, 1, NULL, 1)", "missing", "9000"),
        ("UPDATE orders SET amount = amount + 0.25 WHERE id = 20", "changed", "20"),
        ("UPDATE orders SET amount = NULL WHERE id = 20", "changed", "20"),
        ("UPDATE orders SET amount = 0 WHERE id = 11", "changed", "11"),
        ("UPDATE orders SET who = '' WHERE id = 7", "changed", "7"),
        ("UPDATE orders SET who = NULL WHERE id = 8", "changed", "8"),
        ("UPDATE orders SET who = 'Zoë' WHERE id = 9", "changed", "9"),
        ("UPDATE orders SET who = 'Zoë' WHERE id = 10", "changed", "10"),
        ("UPDATE orders SET note = 'a,\"b\" c' WHERE id = 15", "changed", "15"),
        ("UPDATE orders SET paid = 1 - paid WHERE id = 4321", "changed", "4321"),
        ("UPDATE orders SET who = note, note = who WHERE id = 25", "changed", "25"),
        ("UPDATE orders SET id = 9001 WHERE id = 30", "extra", "30"),
        (
            "UPDATE orders SET amount = CASE id WHEN 40 THEN 10.25 ELSE 10 END WHERE id IN (40, 41)",
            "changed",
            "40",
        ),
    ] {
        let dir = orders();
        let project = open(dir.path(), &copy("orders", "migrated", "key = \"id\"\n"));
        project.refresh_copy("shop.orders", false, "ann").expect("refreshed");
        assert!(project.check_copy("shop.orders", "ann").expect("checked").equal, "the control");
        sql(dir.path(), fault);
        let checked = project.check_copy("shop.orders", "ann").expect("checked");
        assert!(!checked.equal && checked.rows_differ <= 2, "{fault}: {checked:?}");
        let named = checked.rows.iter().find(|row| row.key == [Some(key.to_string())]);
        assert_eq!(named.map(|row| row.kind), Some(kind), "{fault}: {checked:?}");
        let listed = project.copies().expect("a list");
        assert_eq!(listed[0].rows_differed, Some(checked.rows_differ), "{fault}");
    }
    // Columns: there, of another type, in another order, that may be missing. Without a key a row that is there twice is found.
    for (fault, word) in [
        ("ALTER TABLE people ADD COLUMN more TEXT", "no column \"more\""),
        ("ALTER TABLE people DROP COLUMN town", "no column \"town\" any more"),
        ("DROP TABLE people; CREATE TABLE people (who TEXT, town INTEGER)", "is Int64 at the source"),
        (
            "DROP TABLE people; CREATE TABLE people (town TEXT, who TEXT); INSERT INTO people VALUES ('Ulm', 'p5'), ('Köln', 'zoë'), ('x', NULL)",
            "another order",
        ),
        ("INSERT INTO people VALUES ('p5', 'Ulm')", "repeated"),
        ("DELETE FROM people WHERE who IS NULL; INSERT INTO people VALUES ('', 'x')", "extra"),
    ] {
        let dir = orders();
        let project = open(dir.path(), &copy("people", "accelerated", ""));
        project.refresh_copy("shop.people", false, "ann").expect("refreshed");
        assert!(project.check_copy("shop.people", "ann").expect("checked").equal, "the control");
        sql(dir.path(), fault);
        let checked = project.check_copy("shop.people", "ann").expect("checked");
        let said = format!("{:?} {:?}", checked.columns_differ, checked.rows).replace('\\', "");
        assert!(!checked.equal && said.contains(word), "{fault}: {said}");
    }
}
