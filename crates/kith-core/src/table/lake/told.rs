//! Tables that are nowhere written: they are read from the store when somebody asks.

use super::{Column, Declared, PROFILE_ID, SOURCE, Table, Type, column};
use crate::field::Privacy::{Identifying, Personal, Public};
use Type::{Float, Integer, Text, Time};

pub(super) fn activity() -> Table {
    let columns = [
        PROFILE_ID,
        ("events", Integer, "How many events.", "events", "", Personal),
        ("first_at", Time, "When the first one happened.", "", "there is none", Personal),
        ("last_at", Time, "When the last one happened.", "", "there is none", Personal),
        (
            "contexts",
            Integer,
            "How many orders, tickets, subscriptions … they have.",
            "contexts",
            "",
            Personal,
        ),
        (
            "identities",
            Integer,
            "On how many users and visitors of sources the events hang.",
            "",
            "",
            Personal,
        ),
    ];
    table(
        "master.activity",
        "What a customer's events come to. Read from the store: of the moment of the query.",
        "a profile with events",
        &["profile_id"],
        columns.map(column).into(),
    )
}

pub(super) fn traits() -> Table {
    let columns = [
        PROFILE_ID,
        ("name", Text, "The trait's name.", "", "", Public),
        (
            "origin",
            Text,
            "`computed`: declared in kith.toml and counted of events; `said`: the last that a client said.",
            "",
            "",
            Public,
        ),
        (
            "value",
            Text,
            "The value: a text as it is, everything else as JSON.",
            "",
            "the trait is not known of them",
            Identifying,
        ),
        ("number", Float, "The value, where it is a number.", "", "it is none", Personal),
    ];
    table(
        "master.trait",
        "The traits of each customer with events, at the project's confidence. Read from the store: of the moment of the query.",
        "a trait of a profile",
        &["profile_id", "name", "origin"],
        columns.map(column).into(),
    )
}

const COUNTED: [Declared; 5] = [
    ("read", Integer, "Rows that the last pull read.", "rows", "it was never pulled", Public),
    ("landed", Integer, "Of these, new or changed.", "rows", "it was never pulled", Public),
    ("unchanged", Integer, "Of these, as they were.", "rows", "it was never pulled", Public),
    ("rejected", Integer, "Of these, refused.", "rows", "it was never pulled", Public),
    ("removed", Integer, "Rows that were gone from the source.", "rows", "it was never pulled", Public),
];

pub(super) fn source() -> Table {
    let mut columns = vec![
        column(SOURCE),
        column(("kind", Text, "What kind of source it is.", "", "kith.toml no longer names it", Public)),
        column(("records", Integer, "Records that it has now.", "records", "", Public)),
    ];
    columns.extend(COUNTED.map(column));
    columns.push(column(("pulled_at", Time, "When the last pull ended.", "", "it was never pulled", Public)));
    table("kith.source", "The sources, and what their last pull did.", "a source", &["source"], columns)
}

pub(super) fn copy() -> Table {
    let never = "nothing was copied yet";
    let columns = [
        ("table", Text, "The table of a connection, as SQL says it.", "", "", Public),
        (
            "mode",
            Text,
            "`virtual`, `accelerated`, `migrated`; `left`: kith.toml has no such copy any more.",
            "",
            "",
            Public,
        ),
        ("read_from", Text, "What queries get now: `copy`, `source` or `refused`.", "", "", Public),
        ("owner", Text, "Who answers for it.", "", "kith.toml no longer has it", Public),
        ("purpose", Text, "What it is for.", "", "kith.toml no longer has it", Public),
        ("expires", Text, "Its last day, `2027-06-30`.", "", "it has none", Public),
        ("rows", Integer, "Rows of it.", "rows", never, Public),
        ("bytes", Integer, "Bytes on the disk.", "bytes", never, Public),
        ("taken_at", Time, "When the reading that is in force began.", "", never, Public),
        ("checked_at", Time, "When both sides were last compared.", "", "they were not", Public),
        ("rows_differed", Integer, "Rows that differed then.", "rows", "they were not compared", Public),
    ];
    table(
        "kith.copy",
        "The copies of tables of connections, and what queries read now (docs/guide/copies.md).",
        "a copy",
        &["table"],
        columns.map(column).into(),
    )
}

pub(super) fn run() -> Table {
    let columns = [
        ("position", Integer, "Its position in the log.", "", "", Public),
        ("at", Time, "When.", "", "not said then", Public),
        ("up_to", Integer, "The last position that it looked at.", "", "", Public),
        ("records", Integer, "Records resolved.", "records", "", Public),
        ("profiles", Integer, "Profiles that they became.", "profiles", "", Public),
        ("largest", Integer, "Records of the largest profile.", "records", "not counted then", Public),
        ("confidence", Float, "The confidence of profiles.", "probability", "", Public),
    ];
    table(
        "kith.run",
        "The last whole resolutions.",
        "a resolution",
        &["position"],
        columns.map(column).into(),
    )
}

pub(super) fn metric() -> Table {
    let columns = [
        ("name", Text, "What is counted.", "", "", Public),
        ("source", Text, "Of which source; empty = of all.", "", "", Public),
        ("value", Integer, "How many.", "", "", Public),
    ];
    table(
        "kith.metric",
        "Kith's own figures at this moment: `records`, `profiles`, `log_position`, `log_bytes`, `events_position`, and of each source \
         `events_received` = `events_accepted` + `events_duplicate` + `events_refused`.",
        "a figure",
        &["name", "source"],
        columns.map(column).into(),
    )
}

fn table(
    name: &'static str,
    text: &'static str,
    grain: &'static str,
    key: &'static [&'static str],
    columns: Vec<Column>,
) -> Table {
    Table { name, text, grain, key, columns }
}
