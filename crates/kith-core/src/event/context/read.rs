//! From an event to a step.

use super::history::{Amount, CURRENCY, KEPT, LABEL, STATE, Step};
use super::{Definition, Effect, Rule, TEXT_MAX};
use crate::event::carrier::stands_for_nobody;
use crate::event::facts::Facts;
use crate::event::measure::{millionths, text};
use crate::event::{Call, Event};
use serde_json::Value;
use std::cell::OnceCell;

/// How often a year has each period.
const PERIODS: &[(&str, i128)] = &[("day", 365), ("week", 52), ("month", 12), ("quarter", 4), ("year", 1)];

/// What an event says of an object of this kind: the object's id and the step.
pub(super) fn step(definition: &Definition, event: &Event, facts: &Facts) -> Option<(String, Step)> {
    let known = |rule: &Rule| {
        rule.call == event.call && (rule.events.is_empty() || rule.events.contains(&event.name))
    };
    // Most events are about no object: their names decide before anything is read.
    if !definition.rules.iter().any(known)
        || !(definition.sources.is_empty()
            || definition.sources.iter().any(|name| name == event.source.as_str()))
    {
        return None;
    }
    let body = Body { facts, properties: OnceCell::new(), context: OnceCell::new() };
    let (place, rule) =
        definition.rules.iter().enumerate().find(|(_, rule)| known(rule) && body.fits(&rule.only))?;
    let id = match definition.id.is_empty() {
        true => String::new(),
        false => body.id(&definition.id)?,
    };
    let amount = body.amount(definition, rule);
    let mut said: Vec<(u8, Box<str>)> = Vec::new();
    match body.state(definition, rule, amount) {
        // A state that nobody has declared: nothing is known of what such an event means.
        Named::Unknown => return None,
        Named::Known(state) => said.push((STATE, state)),
        Named::Not => {}
    }
    let states = rule.state.is_some() || rule.emptied.is_some() || !said.is_empty();
    let texts = [(LABEL, &definition.label), (CURRENCY, &definition.currency)];
    said.extend(texts.into_iter().filter_map(|(slot, paths)| Some((slot, body.text(paths)?))));
    for (slot, path) in (KEPT..=u8::MAX).zip(&definition.kept) {
        let value = body.at(path).filter(|value| !matches!(value, Value::Object(_) | Value::Array(_)));
        said.extend(value.map(|value| (slot, cut(&value.to_string()))));
    }
    let event_place = rule.events.iter().position(|name| *name == event.name).unwrap_or(0);
    let step = Step {
        at_ms: event.timestamp_ms,
        rule: u16::try_from(place).unwrap_or(u16::MAX),
        event: u16::try_from(event_place).unwrap_or(u16::MAX),
        states,
        amount,
        by: hash(&event.message_id),
        said: said.into(),
    };
    Some((id, step))
}

/// A state that the event itself names.
enum Named {
    Not,
    Known(Box<str>),
    Unknown,
}

/// An event's body, its parts parsed once and only if asked for.
struct Body<'a> {
    facts: &'a Facts<'a>,
    properties: OnceCell<Option<Value>>,
    context: OnceCell<Option<Value>>,
}

