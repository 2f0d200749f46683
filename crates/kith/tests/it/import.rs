//! `kith import`: events of the past.

use crate::product::{add_site, failed, kith, ok, project};
use serde_json::Value;

#[test]
fn events_of_the_past_come_from_a_file_and_count_once() {
    let dir = project();
    add_site(dir.path());
    let lines = [
        r#"{"type":"track","event":"Order Completed","userId":"u","messageId":"1","timestamp":"2025-01-02T03:04:05Z","sentAt":"2025-01-02T03:04:06Z","properties":{"total":7}}"#,
        "{ broken",
        r#"{"type":"identify","userId":"u","messageId":"2","timestamp":"2025-01-03T00:00:00Z","traits":{"plan":"gold"}}"#,
        r#"{"type":"page","messageId":"3"}"#,
    ];
    std::fs::write(dir.path().join("events.ndjson"), lines.join("\n")).expect("a file");
    let import = ["import", "events.ndjson", "--source", "web"];
    assert_eq!(ok(kith(dir.path(), &import)).trim(), "4 events: 2 new, 0 taken before, 2 refused");
    assert_eq!(ok(kith(dir.path(), &import)).trim(), "4 events: 0 new, 2 taken before, 2 refused");
    let shown = ok(kith(dir.path(), &["profile", "get", "user_id:u"]));
    assert!(shown.contains("Did: 2 events of 1 identity, the last one 2025-01-03T00:00:00Z"), "{shown}");
    assert!(shown.contains("revenue (trait)"), "{shown}");
    ok(kith(dir.path(), &["run", "--quiet"]));
    assert_eq!(ok(kith(dir.path(), &["profile", "get", "user_id:u"])), shown, "a whole run sees the same");
    let (code, text) = failed(&kith(dir.path(), &["import", "events.ndjson", "--source", "crm"]));
    assert_eq!(code, Some(2));
    assert!(text.contains("K-COLLECT-NONE"), "{text}");
}

#[test]
fn views_agree_before_the_first_event_and_when_no_run_came_behind_the_last() {
    let dir = project();
    add_site(dir.path());
    ok(kith(dir.path(), &["run", "--quiet"]));
    ok(kith(dir.path(), &["verify"]));
    let event = r#"{"type":"identify","userId":"u","messageId":"1","traits":{"email":"u@example.org"}}"#;
    std::fs::write(dir.path().join("events.ndjson"), event).expect("a file");
    ok(kith(dir.path(), &["import", "events.ndjson", "--source", "web"]));
    let told = ok(kith(dir.path(), &["verify"]));
    assert!(told.contains("lake: event: 1 entries"), "{told}");
}

#[test]
fn events_of_the_past_come_from_a_table_and_count_once() {
    let dir = project();
    add_site(dir.path());
    let lines = [
        "Event,User ID,timestamp,properties.total,currency",
        "Order Completed,u,2025-01-02T03:04:05Z,7,EUR",
        "Order Completed,u,2025-01-02T03:04:05Z,7,EUR",
        "Order Completed,,2025-01-02T03:04:05Z,7,EUR",
        ",v,2025-01-02T03:04:05Z,7,EUR",
        "Order Completed,u,2025-01-02T03:04:05Z,7,EUR,too,many",
    ];
    std::fs::write(dir.path().join("orders.csv"), lines.join("\n")).expect("a file");
    let import = ["import", "orders.csv", "--source", "web"];
    assert_eq!(ok(kith(dir.path(), &import)).trim(), "5 events: 2 new, 0 taken before, 3 refused");
    assert_eq!(ok(kith(dir.path(), &import)).trim(), "5 events: 0 new, 2 taken before, 3 refused");
    let shown = ok(kith(dir.path(), &["--json", "profile", "get", "user_id:u"]));
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(shown["activity"]["traits"]["revenue"], 14, "{shown}");
    let refused = ok(kith(dir.path(), &["events", "refused"]));
    for (code, why) in
        [("K-EVENT-NO-ID", "names nobody"), ("K-EVENT-TYPE", "no text `type`"), ("K-LAND-FIELDS", "line 6")]
    {
        assert!(refused.contains(code) && refused.contains(why), "{refused}");
    }
}
