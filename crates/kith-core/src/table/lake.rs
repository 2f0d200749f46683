//! The declarations.

mod events;
mod told;

use super::{Column, Table, Type};
use crate::field::{Field, Privacy};
use Privacy::{Identifying, Personal, Public};
use Type::{Boolean, Float, Integer, Text, Time};

type Declared = (&'static str, Type, &'static str, &'static str, &'static str, Privacy);

fn column((name, kind, text, unit, null, privacy): Declared) -> Column {
    Column { name, kind, text, unit, null, privacy }
}

const NODE_ID: Declared =
    ("node_id", Integer, "The record's node: the log position that first brought it.", "", "", Public);
const PROFILE_ID: Declared =
    ("profile_id", Text, "The profile: `p` and 13 letters and digits.", "", "", Personal);
const SOURCE: Declared = ("source", Text, "The source's name in kith.toml.", "", "", Public);
const KEY: Declared = ("key", Text, "The record's key in its source.", "", "", Personal);

/// Every table of the lake.
pub fn tables() -> Vec<Table> {
    vec![
        source(),
        node(),
        cluster(),
        link(),
        customer(),
        customer_value(),
        household(),
        household_member(),
        reject(),
        events::event(),
        events::ledger(),
        told::activity(),
        told::traits(),
        told::source(),
        told::copy(),
        told::run(),
        told::metric(),
    ]
}

fn source() -> Table {
    let columns = [
        (
            "_key",
            Text,
            "The record's key in its source; a hash of the row where it has none.",
            "",
            "",
            Personal,
        ),
        ("_node_id", Integer, NODE_ID.2, "", "", Public),
        ("_position", Integer, "The log position of the row as it is now.", "", "", Public),
    ];
    Table {
        name: "source.<name>",
        text: "The rows of one source as they came, with all columns of the source.",
        grain: "a record that its source has now",
        key: &["_key"],
        columns: columns.map(column).into(),
    }
}

fn node() -> Table {
    Table {
        name: "identity.node",
        text: "Which record belongs to which profile.",
        grain: "a record",
        key: &["node_id"],
        columns: [NODE_ID, SOURCE, KEY, PROFILE_ID].map(column).into(),
    }
}

fn cluster() -> Table {
    let sure = (
        "confidence",
        Float,
        "The least sure step by which the profile's records came together; 1 for a record alone.",
        "probability",
        "",
        Public,
    );
    Table {
        name: "identity.cluster",
        text: "The profiles as sets of records.",
        grain: "a record",
        key: &["node_id"],
        columns: [NODE_ID, PROFILE_ID, sure].map(column).into(),
    }
}

fn link() -> Table {
    let columns = [
        ("left_node_id", Integer, "One record.", "", "", Public),
        ("right_node_id", Integer, "The other record.", "", "", Public),
        (
            "weight_bits",
            Float,
            "Evidence that both are one person, prior included: 0 is even odds.",
            "bits",
            "",
            Public,
        ),
        ("probability", Float, "The same as a probability.", "probability", "", Public),
    ];
    Table {
        name: "identity.link",
        text: "Pairs of records that were compared and may be one person, also below the confidence of the project.",
        grain: "a pair of records",
        key: &["left_node_id", "right_node_id"],
        columns: columns.map(column).into(),
    }
}

/// Fields that a profile shows.
fn shown(field: &&Field) -> bool {
    !matches!(field, Field::UpdatedAt | Field::CreatedAt | Field::Source | Field::RecordKey)
}

fn customer() -> Table {
    let golden = Field::ALL.iter().filter(shown).map(|f| Column {
        name: f.name(),
        kind: Text,
        text: f.describe(),
        unit: "",
        null: "no record of the profile has a value",
        privacy: f.privacy(),
    });
    let mut columns = vec![column(PROFILE_ID)];
    columns.extend(golden);
    let rest = [
        (
            "confidence",
            Float,
            "The least sure step by which the records came together.",
            "probability",
            "",
            Public,
        ),
        ("records", Integer, "How many records it has.", "records", "", Public),
        ("sources", Text, "The sources of its records, with commas between.", "", "", Public),
    ];
    columns.extend(rest.map(column));
    Table {
        name: "master.customer",
        text: "Each customer once, with the values that survived, in normal form.",
        grain: "a profile",
        key: &["profile_id"],
        columns,
    }
}

