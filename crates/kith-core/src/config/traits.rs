//! The `[[trait]]` tables: what is counted about a person from what they did.

use super::ConfigError;
use super::walk::Section;
use super::write::{entry, line, quoted};
use crate::event::Call;
use crate::event::derive::Derived;
use crate::event::measure::{Aggregate, Definition};
use crate::event::through::Through;
use crate::suggest::closest;
use std::ops::Range;

/// The keys of a trait, for the configuration and its reference page: name, type, default, meaning.
pub const KEYS: &[(&str, &str, &str, &str)] = &[
    ("name", "text", "required", "What it is called on the profile; letters, digits and `_`."),
    ("event", "text or list", "any", "The names of the events that count: `Order Completed`."),
    (
        "call",
        "text",
        "`track`",
        "The call of the events that count: track, identify, page, screen, group or alias.",
    ),
    (
        "aggregate",
        "text",
        "required",
        "What is made of them: count, sum, average, min, max, first, last, distinct, top or set.",
    ),
    (
        "of",
        "path",
        "required but for count",
        "Where the value stands in the event: `properties.total`, `context.page.path`; or what is derived from it: \
         `derived.channel`, `derived.device.kind`, `derived.geo.country`. For top, set and distinct it may go through lists: \
         `properties.products[].product_id`.",
    ),
    (
        "through",
        "catalogue.column",
        "none",
        "The values of `of` are ids of a [catalogue](catalogs.md), and the trait is of this column of their items: \
         `products.category`. For top, set, distinct, first and last.",
    ),
    (
        "window",
        "time",
        "for ever",
        "How far back it looks: `30 days`, `12 hours`. Counted in whole hours up to 7 days, in whole days (UTC) beyond.",
    ),
    (
        "where",
        "table",
        "none",
        "Only events in which these paths have these values: `{ \"properties.currency\" = \"EUR\", \"derived.bot\" = false }`.",
    ),
];

/// Reads all traits.
pub(super) fn traits(root: &Section) -> Result<Vec<Definition>, ConfigError> {
    let Some(node) = root.get("trait") else { return Ok(Vec::new()) };
    let Some(array) = node.get_ref().as_array() else {
        let message = "\"trait\" should be a list of tables";
        return Err(root.text.error(
            "K-CONFIG-TYPE",
            node.span(),
            message,
            "write [[trait]], with two brackets",
        ));
    };
    let mut traits: Vec<Definition> = Vec::new();
    for node in array.iter() {
        let section = root.as_section(node, "[[trait]]")?;
        if section.get("context").is_some() {
            continue; // super::figures reads those
        }
        section.only(&KEYS.iter().map(|(key, ..)| *key).collect::<Vec<_>>())?;
        let (name, span) = name(&section)?;
        if traits.iter().any(|t| t.name == name) {
            let message = format!("there are two traits with the name {name:?}");
            return Err(root.text.error("K-CONFIG-DUPLICATE", span, message, "give each trait its own name"));
        }
        traits.push(definition(Section { name: format!("trait {name:?}"), ..section }, name)?);
    }
    Ok(traits)
}

pub(super) fn name(section: &Section) -> Result<(String, Range<usize>), ConfigError> {
    let (name, span) = section.needed("name", "name = \"orders\"")?;
    if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && name.len() <= 100 {
        return Ok((name, span));
    }
    let message = format!("{name:?} can not be the name of a trait");
    Err(section.value(span, message, "use up to 100 letters, digits and _"))
}

fn definition(section: Section, name: String) -> Result<Definition, ConfigError> {
    let (aggregate, span) = one_of(&section, "aggregate", &Aggregate::ALL.map(|a| (a.name(), a)))?;
    let call = match section.get("call") {
        None => Call::Track,
        Some(_) => one_of(&section, "call", &Call::ALL.map(|call| (call.name(), call)))?.0,
    };
    let of = section.text("of")?;
    let of = match (of, aggregate.of_values()) {
        (None, true) => {
            let message = format!("{:?} needs a value", aggregate.name());
            return Err(section.value(span, message, "add for example: of = \"properties.total\""));
        }
        (Some((_, span)), false) => {
            let message = "a count counts events and has no value".to_string();
            return Err(section.value(span, message, "take the line out, or use \"distinct\""));
        }
        (of, _) => of.map(|(path, span)| known_path(&section, path, span)).transpose()?.unwrap_or_default(),
    };
    let window_ms = match section.text("window")? {
        None => None,
        Some((_, span)) if aggregate.of_one() => {
            let message = format!("{:?} looks at one event, so a window means nothing", aggregate.name());
            return Err(section.value(span, message, "take the line out"));
        }
        Some((text, span)) => {
            let help = "a number and a unit: \"30 days\", \"12 hours\", \"2 weeks\"";
            let parsed = duration_ms(&text);
            Some(parsed.ok_or_else(|| section.value(span, format!("{text:?} is not a time"), help))?)
        }
    };
    let only = only(&section)?;
    Ok(Definition { name, call, events: section.texts("event")?, aggregate, of, window_ms, only })
}

pub(super) fn one_of<T: Copy>(
    section: &Section,
    key: &str,
    known: &[(&str, T)],
) -> Result<(T, Range<usize>), ConfigError> {
    let example = format!("{key} = {:?}", known.first().map_or("", |(word, _)| word));
    let (word, span) = section.needed(key, &example)?;
    if let Some((_, found)) = known.iter().find(|(name, _)| *name == word) {
        return Ok((*found, span));
    }
    let names = known.iter().map(|(name, _)| *name);
    let help = match closest(&word, names.clone()) {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("known here: {}", names.collect::<Vec<_>>().join(", ")),
    };
    Err(section.value(span, format!("{word:?} is not known as {key:?}"), help))
}

