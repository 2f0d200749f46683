//! The `[collect]` table: how events are kept.

use super::ConfigError;
use super::traits::{duration, duration_ms};
use super::walk::Section;
use super::write::{entry, line, quoted};

/// The keys of the table, for the configuration and its reference page: name, type, default, meaning.
pub const KEYS: &[(&str, &str, &str, &str)] = &[
    (
        "dedupe",
        "time",
        "`7 days`",
        "How long the message ids of a source are remembered, so that an event that comes again is counted once: `7 days`, `12 weeks`, or `for ever`.",
    ),
    (
        "keep_log",
        "size",
        "`4 GB`",
        "How much of the log of events is kept beside the lake's tables, which have all of it: timelines read what the log has faster. `500 MB`, `20 GB`.",
    ),
];

/// How events are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collect {
    /// How long message ids are remembered, milliseconds; `i64::MAX` = for ever.
    pub dedupe_ms: i64,
    /// How much of the log is kept beside the lake, bytes.
    pub keep_log_bytes: u64,
}

impl Default for Collect {
    fn default() -> Self {
        Collect { dedupe_ms: 7 * 86_400_000, keep_log_bytes: 4_000_000_000 }
    }
}

/// Reads the table.
pub(super) fn collect(root: &Section) -> Result<Collect, ConfigError> {
    let mut collect = Collect::default();
    let Some(section) = root.section("collect")? else { return Ok(collect) };
    section.only(&KEYS.iter().map(|(key, ..)| *key).collect::<Vec<_>>())?;
    if let Some((text, span)) = section.text("dedupe")? {
        let known = if text.trim() == "for ever" { Some(i64::MAX) } else { duration_ms(&text) };
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

/// The table, where it says something.
pub(super) fn write(out: &mut String, collect: &Collect) {
    let usual = Collect::default();
    if *collect == usual {
        return;
    }
    line(out, "");
    line(out, "[collect]");
    if collect.dedupe_ms != usual.dedupe_ms {
        let time =
            if collect.dedupe_ms == i64::MAX { "for ever".into() } else { duration(collect.dedupe_ms) };
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
# How events are kept

Generated from `kith_core::config::collect`; `KITH_BLESS=1 cargo test -p kith-core` writes it anew.

```toml
[collect]
dedupe = \"30 days\"
keep_log = \"20 GB\"
```

| Key | Type | Default | Meaning |
|-|-|-|-|
";

#[cfg(test)]
mod tests {
    use crate::config::parse;

    #[test]
    fn the_reference_page_is_current() {
        crate::reference::is_current("collect.md", &super::render_reference());
    }

    #[test]
    fn it_is_read_and_faults_are_named() {
        let with = |lines: &str| parse(&format!("[project]\nname = \"t\"\n[collect]\n{lines}"), "kith.toml");
        let collect = with("dedupe = \"for ever\"\nkeep_log = \"500 MB\"").expect("a configuration").collect;
        assert_eq!((collect.dedupe_ms, collect.keep_log_bytes), (i64::MAX, 500_000_000));
        assert_eq!(with("").expect("a configuration").collect, super::Collect::default());
        let mut written = String::from("[project]\nname = \"t\"\n");
        super::write(&mut written, &collect);
        assert_eq!(parse(&written, "kith.toml").expect("a configuration").collect, collect);
        for (line, word) in
            [("dedupe = \"soon\"", "not a time"), ("keep_log = \"4\"", "not a size"), ("kep = 1", "kep")]
        {
            assert!(with(line).expect_err(line).to_string().contains(word), "{line}");
        }
    }
}