fn customer_value() -> Table {
    let columns = [
        PROFILE_ID,
        ("field", Text, "The field, such as `email`.", "", "", Public),
        ("value", Text, "Normal form.", "", "", Identifying),
        ("original", Text, "As the source wrote it.", "", "", Identifying),
        ("won", Boolean, "True for the value that the profile shows.", "", "", Public),
        ("rule", Text, "The rule by which it won, in words.", "", "the value did not win", Public),
        SOURCE,
        KEY,
        NODE_ID,
        (
            "updated_at",
            Time,
            "When the source last changed the record.",
            "",
            "the source does not say",
            Public,
        ),
    ];
    Table {
        name: "master.customer_value",
        text: "All values of all profiles, and which of them survived why.",
        grain: "a value of a field in a record",
        key: &["profile_id", "field", "node_id", "value"],
        columns: columns.map(column).into(),
    }
}

const HOUSEHOLD_ID: Declared =
    ("household_id", Text, "The household: `h` and the number of its first record.", "", "", Personal);

fn household() -> Table {
    let columns = [
        HOUSEHOLD_ID,
        ("name", Text, "The family name that most members have.", "", "no member has one", Identifying),
        ("street", Text, "Where most members live.", "", "no address is known", Identifying),
        ("city", Text, "Its city.", "", "no city is known", Personal),
        ("postcode", Text, "Its postcode.", "", "no postcode is known", Personal),
        ("members", Integer, "How many people it has.", "", "", Personal),
        ("probability", Float, "How sure it is of its least sure member.", "probability", "", Public),
        (
            "first_seen",
            Time,
            "The oldest record of a member with this address.",
            "",
            "no record has it",
            Personal,
        ),
        (
            "last_seen",
            Time,
            "The newest record of a member with this address.",
            "",
            "no record has it",
            Personal,
        ),
    ];
    Table {
        name: "master.household",
        text: "People who live together: two or more profiles that share an address, a phone number or an e-mail address.",
        grain: "a household",
        key: &["household_id"],
        columns: columns.map(column).into(),
    }
}

fn household_member() -> Table {
    let columns = [
        HOUSEHOLD_ID,
        PROFILE_ID,
        ("role", Text, "`parent`, `child`, `adult` or `unknown`, by birth dates.", "", "", Personal),
        ("probability", Float, "That the person lives with the others.", "probability", "", Public),
        ("shared", Text, "What the person shares with the others, the weightiest first.", "", "", Personal),
    ];
    Table {
        name: "master.household_member",
        text: "Who is in which household, and why.",
        grain: "a profile in a household",
        key: &["household_id", "profile_id"],
        columns: columns.map(column).into(),
    }
}

fn reject() -> Table {
    let columns = [
        ("position", Integer, "The log position of the refusal.", "", "", Public),
        SOURCE,
        ("place", Text, "Where in the source: `line 17`.", "", "", Public),
        ("code", Text, "The error code; see errors.md.", "", "", Public),
        ("reason", Text, "What is wrong and how to mend it.", "", "", Personal),
        ("original_hex", Text, "The original, hexadecimal, at most 65,536 bytes of it.", "", "", Identifying),
        ("original_bytes", Integer, "How long the original was.", "bytes", "", Public),
        ("received_at", Time, "When Kith read it.", "", "", Public),
    ];
    Table {
        name: "land.reject",
        text: "Rows that could not be landed.",
        grain: "a refused row",
        key: &["position"],
        columns: columns.map(column).into(),
    }
}