pub(super) fn known_path(section: &Section, path: String, span: Range<usize>) -> Result<String, ConfigError> {
    let root = path.split('.').next().unwrap_or_default();
    if ["properties", "context", "traits"].contains(&root) && path.len() > root.len() + 1 {
        return Ok(path);
    }
    if root == "derived" {
        if path.split('.').nth(1).is_some_and(|part| Derived::PARTS.contains(&part)) {
            return Ok(path);
        }
        let help = format!("derived is: {}", Derived::PARTS.join(", "));
        return Err(section.value(span, format!("{path:?} is not derived"), help));
    }
    let help = "begin with properties., context., traits. or derived., for example \"properties.total\"";
    Err(section.value(span, format!("{path:?} is no part of an event"), help))
}

pub(super) fn only(section: &Section) -> Result<Vec<(String, String)>, ConfigError> {
    let Some(node) = section.get("where") else { return Ok(Vec::new()) };
    let table = section.as_section(node, "where")?;
    let mut all = Vec::new();
    for (path, node) in table.entries() {
        let value = node.get_ref();
        let text = value.as_str().map(str::to_string).or_else(|| value.as_bool().map(|b| b.to_string()));
        let text = text.or_else(|| value.as_integer().map(|i| i.as_str().to_string()));
        let text = text
            .ok_or_else(|| table.wrong_type(node, path.get_ref(), "a text, a whole number, true or false"))?;
        all.push((known_path(&table, path.get_ref().to_string(), path.span())?, text));
    }
    Ok(all)
}

const UNITS: &[(&str, i64)] =
    &[("minute", 60_000), ("hour", 3_600_000), ("day", 86_400_000), ("week", 7 * 86_400_000)];

/// `30 days` in milliseconds; `None` = it is no time, or none at all, or more than a thousand years.
pub fn duration_ms(text: &str) -> Option<i64> {
    let (number, unit) = text.trim().split_once(char::is_whitespace)?;
    let unit = unit.trim();
    let (_, ms) = UNITS.iter().find(|(name, _)| unit == *name || unit.strip_suffix('s') == Some(name))?;
    let total = number.parse::<i64>().ok().filter(|n| *n > 0)?.checked_mul(*ms)?;
    (total <= 365_000 * 86_400_000).then_some(total)
}

pub(super) fn duration(ms: i64) -> String {
    let (unit, size) = UNITS.iter().rev().find(|(_, size)| ms % size == 0).unwrap_or(&("minute", 60_000));
    let number = ms / size;
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// One trait, as the file says it.
pub(super) fn write(out: &mut String, definition: &Definition, through: Option<&Through>) {
    line(out, "[[trait]]");
    entry(out, "name", &quoted(&definition.name), "");
    if definition.call != Call::Track {
        entry(out, "call", &quoted(definition.call.name()), "");
    }
    if !definition.events.is_empty() {
        let events: Vec<_> = definition.events.iter().map(|name| quoted(name)).collect();
        entry(out, "event", &format!("[{}]", events.join(", ")), "");
    }
    entry(out, "aggregate", &quoted(definition.aggregate.name()), "");
    if !definition.of.is_empty() {
        entry(out, "of", &quoted(&definition.of), "");
    }
    if let Some(Through { catalog, column }) = through {
        entry(out, "through", &quoted(&format!("{}.{column}", catalog.as_str())), "");
    }
    if let Some(window) = definition.window_ms {
        entry(out, "window", &quoted(&duration(window)), "");
    }
    if !definition.only.is_empty() {
        let only: Vec<_> = definition
            .only
            .iter()
            .map(|(path, text)| format!("{} = {}", quoted(path), quoted(text)))
            .collect();
        entry(out, "where", &format!("{{ {} }}", only.join(", ")), "");
    }
}

/// The reference page, Markdown.
pub fn render_reference() -> String {
    let mut out = String::from(HEAD);
    for (key, kind, default, text) in KEYS {
        out.push_str(&format!("| `{key}` | {kind} | {default} | {text} |\n"));
    }
    out.push_str(TAIL);
    out.push_str(&super::figures::reference());
    out
}

const HEAD: &str = "\
# Traits counted from events

Generated from `kith_core::config::traits`; `KITH_BLESS=1 cargo test -p kith-core` writes it anew.

A declared trait stands in `kith.toml` and is on every profile, current to the last event:

```toml
[[trait]]
name = \"orders\"
event = \"Order Completed\"
aggregate = \"count\"

[[trait]]
name = \"revenue_90_days\"
event = \"Order Completed\"
aggregate = \"sum\"
of = \"properties.total\"
window = \"90 days\"
where = { \"properties.currency\" = \"EUR\" }
```

| Key | Type | Default | Meaning |
|-|-|-|-|
";

const TAIL: &str = "
- Each event counts once, at the time when it happened, however late and in whatever order it arrives.
- A trait is kept for each identity that events hang on, and a profile's value is that of all its identities together. So a
  merge, a split or another confidence changes it at once and exactly.
- Sums are exact to a millionth. A text that is a number counts as one; any other text adds nothing to a sum.
- A trait with `through` is counted by id and translated when it is read: a catalogue that changes changes it at once, and
  nothing is counted again. Ids that the catalogue has never had are left out.
- A change of the traits, other than of `through`, makes all of them anew from the log of events when Kith is started next.
";

#[cfg(test)]
#[path = "traits/tests.rs"]
mod tests;
