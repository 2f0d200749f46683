//! The `[[context]]` tables: which events are of one order, ticket or subscription.
//!
//! A template is a part of such a table, in a file of its own (`contexts/order.toml`). What the table says itself holds; its
//! steps come before those of the template, and the first step that wants an event counts.

mod reference;
mod write;

pub use reference::render_reference;
pub(super) use write::write;

use super::ConfigError;
use super::traits::{known_path, one_of, only};
use super::walk::{Section, Text};
use crate::event::Call;
use crate::event::context::{Definition, Effect, Rule};
use crate::suggest::closest;
use toml::de::DeTable;

/// Ready-made kinds of objects: name, text.
pub const TEMPLATES: &[(&str, &str)] = &[
    ("order", include_str!("contexts/order.toml")),
    ("subscription", include_str!("contexts/subscription.toml")),
    ("ticket", include_str!("contexts/ticket.toml")),
    ("case", include_str!("contexts/case.toml")),
    ("booking", include_str!("contexts/booking.toml")),
    ("loyalty", include_str!("contexts/loyalty.toml")),
    ("lead", include_str!("contexts/lead.toml")),
    ("course", include_str!("contexts/course.toml")),
];

/// The keys of a context, for the configuration and its reference page: name, type, default, meaning.
pub const KEYS: &[(&str, &str, &str, &str)] = &[
    ("template", "text", "none", "A ready-made kind, below; what is said beside it holds instead."),
    ("name", "text", "the template's", "What it is called: `order`; letters, digits and `_`."),
    (
        "source",
        "text or list",
        "all",
        "Only events of these sources: two shops may number their orders alike.",
    ),
    (
        "id",
        "path or list",
        "one a person",
        "Where the object's id stands; of several paths the first that has one.",
    ),
    ("value", "path or list", "none", "Where its worth stands."),
    (
        "rate",
        "path or list",
        "none",
        "Where the price of one period stands, asked where `value` has none, and made one of a month.",
    ),
    (
        "period",
        "path or list",
        "none",
        "Where that period stands: day, week, month, quarter or year, also as monthly, annual …; a month where it is none of them.",
    ),
    ("currency", "path or list", "none", "Where the currency of its worth stands."),
    (
        "label",
        "path or list",
        "none",
        "Where its plan, tier, category or subject stands; the last one counts.",
    ),
    (
        "states",
        "list",
        "none",
        "States beside those of the steps, which an event may name itself (`state_of`).",
    ),
    ("ended", "list", "none", "States in which it is over; in any other, and without one, it is open."),
    ("void", "list", "none", "States in which it is worth nothing, whatever was paid: `cancelled`."),
    ("below_zero", "true or false", "false", "Whether its worth may be less than nothing."),
    ("step", "tables", "none", "What events do with it; see below."),
];

/// The keys of a step.
pub const STEP_KEYS: &[(&str, &str, &str, &str)] = &[
    ("event", "text or list", "any", "The names of the events: `Order Cancelled`. Needed for a track."),
    ("call", "text", "`track`", "Their call."),
    ("where", "table", "none", "Only events in which these paths have these values."),
    ("state", "text", "it stays", "The state that it is in then."),
    (
        "state_of",
        "path or list",
        "none",
        "Where the event names the state itself: `properties.status`. An event whose state is not known changes nothing.",
    ),
    (
        "not_from",
        "list",
        "none",
        "In these states it stays as it is; what the event says of the value counts all the same.",
    ),
    (
        "value",
        "text",
        "`keep`",
        "What the event's value does: `set`, `add`, `subtract` (whatever its sign) or `keep`.",
    ),
    ("of", "path or list", "as above", "Where that value stands, if elsewhere."),
    (
        "lines",
        "path",
        "none",
        "A list of goods whose `price` times `quantity` is the value where there is no other.",
    ),
    (
        "emptied",
        "text",
        "none",
        "The state once nothing is left; also after a subtraction that names neither amount nor goods.",
    ),
];

/// Reads all contexts.
pub(super) fn contexts(root: &Section) -> Result<Vec<Definition>, ConfigError> {
    let Some(node) = root.get("context") else { return Ok(Vec::new()) };
    let Some(array) = node.get_ref().as_array() else {
        let (message, help) =
            ("\"context\" should be a list of tables", "write [[context]], with two brackets");
        return Err(root.text.error("K-CONFIG-TYPE", node.span(), message, help));
    };
    let mut all: Vec<Definition> = Vec::new();
    for node in array.iter() {
        let section = root.as_section(node, "[[context]]")?;
        section.only(&KEYS.iter().map(|(key, ..)| *key).collect::<Vec<_>>())?;
        let template = template(&section)?;
        let (name, span) = match (section.text("name")?, template) {
            (Some(named), _) => named,
            (None, Some((name, _))) => (name.to_string(), section.span.clone()),
            (None, None) => section.needed("name", "name = \"order\", or template = \"order\"")?,
        };
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') || name.len() > 100 {
            let message = format!("{name:?} can not be the name of a context");
            return Err(section.value(span, message, "use up to 100 letters, digits and _"));
        }
        if all.iter().any(|known| known.name == name) {
            let message = format!("there are two contexts with the name {name:?}");
            let help = "give each context its own name";
            return Err(root.text.error("K-CONFIG-DUPLICATE", span, message, help));
        }
        let section = Section { name: format!("context {name:?}"), ..section };
        let mut definition = Definition { name, ..Definition::default() };
        if let Some((name, text)) = template {
            let text = Text { text, file: name };
            let table = DeTable::parse(text.text)
                .map_err(|e| section.value(section.span.clone(), e.to_string(), "this is a fault of Kith"))?;
            let table = Section { text: &text, table: table.get_ref(), span: 0..0, name: name.to_string() };
            take(&table, &mut definition)?;
        }
        take(&section, &mut definition)?;
        check(&section, &definition)?;
        all.push(definition);
    }
    Ok(all)
}

