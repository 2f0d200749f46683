//! Orders, tickets, subscriptions: the business objects of a person, over all their identities.

use super::Collector;
use super::shape::{ContextCount, ContextDetail, ContextPage, ContextStep, ContextView};
use crate::error::{Error, Result};
use crate::profile::{self, Lookup, instant};
use crate::project::Project;
use kith_core::event::carrier::Carrier;
use kith_core::event::context::history::Amount;
use kith_core::event::context::view::{View, history, views};
use kith_core::event::context::{Definition, Objects};
use kith_core::event::fold::State;
use kith_core::event::measure::plain;
use kith_core::id::SourceName;
use serde_json::{Map, Value};

/// Objects that a profile shows; the others come by a question of their own.
const SHOWN: usize = 10;

/// Which objects are wanted, as it is asked.
#[derive(Clone, Debug, Default)]
pub struct ContextQuery {
    /// Only this kind.
    pub name: Option<String>,
    /// Only the object with this id.
    pub id: Option<String>,
    /// Only those that are open, or that are over.
    pub open: Option<bool>,
    /// As of this time, milliseconds since 1970 UTC.
    pub as_of_ms: Option<i64>,
    /// At most so many.
    pub limit: usize,
}

/// What is known of each identity of a person.
pub(super) type States = Vec<(SourceName, Carrier, State)>;

/// A person's objects at a moment.
pub(super) struct Gathered<'a> {
    whole: &'a State,
    states: &'a States,
    collector: &'a Collector,
    as_of_ms: Option<i64>,
}

impl<'a> Gathered<'a> {
    /// From the states of the identities, and the same merged.
    pub(super) fn new(
        collector: &'a Collector,
        whole: &'a State,
        states: &'a States,
        as_of_ms: Option<i64>,
    ) -> Gathered<'a> {
        Gathered { whole, states, collector, as_of_ms }
    }

    /// All kinds that the person has objects of; no views = too many.
    fn kinds(&self) -> impl Iterator<Item = (&'a Definition, &'a Objects, Option<Vec<View<'a>>>)> {
        let definitions = self.collector.events.contexts().iter();
        let (whole, as_of_ms) = (self.whole, self.as_of_ms);
        definitions.filter_map(move |definition| {
            let objects = whole.contexts.of(&definition.name)?;
            Some((definition, objects, views(objects, definition, as_of_ms)))
        })
    }

    /// How many of each kind.
    pub(super) fn counts(&self) -> Vec<ContextCount> {
        let counts = self.kinds().map(|(definition, _, views)| ContextCount {
            name: definition.name.clone(),
            count: views.as_ref().map(|views| views.len() as u64),
            open: views.as_ref().map(|views| views.iter().filter(|view| view.open).count() as u64),
        });
        counts.collect()
    }

    /// The declared traits that are over objects.
    pub(super) fn traits(&self, now_ms: i64) -> Map<String, Value> {
        let kinds: Vec<_> = self.kinds().collect();
        let values = self.collector.figures.iter().filter_map(|figure| {
            let definition = self.collector.events.contexts().iter().find(|d| d.name == figure.context)?;
            let value = match kinds.iter().find(|(known, ..)| known.name == figure.context) {
                Some((_, _, views)) => views.as_ref().and_then(|v| figure.value(definition, v, now_ms)),
                None => figure.value(definition, &[], now_ms),
            };
            Some((figure.name.clone(), value.unwrap_or_default()))
        });
        values.collect()
    }

    /// Those that changed last, first.
    pub(super) fn newest(&self) -> Vec<ContextView> {
        let mut found: Vec<_> = self
            .kinds()
            .flat_map(|(definition, _, views)| {
                views.into_iter().flatten().map(move |view| (definition, view))
            })
            .collect();
        found.sort_by(|(a, one), (b, other)| newer((a, one), (b, other)));
        found.iter().take(SHOWN).map(|(definition, view)| self.shown(definition, view)).collect()
    }

    fn page(&self, query: &ContextQuery) -> (u64, Vec<ContextDetail>) {
        let mut found = Vec::new();
        for (definition, objects, views) in self.kinds() {
            let wanted = views.into_iter().flatten().filter(|view| {
                query.name.as_ref().is_none_or(|name| *name == definition.name)
                    && query.id.as_ref().is_none_or(|id| id == view.id)
                    && query.open.is_none_or(|open| open == view.open)
            });
            found.extend(wanted.map(|view| (definition, objects, view)));
        }
        found.sort_by(|(a, _, one), (b, _, other)| newer((a, one), (b, other)));
        let total = found.len() as u64;
        let shown = found.iter().take(query.limit).map(|(definition, objects, view)| ContextDetail {
            context: self.shown(definition, view),
            history: self.history(definition, objects, view.id),
        });
        (total, shown.collect())
    }

    fn history(&self, definition: &'a Definition, objects: &'a Objects, id: &'a str) -> Vec<ContextStep> {
        let Objects::Known(all) = objects else { return Vec::new() };
        let Some(context) = all.get(id) else { return Vec::new() };
        let moments = history(id, context, definition, self.as_of_ms).into_iter();
        let steps = moments.map(|moment| {
            let (set, added) = match moment.amount {
                Amount::None => (None, None),
                Amount::Set(amount) => (Some(plain(amount.into())), None),
                Amount::Add(amount) => (None, Some(plain(amount.into()))),
            };
            ContextStep {
                at: instant(moment.at_ms),
                event: moment.event.to_string(),
                set,
                added,
                state: moment.view.state.map(str::to_string),
                open: moment.view.open,
                value: moment.view.value.map(plain),
                label: moment.view.label.map(str::to_string),
            }
        });
        steps.collect()
    }

    fn shown(&self, definition: &Definition, view: &View) -> ContextView {
        let mut sources: Vec<SourceName> = self.states.iter().filter(|(_, _, state)| {
            matches!(state.contexts.of(&definition.name), Some(Objects::Known(all)) if all.contains_key(view.id))
        }).map(|(source, ..)| source.clone()).collect();
        sources.sort();
        sources.dedup();
        ContextView {
            name: definition.name.clone(),
            id: view.id.to_string(),
            state: view.state.map(str::to_string),
            open: view.open,
            value: view.value.map(plain),
            set: view.set.map(plain),
            added: view.added.map(plain),
            currency: view.currency.map(str::to_string),
            label: view.label.map(str::to_string),
            opened_at: instant(view.opened_ms),
            changed_at: instant(view.changed_ms),
            closed_at: view.closed_ms.map(instant),
            duration_seconds: view.closed_ms.map(|closed| view.lasted_ms(closed) / 1_000),
            events: view.steps,
            sources,
        }
    }
}

