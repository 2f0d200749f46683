//! One context, as the file says it: with what its template said.

use crate::config::write::{entry, line, quoted};
use crate::event::Call;
use crate::event::context::{Definition, Effect, Rule};

pub(in crate::config) fn write(out: &mut String, definition: &Definition) {
    line(out, "[[context]]");
    entry(out, "name", &quoted(&definition.name), "");
    for (key, texts) in [
        ("source", &definition.sources),
        ("id", &definition.id),
        ("value", &definition.value),
        ("rate", &definition.rate),
        ("period", &definition.period),
        ("currency", &definition.currency),
        ("label", &definition.label),
        ("states", &definition.states),
        ("ended", &definition.ended),
        ("void", &definition.void),
    ] {
        list(out, key, texts);
    }
    if definition.negative {
        entry(out, "below_zero", "true", "");
    }
    definition.rules.iter().for_each(|rule| step(out, rule));
}

fn step(out: &mut String, rule: &Rule) {
    line(out, "[[context.step]]");
    if rule.call != Call::Track {
        entry(out, "call", &quoted(rule.call.name()), "");
    }
    list(out, "event", &rule.events);
    let optional = [("state", rule.state.as_ref()), ("emptied", rule.emptied.as_ref())];
    for (key, text) in optional {
        text.into_iter().for_each(|text| entry(out, key, &quoted(text), ""));
    }
    list(out, "state_of", &rule.state_of);
    list(out, "not_from", &rule.not_from);
    if rule.effect != Effect::Keep {
        entry(out, "value", &quoted(rule.effect.name()), "");
    }
    list(out, "of", &rule.of);
    if !rule.lines.is_empty() {
        entry(out, "lines", &quoted(&rule.lines), "");
    }
    if !rule.only.is_empty() {
        let only = rule.only.iter().map(|(path, text)| format!("{} = {}", quoted(path), quoted(text)));
        entry(out, "where", &format!("{{ {} }}", only.collect::<Vec<_>>().join(", ")), "");
    }
}

pub(in crate::config) fn list(out: &mut String, key: &str, texts: &[String]) {
    if !texts.is_empty() {
        let texts: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
        entry(out, key, &format!("[{}]", texts.join(", ")), "");
    }
}
