//! The tables of events: the only ones that are not computed.

use super::{Declared, SOURCE, column};
use crate::field::Privacy::{Identifying, Personal, Public};
use crate::table::Table;
use crate::table::Type::{Integer, Text, Time};

const POSITION: Declared = ("position", Integer, "Its position in the log of events.", "", "", Public);
const DAY: Declared = (
    "day",
    Text,
    "The day of receipt, UTC, `2026-11-22`; the table's files are divided by it.",
    "",
    "",
    Public,
);

const UNPLACED: &str = "not known, or no `[collect] geo_database`";

pub(super) fn event() -> Table {
    let columns = [
        POSITION,
        DAY,
        SOURCE,
        ("call", Text, "`track`, `identify`, `page`, `screen`, `group` or `alias`.", "", "", Public),
        ("name", Text, "What was done, or the name of the page or screen.", "", "it has none", Public),
        (
            "message_id",
            Text,
            "The client's id of it: two events of a source with one id are one.",
            "",
            "",
            Public,
        ),
        ("user_id", Text, "The user, as the source knows them.", "", "it names none", Identifying),
        ("anonymous_id", Text, "The visitor, as the device knows them.", "", "it names none", Identifying),
        ("timestamp", Time, "When it happened, corrected for the client's clock.", "", "", Personal),
        ("received_at", Time, "When Kith received it.", "", "", Personal),
        ("country", Text, "Where the address was when it came, ISO 3166-1 alpha-2.", "", UNPLACED, Personal),
        ("region", Text, "The region of it, in English.", "", UNPLACED, Personal),
        ("city", Text, "The city of it, in English.", "", UNPLACED, Personal),
        ("body", Text, "The event's own JSON, byte for byte.", "", "", Identifying),
    ];
    Table {
        name: "event.event",
        text: "What people did, as their clients sent it.",
        grain: "an event that was accepted",
        key: &["position"],
        columns: columns.map(column).into(),
    }
}

pub(super) fn ledger() -> Table {
    let columns = [
        POSITION,
        ("day", Text, "The day of receipt, UTC, or `undated`.", "", "", Public),
        (
            "kind",
            Text,
            "`refused_event`, `duplicates`; `lost` = so many entries from here on were damaged in the log.",
            "",
            "",
            Public,
        ),
        ("source", Text, "The source's name in kith.toml.", "", "it is of none", Public),
        ("code", Text, "Why an event was refused.", "", "it was not", Public),
        (
            "field",
            Text,
            "Which part of it is wrong, a JSON pointer.",
            "",
            "the whole, or nothing was refused",
            Public,
        ),
        ("count", Integer, "How many it stands for.", "", "", Public),
        ("received_at", Time, "When Kith received it.", "", "it is not of one moment", Personal),
        ("entry", Text, "The log's entry, JSON.", "", "it was lost", Identifying),
    ];
    Table {
        name: "event.ledger",
        text: "What came as events and is none: refused, or there already. With `event.event` it has every position of the log.",
        grain: "an entry of the log of events that is no event",
        key: &["position"],
        columns: columns.map(column).into(),
    }
}