fn template(section: &Section) -> Result<Option<(&'static str, &'static str)>, ConfigError> {
    if section.get("template").is_none() {
        return Ok(None);
    }
    let known: Vec<_> = TEMPLATES.iter().map(|(name, text)| (*name, (*name, *text))).collect();
    Ok(Some(one_of(section, "template", &known)?.0))
}

/// Takes over what a table says.
fn take(section: &Section, definition: &mut Definition) -> Result<(), ConfigError> {
    for (key, paths) in [
        ("id", &mut definition.id),
        ("value", &mut definition.value),
        ("rate", &mut definition.rate),
        ("period", &mut definition.period),
        ("currency", &mut definition.currency),
        ("label", &mut definition.label),
    ] {
        if let Some(found) = known_paths(section, key)? {
            *paths = found;
        }
    }
    for (key, texts) in [
        ("source", &mut definition.sources),
        ("states", &mut definition.states),
        ("ended", &mut definition.ended),
        ("void", &mut definition.void),
    ] {
        if section.get(key).is_some() {
            *texts = section.texts(key)?;
        }
    }
    if let Some(yes) = truth(section, "below_zero")? {
        definition.negative = yes;
    }
    let Some(node) = section.get("step") else { return Ok(()) };
    let Some(array) = node.get_ref().as_array() else {
        return Err(section.wrong_type(node, "step", "a list of tables: [[context.step]]"));
    };
    let rules = array.iter().map(|node| {
        let step = section.as_section(node, &format!("a step of {}", section.name))?;
        step.only(&STEP_KEYS.iter().map(|(key, ..)| *key).collect::<Vec<_>>())?;
        rule(&step)
    });
    let rules: Vec<Rule> = rules.collect::<Result<_, _>>()?;
    definition.rules.splice(0..0, rules);
    Ok(())
}

fn rule(section: &Section) -> Result<Rule, ConfigError> {
    let call = match section.get("call") {
        None => Call::Track,
        Some(_) => one_of(section, "call", &Call::ALL.map(|call| (call.name(), call)))?.0,
    };
    let events = section.texts("event")?;
    if events.is_empty() && call == Call::Track {
        section.needed("event", "event = \"Order Completed\"")?;
    }
    let effect = match section.get("value") {
        None => Effect::Keep,
        Some(_) => one_of(section, "value", &Effect::ALL.map(|effect| (effect.name(), effect)))?.0,
    };
    if let (Effect::Keep, Some(node)) = (effect, section.get("of").or(section.get("lines"))) {
        let message = "a step that keeps the value has no use for one".to_string();
        return Err(section.value(node.span(), message, "add value = \"set\", \"add\" or \"subtract\""));
    }
    let lines = section.text("lines")?.map(|(path, span)| known_path(section, path, span)).transpose()?;
    Ok(Rule {
        call,
        events,
        only: only(section)?,
        state: section.text("state")?.map(|(state, _)| state),
        state_of: known_paths(section, "state_of")?.unwrap_or_default(),
        not_from: section.texts("not_from")?,
        effect,
        of: known_paths(section, "of")?.unwrap_or_default(),
        lines: lines.unwrap_or_default(),
        emptied: section.text("emptied")?.map(|(state, _)| state),
    })
}

/// What must hold between the parts of a context.
fn check(section: &Section, definition: &Definition) -> Result<(), ConfigError> {
    if definition.rules.is_empty() {
        let help = "add for example:\n[[context.step]]\nevent = \"Order Completed\"\nstate = \"completed\"";
        let message = format!("{} has no step", section.name);
        return Err(section.text.error("K-CONFIG-MISSING", section.span.clone(), message, help));
    }
    let used = definition.ended.iter().chain(&definition.void);
    let used = used.chain(definition.rules.iter().flat_map(|rule| &rule.not_from));
    for state in used {
        if definition.all_states().all(|known| known != state) {
            let message = format!("no step of {} leads to the state {state:?}", section.name);
            return Err(section.value(section.span.clone(), message, state_help(definition, state)));
        }
    }
    Ok(())
}

pub(super) fn state_help(definition: &Definition, state: &str) -> String {
    match closest(state, definition.all_states()) {
        Some(near) => format!("did you mean {near:?}?"),
        None => "name it as the state of a step, or among the states".to_string(),
    }
}

fn known_paths(section: &Section, key: &str) -> Result<Option<Vec<String>>, ConfigError> {
    let Some(node) = section.get(key) else { return Ok(None) };
    let paths = section.texts(key)?.into_iter().map(|path| known_path(section, path, node.span()));
    paths.collect::<Result<_, _>>().map(Some)
}

pub(super) fn truth(section: &Section, key: &str) -> Result<Option<bool>, ConfigError> {
    let Some(node) = section.get(key) else { return Ok(None) };
    let yes = node.get_ref().as_bool();
    yes.map(Some).ok_or_else(|| section.wrong_type(node, key, "true or false"))
}

#[cfg(test)]
#[path = "contexts/tests.rs"]
mod tests;
