//! `[[trait]]` tables with a `context`: what is derived from a person's objects.

use super::ConfigError;
use super::contexts::{state_help, truth};
use super::traits::{duration, duration_ms, known_path, one_of};
use super::walk::Section;
use super::write::{entry, line, quoted};
use crate::event::context::Definition;
use crate::event::context::figure::{Figure, Part};
use crate::event::measure::{Aggregate, Definition as Trait};
use crate::suggest::closest;
use std::ops::Range;

/// The keys of a trait over contexts: name, type, default, meaning.
pub const KEYS: &[(&str, &str, &str, &str)] = &[
    ("name", "text", "required", "As above."),
    ("context", "text", "required", "The `[[context]]` whose objects count: `order`."),
    ("aggregate", "text", "required", "As above; first and last by when an object began."),
    (
        "of",
        "text or path",
        "required but for count",
        "value, id, state, label, currency, age_days, age_hours, duration_days, duration_hours, or a path, whose last value counts.",
    ),
    ("state", "text or list", "any", "Only objects in one of these states."),
    ("open", "true or false", "any", "Only objects that are open, or that are over."),
    ("window", "time", "for ever", "Only objects that began so long ago at most."),
    (
        "where",
        "table",
        "none",
        "Only objects whose id, state, label, currency or path has this value: `{ currency = \"EUR\" }`.",
    ),
];

/// Reads the traits that are over contexts; the paths that they ask for are kept from now on.
pub(super) fn figures(
    root: &Section,
    traits: &[Trait],
    contexts: &mut [Definition],
) -> Result<Vec<Figure>, ConfigError> {
    let mut all: Vec<Figure> = Vec::new();
    let Some(array) = root.get("trait").and_then(|node| node.get_ref().as_array()) else { return Ok(all) };
    for node in array.iter() {
        let section = root.as_section(node, "[[trait]]")?;
        if section.get("context").is_none() {
            continue;
        }
        section.only(&KEYS.iter().map(|(key, ..)| *key).collect::<Vec<_>>())?;
        let (name, span) = super::traits::name(&section)?;
        if traits.iter().any(|t| t.name == name) || all.iter().any(|f| f.name == name) {
            let message = format!("there are two traits with the name {name:?}");
            return Err(root.text.error("K-CONFIG-DUPLICATE", span, message, "give each trait its own name"));
        }
        all.push(figure(Section { name: format!("trait {name:?}"), ..section }, name, contexts)?);
    }
    Ok(all)
}

fn figure(section: Section, name: String, contexts: &mut [Definition]) -> Result<Figure, ConfigError> {
    let (context, span) = section.needed("context", "context = \"order\"")?;
    let names: Vec<String> = contexts.iter().map(|known| known.name.clone()).collect();
    let Some(definition) = contexts.iter_mut().find(|known| known.name == context) else {
        let help = match closest(&context, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("add a table: [[context]] with name = {context:?}"),
        };
        return Err(section.value(span, format!("there is no context {context:?}"), help));
    };
    let (aggregate, aggregate_span) = one_of(&section, "aggregate", &Aggregate::ALL.map(|a| (a.name(), a)))?;
    let of = section.text("of")?.map(|(word, span)| part(&section, word, span)).transpose()?;
    if of.is_none() && aggregate.of_values() {
        let message = format!("{:?} needs a value", aggregate.name());
        return Err(section.value(aggregate_span, message, "add for example: of = \"value\""));
    }
    let states = section.texts("state")?;
    for state in &states {
        if definition.all_states().all(|known| known != state) {
            let span = section.get("state").map_or(0..0, |node| node.span());
            let message = format!("{state:?} is no state of {context:?}");
            return Err(section.value(span, message, state_help(definition, state)));
        }
    }
    let window_ms = match section.text("window")? {
        None => None,
        Some((text, span)) => {
            let help = "a number and a unit: \"30 days\", \"12 hours\", \"2 weeks\"";
            let window = duration_ms(&text);
            Some(window.ok_or_else(|| section.value(span, format!("{text:?} is not a time"), help))?)
        }
    };
    let only = only(&section)?;
    for part in of.iter().chain(only.iter().map(|(part, _)| part)) {
        keep(&section, definition, part)?;
    }
    let open = truth(&section, "open")?;
    Ok(Figure { name, context, aggregate, of, states, open, window_ms, only })
}

