//! The `[[copy]]` tables: which tables of connections are read from a copy of Kith's own, and `[copies]`: how many there may be.
//!
//! A table that is named by no copy is read where it is. A copy changes where rows come from and no query: the name stays, and so do
//! labels and policies, which hang on the name (ADR 18).

use super::traits::duration_ms;
use super::walk::Section;
use super::{ConfigError, Connection};
use crate::suggest::closest;

mod reference;
mod write;

pub use reference::render_reference;
pub(super) use write::write;

/// What the schema of the old tables of a connection ends with.
pub const LEGACY: &str = "_legacy";
/// With a cursor, how long after a whole reading there is another.
const WHOLE_MS: i64 = 86_400_000;

/// The keys of a copy, for the configuration and its reference page: name, type, default, meaning.
pub const KEYS: &[(&str, &str, &str, &str)] = &[
    ("table", "text", "required", "The table, as SQL says it: `shop.orders`."),
    (
        "mode",
        "text",
        "required",
        "`virtual`: read where it is, as without a copy. `accelerated`: from a copy that is refreshed. `migrated`: from the copy, which is \
         the truth now; the table it came from is `shop_legacy.orders`.",
    ),
    ("owner", "text", "required", "Who answers for the copy: `ann@example.org`."),
    ("purpose", "text", "required", "What it is for: `reporting`."),
    (
        "expires",
        "day",
        "required; of migrated none",
        "The last day of the copy: `2027-06-30`. After it an accelerated copy is not read any more and is deleted; a migrated one is shown as overdue.",
    ),
    (
        "key",
        "list",
        "none",
        "The columns that single out a row. Needed with `cursor`; a check of two sides goes by it.",
    ),
    (
        "cursor",
        "text",
        "none: whole",
        "A column that grows with each change of a row. A refresh then fetches what is at or behind the last value. Rows that are gone, and \
         changes that leave the column as it was, are seen by the next whole one.",
    ),
    ("refresh", "time", "none: by command", "How often it is refreshed while Kith serves: `15 minutes`."),
    ("whole", "time", "`1 day`", "With a cursor, how often it is read whole all the same."),
    ("max_age", "time", "none", "How old it may be."),
    (
        "when_old",
        "text",
        "`source`",
        "What a query gets when it is older than `max_age`: `source`: the table where it is; `serve`: the copy; `refuse`: an error.",
    ),
];

/// The keys of `[copies]`.
pub const ALL_KEYS: &[(&str, &str, &str, &str)] = &[(
    "max",
    "number",
    "none",
    "How many copies there may be. One too many is refused, and its table is read where it is.",
)];

/// Where the rows of a table come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Where they are.
    Virtual,
    /// From a copy that is refreshed.
    Accelerated,
    /// From the copy, which is the truth.
    Migrated,
}

impl Mode {
    const ALL: [Mode; 3] = [Mode::Virtual, Mode::Accelerated, Mode::Migrated];

    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Virtual => "virtual",
            Mode::Accelerated => "accelerated",
            Mode::Migrated => "migrated",
        }
    }
}

/// What a query gets of a copy that is too old.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenOld {
    /// The table where it is.
    #[default]
    Source,
    /// The copy.
    Serve,
    /// An error.
    Refuse,
}

impl WhenOld {
    const ALL: [WhenOld; 3] = [WhenOld::Source, WhenOld::Serve, WhenOld::Refuse];

    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            WhenOld::Source => "source",
            WhenOld::Serve => "serve",
            WhenOld::Refuse => "refuse",
        }
    }
}

/// A table of a connection that has, or may have, a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The connection.
    pub connection: String,
    /// The table there.
    pub table: String,
    /// Where its rows come from.
    pub mode: Mode,
    /// Who answers for it.
    pub owner: String,
    /// What it is for.
    pub purpose: String,
    /// Its last day, `2027-06-30`; always there but for a migrated one.
    pub expires: Option<String>,
    /// The columns that single out a row; empty = unknown.
    pub key: Vec<String>,
    /// The column that grows with each change.
    pub cursor: Option<String>,
    /// How often it is refreshed, milliseconds.
    pub refresh_ms: Option<i64>,
    /// How often it is read whole although there is a cursor, milliseconds.
    pub whole_ms: i64,
    /// How old it may be, milliseconds.
    pub max_age_ms: Option<i64>,
    /// What a query gets when it is older.
    pub when_old: WhenOld,
}

impl Copy {
    /// The table, as SQL says it.
    pub fn name(&self) -> String {
        format!("{}.{}", self.connection, self.table)
    }
}

/// All copies, and how many there may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copies {
    /// How many there may be.
    pub max: Option<u64>,
    /// In the order of the file.
    pub all: Vec<Copy>,
}

