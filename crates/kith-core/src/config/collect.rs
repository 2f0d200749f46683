//! The table `[collect]`: how events are taken in and kept.

use super::ConfigError;
use super::traits::{duration, duration_ms};
use super::walk::Section;
use super::write::{entry, line, quoted};
use crate::event::sessions::{PAUSE_MAX_MS, PAUSE_MIN_MS, PAUSE_MS};
use std::path::PathBuf;

/// A time without an end.
const FOR_EVER: &str = "for ever";

/// The keys, for the configuration and its reference page: name, type, default, meaning.
pub const KEYS: &[(&str, &str, &str, &str)] = &[
    (
        "session_pause",
        "time",
        "`30 minutes`",
        "A longer pause than this begins a new session: from 5 minutes to 1 day. A change counts all sessions anew.",
    ),
    (
        "geo_database",
        "path",
        "none",
        "A database of cities or countries in MaxMind's format (`.mmdb`), beside `kith.toml` or with its whole path. \
         Events that come from then on get the country, region and city of `context.ip`.",
    ),
    (
        "dedupe",
        "time",
        "`7 days`",
        "How long the message ids of a source are remembered, so that an event that comes again is counted once: `7 days`, \
         `12 weeks`, or `for ever`.",
    ),
    (
        "keep_log",
        "size",
        "`4 GB`",
        "How much of the log of events is kept beside the lake's tables, which have all of it: timelines read what the log \
         has faster. `500 MB`, `20 GB`.",
    ),
];

/// How events are taken in and kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collect {
    /// A longer pause than this begins a new session, milliseconds.
    pub session_pause_ms: i64,
    /// Where addresses are, as it is written; `None` = events get no place from their address.
    pub geo_database: Option<PathBuf>,
    /// How long message ids are remembered, milliseconds; `i64::MAX` = for ever.
    pub dedupe_ms: i64,
    /// How much of the log is kept beside the lake, bytes.
    pub keep_log_bytes: u64,
}

impl Default for Collect {
    fn default() -> Self {
        Collect {
            session_pause_ms: PAUSE_MS,
            geo_database: None,
            dedupe_ms: 7 * 86_400_000,
            keep_log_bytes: 4_000_000_000,
        }
    }
}

/// Reads the table.
pub(super) fn collect(root: &Section) -> Result<Collect, ConfigError> {
    let mut collect = Collect::default();
    let Some(section) = root.section("collect")? else { return Ok(collect) };
    section.only(&KEYS.iter().map(|(key, ..)| *key).collect::<Vec<_>>())?;
    if let Some((text, span)) = section.text("session_pause")? {
        let pause = duration_ms(&text).filter(|ms| (PAUSE_MIN_MS..=PAUSE_MAX_MS).contains(ms));
        let help = "write a time from \"5 minutes\" to \"1 day\"; \"30 minutes\" is usual";
        collect.session_pause_ms = pause
            .ok_or_else(|| section.value(span, format!("{text:?} is no pause between sessions"), help))?;
    }
    collect.geo_database = section.text("geo_database")?.map(|(path, _)| PathBuf::from(path));
    if let Some((text, span)) = section.text("dedupe")? {
        let known = if text.trim() == FOR_EVER { Some(i64::MAX) } else { duration_ms(&text) };
        let help = "a number and a unit, or for ever: \"7 days\", \"12 weeks\", \"for ever\"";
        collect.dedupe_ms =
            known.ok_or_else(|| section.value(span, format!("{text:?} is not a time"), help))?;
    }
    if let Some((text, span)) = section.text("keep_log")? {
        let help = "a number and a unit: \"500 MB\", \"20 GB\"";
        collect.keep_log_bytes =
            size(&text).ok_or_else(|| section.value(span, format!("{text:?} is not a size"), help))?;
    }
    Ok(collect)
}

/// The table, as the file says it; nothing where all of it is the default.
pub(super) fn write(out: &mut String, collect: &Collect) {
    if *collect == Collect::default() {
        return;
    }
    line(out, "");
    line(out, "# How events are taken in. docs/reference/collect.md");
    line(out, "[collect]");
    if collect.session_pause_ms != PAUSE_MS {
        entry(out, "session_pause", &quoted(&duration(collect.session_pause_ms)), "");
    }
    if let Some(path) = &collect.geo_database {
        entry(out, "geo_database", &quoted(&path.to_string_lossy()), "");
    }
    let usual = Collect::default();
    if collect.dedupe_ms != usual.dedupe_ms {
        let time = if collect.dedupe_ms == i64::MAX { FOR_EVER.into() } else { duration(collect.dedupe_ms) };
        entry(out, "dedupe", &quoted(&time), "");
    }
    if collect.keep_log_bytes != usual.keep_log_bytes {
        entry(out, "keep_log", &quoted(&format!("{} MB", collect.keep_log_bytes / 1_000_000)), "");
    }
}

/// `20 GB` in bytes.
fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    let at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(at);
    let unit: u64 = match unit.trim() {
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// The reference page, Markdown.
pub fn render_reference() -> String {
    let mut out = String::from(HEAD);
    for (key, kind, default, text) in KEYS {
        out.push_str(&format!("| `{key}` | {kind} | {default} | {text} |\n"));
    }
    out
}

const HEAD: &str = "\
# How events are taken in and kept

Generated from `kith_core::config::collect`; `KITH_BLESS=1 cargo test -p kith-core` writes it anew. What is done with it: the
guide to [events](../guide/events.md).

```toml
[collect]
session_pause = \"30 minutes\"
geo_database = \"GeoLite2-City.mmdb\"
dedupe = \"30 days\"
keep_log = \"20 GB\"
```

| Key | Type | Default | Meaning |
|-|-|-|-|
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    fn parsed(body: &str) -> Result<Collect, ConfigError> {
        let text = format!("[project]\nname = \"t\"\n[collect]\n{body}");
        parse(&text, "kith.toml").map(|config| config.collect)
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = "[project]\nname = \"t\"\n[collect]\nsession_pause = \"90 minutes\"\ngeo_database = \"geo/a \\\"b\\\".mmdb\"\ndedupe = \"for ever\"\nkeep_log = \"500 MB\"\n";
        let config = parse(text, "kith.toml").expect("it can be read");
        assert_eq!(config.collect.session_pause_ms, 90 * 60_000);
        assert_eq!(config.collect.geo_database, Some("geo/a \"b\".mmdb".into()));
        assert_eq!((config.collect.dedupe_ms, config.collect.keep_log_bytes), (i64::MAX, 500_000_000));
        let again = parse(&config.to_toml(), "kith.toml").expect("it can be read again");
        assert_eq!(again.collect, config.collect);
        assert_eq!(parsed("").expect("nothing is needed"), Collect::default());
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_a_help() {
        for (body, word) in [
            ("session_pause = \"1 minute\"", "no pause"),
            ("session_pause = \"2 days\"", "no pause"),
            ("session_pause = 30", "should be"),
            ("session_gap = \"30 minutes\"", "not a key"),
            ("geo_database = \"\"", "empty"),
            ("dedupe = \"soon\"", "not a time"),
            ("keep_log = \"4\"", "not a size"),
        ] {
            let error = parsed(body).expect_err(body);
            assert!(error.message.contains(word), "{body}: {}", error.message);
            assert!(!error.help.is_empty());
        }
    }

    #[test]
    fn the_reference_page_is_current() {
        crate::reference::is_current("collect.md", &render_reference());
    }
}