/// Has a path's last value kept.
fn keep(section: &Section, definition: &mut Definition, part: &Part) -> Result<(), ConfigError> {
    const PATHS_MAX: usize = 32;
    let Part::Path(path) = part else { return Ok(()) };
    if definition.kept.contains(path) {
        return Ok(());
    }
    if definition.kept.len() == PATHS_MAX {
        let message = format!("the traits of one context ask for more than {PATHS_MAX} paths");
        return Err(section.value(section.span.clone(), message, "take out those that nobody needs"));
    }
    definition.kept.push(path.clone());
    Ok(())
}

fn part(section: &Section, word: String, span: Range<usize>) -> Result<Part, ConfigError> {
    if let Some(part) = Part::ALL.into_iter().find(|part| part.name() == word) {
        return Ok(part);
    }
    if word.contains('.') {
        return known_path(section, word, span).map(Part::Path);
    }
    let help = match closest(&word, Part::ALL.iter().map(Part::name)) {
        Some(near) => format!("did you mean {near:?}?"),
        None => "for example \"value\", \"label\", \"age_days\" or \"properties.seats\"".to_string(),
    };
    Err(section.value(span, format!("{word:?} is nothing that an object has"), help))
}

fn only(section: &Section) -> Result<Vec<(Part, String)>, ConfigError> {
    let Some(node) = section.get("where") else { return Ok(Vec::new()) };
    let table = section.as_section(node, "where")?;
    let all = table.entries().into_iter().map(|(key, node)| {
        let value = node.get_ref();
        let text = value.as_str().map(str::to_string).or_else(|| value.as_bool().map(|b| b.to_string()));
        let text = text.or_else(|| value.as_integer().map(|i| i.as_str().to_string()));
        let expected = "a text, a whole number, true or false";
        let text = text.ok_or_else(|| table.wrong_type(node, key.get_ref(), expected))?;
        Ok((part(&table, key.get_ref().to_string(), key.span())?, text))
    });
    all.collect()
}

/// One trait over contexts, as the file says it.
pub(super) fn write(out: &mut String, figure: &Figure) {
    line(out, "[[trait]]");
    entry(out, "name", &quoted(&figure.name), "");
    entry(out, "context", &quoted(&figure.context), "");
    entry(out, "aggregate", &quoted(figure.aggregate.name()), "");
    figure.of.iter().for_each(|part| entry(out, "of", &quoted(part.name()), ""));
    if !figure.states.is_empty() {
        let states: Vec<_> = figure.states.iter().map(|state| quoted(state)).collect();
        entry(out, "state", &format!("[{}]", states.join(", ")), "");
    }
    figure.open.iter().for_each(|open| entry(out, "open", &open.to_string(), ""));
    figure.window_ms.iter().for_each(|window| entry(out, "window", &quoted(&duration(*window)), ""));
    if !figure.only.is_empty() {
        let only =
            figure.only.iter().map(|(part, text)| format!("{} = {}", quoted(part.name()), quoted(text)));
        entry(out, "where", &format!("{{ {} }}", only.collect::<Vec<_>>().join(", ")), "");
    }
}

/// The part of the reference page that is about these traits.
pub(super) fn reference() -> String {
    let mut out = String::from(HEAD);
    for (key, kind, default, text) in KEYS {
        out.push_str(&format!("| `{key}` | {kind} | {default} | {text} |\n"));
    }
    out.push_str(TAIL);
    out
}

const HEAD: &str = "
## Traits over contexts

A trait with a `context` is derived from a person's [orders, tickets, subscriptions …](contexts.md):

```toml
[[context]]
template = \"order\"

[[context]]
template = \"ticket\"

[[context]]
template = \"subscription\"

[[trait]]                    # net of refunds and cancelled orders
name = \"lifetime_value\"
context = \"order\"
aggregate = \"sum\"
of = \"value\"
where = { currency = \"EUR\" }

[[trait]]
name = \"open_tickets\"
context = \"ticket\"
open = true
aggregate = \"count\"

[[trait]]
name = \"oldest_open_ticket_days\"
context = \"ticket\"
open = true
aggregate = \"max\"
of = \"age_days\"

[[trait]]
name = \"plan\"
context = \"subscription\"
open = true
aggregate = \"last\"
of = \"label\"

[[trait]]
name = \"mrr\"
context = \"subscription\"
aggregate = \"sum\"
of = \"value\"
```

| Key | Type | Default | Meaning |
|-|-|-|-|
";

const TAIL: &str = "
- They are made when the profile is read, from the objects of all its identities as they stand at that moment.
- A sum over several currencies adds unlike things: name one with `where`.
";