/// Reads all copies.
pub(super) fn copies(root: &Section, connections: &[Connection]) -> Result<Copies, ConfigError> {
    let mut copies = Copies::default();
    if let Some(section) = root.section("copies")? {
        section.only(&ALL_KEYS.iter().map(|(key, ..)| *key).collect::<Vec<_>>())?;
        copies.max = match section.number("max")? {
            Some((max, _)) if max.fract() == 0.0 && (0.0..=1e6).contains(&max) => Some(max as u64),
            Some((max, span)) => {
                let help = "a whole number; 0 allows no copy";
                return Err(section.value(span, format!("max = {max} is no number of copies"), help));
            }
            None => None,
        };
    }
    let Some(node) = root.get("copy") else { return Ok(copies) };
    let Some(array) = node.get_ref().as_array() else {
        let (message, help) = ("\"copy\" should be a list of tables", "write [[copy]], with two brackets");
        return Err(root.text.error("K-CONFIG-TYPE", node.span(), message, help));
    };
    for node in array.iter() {
        let section = root.as_section(node, "[[copy]]")?;
        section.only(&KEYS.iter().map(|(key, ..)| *key).collect::<Vec<_>>())?;
        let copy = copy(&section, connections)?;
        if copies.all.iter().any(|known| known.name() == copy.name()) {
            let message = format!("there are two copies of {}", copy.name());
            let help = "a table has one mode: take one of them out";
            return Err(root.text.error("K-CONFIG-DUPLICATE", section.span, message, help));
        }
        copies.all.push(copy);
    }
    Ok(copies)
}

fn copy(section: &Section, connections: &[Connection]) -> Result<Copy, ConfigError> {
    let (connection, table) = place(section, connections)?;
    let mode = word(section, "mode", "mode = \"accelerated\"", &Mode::ALL, Mode::name)?;
    let (owner, _) = section.needed("owner", "owner = \"ann@example.org\"")?;
    let (purpose, _) = section.needed("purpose", "purpose = \"reporting\"")?;
    if mode == Mode::Accelerated {
        section.needed("expires", "expires = \"2027-06-30\"")?;
    }
    let expires = match section.text("expires")? {
        Some((text, span)) if text.parse::<jiff::civil::Date>().is_err() => {
            return Err(section.value(span, format!("{text:?} is not a day"), "write it as \"2027-06-30\""));
        }
        expires => expires.map(|(text, _)| text),
    };
    let key = section.texts("key")?;
    let cursor = section.text("cursor")?;
    if let (Some((_, span)), true) = (&cursor, key.is_empty()) {
        let help = "add key = [\"id\"]: a changed row takes the place of the one with its key";
        return Err(section.value(span.clone(), "a cursor needs a key".into(), help));
    }
    let when_old = match section.get("when_old") {
        Some(_) => word(section, "when_old", "", &WhenOld::ALL, WhenOld::name)?,
        None => WhenOld::default(),
    };
    Ok(Copy {
        connection,
        table,
        mode,
        owner,
        purpose,
        expires,
        key,
        cursor: cursor.map(|(text, _)| text),
        refresh_ms: time(section, "refresh")?,
        whole_ms: time(section, "whole")?.unwrap_or(WHOLE_MS),
        max_age_ms: time(section, "max_age")?,
        when_old,
    })
}

fn place(section: &Section, connections: &[Connection]) -> Result<(String, String), ConfigError> {
    let (table, span) = section.needed("table", "table = \"shop.orders\"")?;
    let parts = table.split_once('.').filter(|(_, table)| !table.is_empty());
    let Some((name, inner)) = parts else {
        let help = "a connection and its table, as SQL says it: table = \"shop.orders\"";
        return Err(section.value(span, format!("{table:?} names no connection"), help));
    };
    let names: Vec<&str> = connections.iter().map(|connection| connection.name.as_str()).collect();
    if !names.contains(&name) {
        let help = match names.is_empty() {
            true => "add it: [[connection]] with name and kind".to_string(),
            false => format!("the connections are: {}", names.join(", ")),
        };
        return Err(section.value(span, format!("there is no connection {name:?}"), help));
    }
    let legacy = format!("{name}{LEGACY}");
    if names.contains(&legacy.as_str()) {
        let message =
            format!("the connection {legacy:?} has the name that old tables of {name:?} would have");
        return Err(section.value(span, message, "give that connection another name"));
    }
    Ok((name.into(), inner.into()))
}

fn word<T: std::marker::Copy>(
    section: &Section,
    key: &str,
    example: &str,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<T, ConfigError> {
    let (word, span) = section.needed(key, example)?;
    all.iter().copied().find(|one| name(*one) == word).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
        let help = match closest(&word, names.iter().copied()) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("one of: {}", names.join(", ")),
        };
        section.value(span, format!("{word:?} is not a {key} of a copy"), help)
    })
}

fn time(section: &Section, key: &str) -> Result<Option<i64>, ConfigError> {
    let Some((text, span)) = section.text(key)? else { return Ok(None) };
    let help = "a number and a unit: \"15 minutes\", \"1 day\"";
    duration_ms(&text).map(Some).ok_or_else(|| section.value(span, format!("{text:?} is not a time"), help))
}

#[cfg(test)]
mod tests;