/// By the last change, the newest first; then by name and id.
fn newer(one: (&Definition, &View), other: (&Definition, &View)) -> std::cmp::Ordering {
    let key = |(definition, view): (&Definition, &View)| {
        (std::cmp::Reverse(view.changed_ms), definition.name.clone(), view.id.to_string())
    };
    key(one).cmp(&key(other))
}

impl Project {
    /// The business objects of somebody, those that changed last first, each with its history.
    pub fn profile_contexts(
        &self,
        lookup: &Lookup,
        confidence: Option<f64>,
        query: &ContextQuery,
    ) -> Result<ContextPage> {
        let reader = self.reader();
        let nodes = profile::records(&reader, lookup, confidence)?;
        let Some(collector) = &self.collector else { return Ok(ContextPage::default()) };
        let names = || collector.events.contexts().iter().map(|definition| definition.name.as_str());
        if let Some(name) = query.name.as_deref().filter(|name| names().all(|known| known != *name)) {
            let message = format!("{name:?} is not the name of a context");
            let help = match names().collect::<Vec<_>>().join(", ") {
                known if known.is_empty() => "Add a [[context]] to kith.toml.".to_string(),
                known => format!("kith.toml declares: {known}."),
            };
            return Err(Error::input("K-COLLECT-CONTEXT", message, help));
        }
        let position = collector.events.applied().0;
        let (states, whole) = collector.states(&nodes)?;
        let gathered = Gathered::new(collector, &whole, &states, query.as_of_ms);
        let (total, contexts) = gathered.page(query);
        let now_ms = query.as_of_ms.unwrap_or_else(|| reader.live.now_ms());
        Ok(ContextPage {
            position,
            as_of: query.as_of_ms.map(instant),
            total,
            contexts,
            counts: gathered.counts(),
            traits: gathered.traits(now_ms),
        })
    }
}
