//! The configuration as a commented file, for people to read and correct.

use super::{Config, MatchRule, Project, Source, SourceKind, Verdict};
use crate::field::Field;
use crate::id::Tenant;
use std::fmt::Write;

impl Config {
    /// The commented text. Parsed again it gives the same configuration.
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        project(&mut out, &self.project);
        for source in &self.sources {
            self::source(&mut out, source);
        }
        self.rules(&mut out);
        self.match_rules(&mut out);
        self.contexts(&mut out);
        self.catalogs.iter().for_each(|catalog| super::catalogs::write(&mut out, catalog));
        self.traits(&mut out);
        self.connections.iter().for_each(|one| super::connection::write(&mut out, one));
        super::copies::write(&mut out, &self.copies);
        super::collect::write(&mut out, &self.collect);
        self.sign_on.iter().for_each(|one| super::sign_on::write(&mut out, one));
        out
    }

    fn rules(&self, out: &mut String) {
        line(out, "");
        line(out, "# Which of several values is shown: the first rule that tells them apart decides.");
        line(out, "#   rank          the source with the lowest rank");
        line(out, "#   recency       the record that changed last");
        line(out, "#   frequency     the value in most records");
        line(out, "#   completeness  the longest value, or the address with most parts");
        if self.survivorship.is_empty() {
            line(out, "# [survivorship]");
            line(out, "# given_name = [\"rank\", \"recency\", \"frequency\"]");
            return;
        }
        line(out, "[survivorship]");
        for (field, rules) in &self.survivorship {
            let rules: Vec<_> = rules.iter().map(|r| quoted(r.name())).collect();
            line(out, &format!("{} = [{}]", field.name(), rules.join(", ")));
        }
    }
}

impl Config {
    fn match_rules(&self, out: &mut String) {
        line(out, "");
        line(
            out,
            "# Rules beside the model: the fields together are one key. Equal keys are one person (match), or two",
        );
        line(out, "# different keys are never one person (differ). docs/reference/rules.md");
        if self.rules.is_empty() {
            line(out, "# [[rule]]");
            line(out, "# name = \"same loyalty card\"");
            line(out, "# fields = [\"customer_id\"]");
            line(out, "# verdict = \"match\"");
        }
        self.rules.iter().for_each(|r| rule(out, r));
    }
}

impl Config {
    fn traits(&self, out: &mut String) {
        line(out, "");
        line(out, "# Traits that are counted from events, on every profile. docs/reference/traits.md");
        if self.traits.is_empty() && self.figures.is_empty() {
            line(out, "# [[trait]]");
            line(out, "# name = \"revenue_90_days\"");
            line(out, "# event = \"Order Completed\"");
            line(out, "# aggregate = \"sum\"");
            line(out, "# of = \"properties.total\"");
            line(out, "# window = \"90 days\"");
        }
        for definition in &self.traits {
            let through = self.throughs.iter().find(|(name, _)| *name == definition.name);
            super::traits::write(out, definition, through.map(|(_, through)| through));
        }
        self.figures.iter().for_each(|figure| super::figures::write(out, figure));
    }

    fn contexts(&self, out: &mut String) {
        line(out, "");
        line(out, "# Orders, tickets, subscriptions …: events that share an id. docs/reference/contexts.md");
        if self.contexts.is_empty() {
            line(out, "# [[context]]");
            line(out, "# template = \"order\"");
        }
        self.contexts.iter().for_each(|definition| super::contexts::write(out, definition));
    }
}

/// One rule of matching.
pub(super) fn rule(out: &mut String, rule: &MatchRule) {
    line(out, "[[rule]]");
    entry(out, "name", &quoted(&rule.name), "");
    let fields: Vec<_> = rule.fields.iter().map(|f| quoted(f.name())).collect();
    entry(out, "fields", &format!("[{}]", fields.join(", ")), "");
    entry(out, "verdict", &quoted(rule.verdict.name()), "");
    if let Verdict::Match { confidence, group_max } = rule.verdict {
        entry(out, "confidence", &confidence.to_string(), "");
        entry(out, "group_max", &group_max.to_string(), "more records than this do not link");
    }
}

fn project(out: &mut String, project: &Project) {
    line(
        out,
        "# Kith reads this file at every run. Correct it freely; `kith run` says what it does not understand.",
    );
    line(out, "");
    line(out, "[project]");
    entry(out, "name", &quoted(&project.name), "");
    if project.tenant != Tenant::default_tenant() {
        entry(out, "tenant", &quoted(project.tenant.as_str()), "");
    }
    let why = "country of phone numbers and addresses that name none";
    match &project.region {
        Some(region) => entry(out, "region", &quoted(region), why),
        None => line(out, &format!("# region = \"US\"  # {why}")),
    }
    let why = "how sure Kith must be that two records are one person";
    entry(out, "confidence", &project.confidence.to_string(), why);
}