impl Body<'_> {
    /// What stands at a path; `null` is nothing.
    fn at(&self, path: &str) -> Option<Value> {
        let (root, rest) = path.split_once('.')?;
        let cell = match root {
            "properties" => &self.properties,
            "context" => &self.context,
            _ => return self.facts.at(path).filter(|value| !value.is_null()),
        };
        let mut value = cell.get_or_init(|| self.facts.at(root)).as_ref()?;
        for part in rest.split('.') {
            value = match value {
                Value::Object(object) => object.get(part)?,
                Value::Array(list) => list.get(part.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        (!value.is_null()).then(|| value.clone())
    }

    fn fits(&self, only: &[(String, String)]) -> bool {
        only.iter().all(|(path, wanted)| self.at(path).is_some_and(|value| text(&value) == *wanted))
    }

    fn text(&self, paths: &[String]) -> Option<Box<str>> {
        paths.iter().find_map(|path| match self.at(path)? {
            Value::String(text) => Some(cut(text.trim())).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string().into()),
            _ => None,
        })
    }

    /// A longer id than [`TEXT_MAX`] is none: cut, it could be that of another object.
    fn id(&self, paths: &[String]) -> Option<String> {
        paths.iter().find_map(|path| {
            let id = match self.at(path)? {
                Value::String(text) => text.trim().to_string(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            (id.len() <= TEXT_MAX && !stands_for_nobody(&id)).then_some(id)
        })
    }

    fn number(&self, paths: &[String]) -> Option<i128> {
        paths.iter().find_map(|path| self.at(path).as_ref().and_then(millionths))
    }

    fn amount(&self, definition: &Definition, rule: &Rule) -> Amount {
        let value = || {
            let own = match rule.of.is_empty() {
                true => self.number(&definition.value).or_else(|| self.a_month(definition)),
                false => self.number(&rule.of),
            };
            own.or_else(|| self.lines(rule)).and_then(|value| i64::try_from(value).ok())
        };
        let amount = match rule.effect {
            Effect::Keep => None,
            Effect::Set => value().map(Amount::Set),
            Effect::Add => value().map(Amount::Add),
            Effect::Subtract => value().and_then(i64::checked_abs).map(|value| Amount::Add(-value)),
        };
        amount.unwrap_or(Amount::None)
    }

    /// The price of a period made one of a month; a period that is not known is a month.
    fn a_month(&self, definition: &Definition) -> Option<i128> {
        let rate = self.number(&definition.rate)?;
        let period = self.text(&definition.period).unwrap_or_default().to_lowercase();
        let period = match period.as_ref() {
            "annual" | "annually" => "year",
            "daily" => "day",
            other => other.strip_suffix("ly").or(other.strip_suffix('s')).unwrap_or(other),
        };
        let (_, a_year) = PERIODS.iter().find(|(name, _)| *name == period).unwrap_or(&("month", 12));
        Some(rate * a_year / 12)
    }

    /// What a list of goods comes to: price times quantity, one unless said.
    fn lines(&self, rule: &Rule) -> Option<i128> {
        let Value::Array(lines) = self.at(&rule.lines)? else { return None };
        let priced = lines.iter().filter_map(|line| {
            let price = millionths(line.get("price")?)?;
            let quantity = line.get("quantity").and_then(millionths).unwrap_or(1_000_000);
            Some(price.checked_mul(quantity)? / 1_000_000)
        });
        priced.fold(None, |sum: Option<i128>, line| Some(sum.unwrap_or(0).saturating_add(line)))
    }

    fn state(&self, definition: &Definition, rule: &Rule, amount: Amount) -> Named {
        if let Some(named) = self.text(&rule.state_of) {
            let known = definition.all_states().find(|state| state.eq_ignore_ascii_case(&named));
            return known.map_or(Named::Unknown, |state| Named::Known(state.into()));
        }
        // A refund without an amount is one of the whole; one that lists goods is of those, whatever they cost.
        let all = rule.effect == Effect::Subtract && amount == Amount::None && self.at(&rule.lines).is_none();
        match &rule.emptied {
            Some(state) if all => Named::Known(state.as_str().into()),
            _ => Named::Not,
        }
    }
}

fn cut(text: &str) -> Box<str> {
    text[..text.floor_char_boundary(TEXT_MAX)].into()
}

/// FNV-1a: it only has to tell apart two events of one object at one time.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The name of an event of a rule, or its call where it wants any name.
pub(super) fn name(rule: &Rule, event: u16) -> &str {
    rule.events.get(usize::from(event)).map_or_else(|| Call::name(rule.call), String::as_str)
}