fn source(out: &mut String, source: &Source) {
    line(out, "");
    line(out, "[[source]]");
    entry(out, "name", &quoted(source.name.as_str()), "");
    entry(out, "kind", &quoted(source.kind.name()), "");
    place(out, source);
    if let Some(key) = &source.write_key {
        entry(out, "write_key", &quoted(&key.to_text()), "what senders show");
    }
    if let Some(stream) = &source.stream {
        super::stream::write(out, stream);
    }
    if let Some(plan) = &source.plan {
        super::plan::write(out, plan);
    }
    match source.key.as_slice() {
        _ if source.kind.takes_events() => {}
        [] if matches!(source.kind, SourceKind::Sqlite | SourceKind::Postgres | SourceKind::Connection) => {
            line(out, "# key = \"id\"  # no key found: rows are told apart by their content");
        }
        [] => line(out, "# key = \"customer_id\"  # no key found: rows are told apart by their content"),
        [one] => entry(out, "key", &quoted(one), "singles out a row"),
        many => {
            let many: Vec<_> = many.iter().map(|k| quoted(k)).collect();
            entry(out, "key", &format!("[{}]", many.join(", ")), "together they single out a row");
        }
    }
    if let Some(column) = &source.updated_at {
        entry(out, "updated_at", &quoted(column), "when the row last changed");
    }
    entry(out, "rank", &source.rank.to_string(), "1 = most trusted");
    if let Some(terms) = &source.third_party {
        let mut parts = vec![format!("vendor = {}", quoted(&terms.vendor))];
        parts.extend(terms.licence.iter().map(|l| format!("licence = {}", quoted(l))));
        parts.extend(terms.expires.iter().map(|e| format!("expires = {}", quoted(e))));
        entry(out, "third_party", &format!("{{ {} }}", parts.join(", ")), "");
    }
    fields(out, source);
    if let Some(webhook) = &source.webhook {
        super::webhook::write(out, webhook);
    }
}

/// Where rows come from.
pub(super) fn place(out: &mut String, source: &Source) {
    if let Some(path) = &source.path {
        entry(out, "path", &quoted(&path.to_string_lossy()), "relative to this file");
    }
    if let Some(url) = &source.url {
        entry(out, "url", &quoted(&url.to_text()), "");
    }
    if let Some(password) = &source.password {
        entry(out, "password", &quoted(&password.to_text()), "");
    }
    if let Some(table) = &source.table {
        entry(out, "table", &quoted(table), "");
    }
    if let Some(delimiter) = source.delimiter {
        entry(out, "delimiter", &quoted(&delimiter.to_string()), "");
    }
    if let Some(encoding) = &source.encoding {
        entry(out, "encoding", &quoted(encoding), "");
    }
}

fn fields(out: &mut String, source: &Source) {
    line(out, "[source.fields]  # column = what it means");
    let width = source.fields.iter().map(|m| key(&m.column).chars().count()).max().unwrap_or(0).min(30);
    for mapping in &source.fields {
        let name = key(&mapping.column);
        let padding = " ".repeat(width.saturating_sub(name.chars().count()));
        entry(out, &format!("{name}{padding}"), &quoted(&mapping.target.to_string()), &mapping.note);
    }
    for column in &source.unmapped {
        // A column of a name that breaks lines must not break out of the comment.
        let note =
            if column.note.is_empty() { String::new() } else { format!("  # {}", one_line(&column.note)) };
        line(out, &format!("# {} = \"…\"{note}", key(&column.column)));
    }
    if source.fields.is_empty() {
        let names: Vec<_> = Field::ALL.iter().take(12).map(|f| f.name()).collect();
        line(out, &format!("# nothing recognised yet. Fields are: {} …", names.join(", ")));
    }
}

pub(super) fn entry(out: &mut String, key: &str, value: &str, comment: &str) {
    let text = format!("{key} = {value}");
    if comment.is_empty() {
        return line(out, &text);
    }
    line(out, &format!("{text:<40}  # {}", one_line(comment)));
}

pub(super) fn line(out: &mut String, text: &str) {
    // Writing to a String can not fail.
    let _ = writeln!(out, "{text}");
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A key, bare where TOML allows it.
fn key(text: &str) -> String {
    let bare = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { text.to_string() } else { quoted(text) }
}

/// A TOML basic string.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
