//! Answers about events: what somebody did, one after the other.

use super::Collector;
use super::came::Came;
use super::context::{Gathered, States};
use super::shape::{Activity, Arrivals, EventPage, Identity, NameCount};
use crate::error::{Error, Result};
use crate::profile::{self, Lookup, SeenId, instant};
use crate::project::Project;
use kith_core::entry::Entry;
use kith_core::event::Call;
use kith_core::event::carrier::Carrier;
use kith_core::event::fold::State;
use kith_core::id::{Position, SourceName};
use kith_live::Node;
use kith_live::events::{Filter, Moment};
use serde_json::{Map, Value};
use std::time::Duration;

/// A question that demands a position waits so long for it.
const WAIT: Duration = Duration::from_secs(5);

/// Which events of somebody are wanted, as it is asked.
#[derive(Clone, Debug, Default)]
pub struct EventQuery {
    /// Behind this place of an earlier page.
    pub before: Option<String>,
    /// Only from this time on, milliseconds since 1970 UTC.
    pub from_ms: Option<i64>,
    /// Only before this time.
    pub to_ms: Option<i64>,
    /// Only this call.
    pub call: Option<Call>,
    /// Only this name.
    pub name: Option<String>,
    /// At most so many.
    pub limit: usize,
}

impl Collector {
    /// What the identities among some records did, taken together; `None` = there is no such identity.
    pub(crate) fn activity(&self, nodes: &[Node], now_ms: i64) -> Result<Option<Activity>> {
        let (states, whole) = self.states(nodes)?;
        if states.is_empty() {
            return Ok(None);
        }
        let identities = states.iter().map(|(source, carrier, state)| Identity {
            source: source.clone(),
            id: carrier.to_string(),
            events: state.events.map_or(0, |tally| tally.count),
        });
        let position = self.events.applied().0;
        let mut by_name: Vec<NameCount> = whole
            .by_name
            .iter()
            .map(|(name, tally)| NameCount {
                name: name.clone(),
                count: tally.count,
                first_at: instant(tally.first_ms),
                last_at: instant(tally.last_ms),
            })
            .collect();
        by_name.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
        let (mut traits, mut translator) = (Map::new(), self.catalogs.translator());
        for found in self.events.traits().found(&whole.measures, now_ms) {
            let (definition, value) = (found.definition, translator.value(&found)?);
            traits.insert(definition.name.clone(), value.unwrap_or_default());
        }
        let objects = Gathered::new(self, &whole, &states, None);
        traits.extend(objects.traits(now_ms));
        let said = whole.traits.iter().filter_map(|(name, said)| {
            let value: Value = serde_json::from_str(&said.value).ok()?;
            (!value.is_null()).then(|| (name.clone(), value))
        });
        Ok(Some(Activity {
            position,
            events: whole.events.map_or(0, |tally| tally.count),
            first_at: whole.events.map(|tally| instant(tally.first_ms)),
            last_at: whole.events.map(|tally| instant(tally.last_ms)),
            by_name,
            traits,
            said: said.collect(),
            contexts: objects.newest(),
            context_counts: objects.counts(),
            groups: whole.groups.keys().cloned().collect(),
            ids: whole.ids.keys().cloned().collect(),
            seen_ids: seen_ids(&states),
            identities: identities.collect(),
            came: whole.habits.as_deref().map(Came::of).unwrap_or_default(),
        }))
    }

    /// What is known of each identity among some records, and of all together.
    pub(super) fn states(&self, nodes: &[Node]) -> Result<(States, State)> {
        let (mut states, mut whole) = (Vec::new(), State::default());
        for (source, carrier) in self.carriers(nodes) {
            let Some(state) = self.events.state(&source, &carrier)? else { continue };
            whole.merge(&state);
            states.push((source, carrier, state));
        }
        Ok((states, whole))
    }

    /// The identities among some records.
    fn carriers(&self, nodes: &[Node]) -> Vec<(SourceName, Carrier)> {
        let events = nodes.iter().filter(|node| self.takes(&node.source));
        events.filter_map(|node| Some((node.source.clone(), node.key.parse().ok()?))).collect()
    }
}

/// The other ids of each identity.
fn seen_ids(states: &States) -> Vec<SeenId> {
    let of = |(source, _, state): &(SourceName, Carrier, State)| {
        let source = source.as_str().to_string();
        let ids = state.ids.iter();
        ids.map(move |(id, first_ms)| SeenId { id: id.clone(), source: source.clone(), first_ms: *first_ms })
            .collect::<Vec<_>>()
    };
    states.iter().flat_map(of).collect()
}

impl Project {
    /// Waits until everything up to a position of the log of events is in the profiles.
    pub fn wait_for_events(&self, position: u64) -> Result<()> {
        let Some(collector) = &self.collector else { return Ok(()) };
        let last = collector.events.position().0;
        if position > last {
            let help =
                "Use the position that an answer of the collection port gave in its header Kith-Position.";
            return Err(Error::input(
                "K-COLLECT-POSITION",
                format!("the log of events is at position {last}, so {position} can not be shown"),
                help,
            ));
        }
        if !collector.events.wait(Position(position), WAIT) {
            let help = "Ask again; the page of sources shows how far behind the profiles are.";
            return Err(Error::data("K-COLLECT-BEHIND", "the profiles are behind".to_string(), help));
        }
        self.follow_events().map(drop)
    }

    /// What somebody did, newest first.
    pub fn profile_events(
        &self,
        lookup: &Lookup,
        confidence: Option<f64>,
        query: &EventQuery,
    ) -> Result<EventPage> {
        let nodes = profile::records(&self.reader(), lookup, confidence)?;
        let Some(collector) = &self.collector else { return Ok(EventPage::default()) };
        let filter = Filter {
            before: query.before.as_deref().map(place).transpose()?,
            from_ms: query.from_ms,
            to_ms: query.to_ms,
            call: query.call,
            name: query.name.clone(),
        };
        let found = collector.events.timeline(&collector.carriers(&nodes), &filter, query.limit)?;
        let next =
            (found.len() == query.limit).then(|| found.last().map(|(moment, _)| written(*moment))).flatten();
        let events = found.into_iter().map(|(moment, event)| collector.view(moment.position, event));
        Ok(EventPage { events: events.collect::<Result<_>>()?, next })
    }

    /// Events of everybody behind a position, in order of arrival.
    pub fn arrivals(&self, after: u64, limit: usize) -> Result<Arrivals> {
        let Some(collector) = &self.collector else { return Ok(Arrivals::default()) };
        let found = collector.events.after(Position(after), limit)?;
        let next = found.last().map_or(after, |(position, _)| position.0);
        let events = found.into_iter().filter_map(|(position, entry)| match entry {
            Entry::Event(event) => Some(collector.view(position, event)),
            _ => None,
        });
        Ok(Arrivals { events: events.collect::<Result<_>>()?, next })
    }
}

/// A place in a timeline as pages name it: time and position.
fn written(moment: Moment) -> String {
    format!("{}.{}", moment.at_ms, moment.position.0)
}

fn place(text: &str) -> Result<Moment> {
    let parsed = text.split_once('.').and_then(|(at, position)| {
        Some(Moment { at_ms: at.parse().ok()?, position: Position(position.parse().ok()?) })
    });
    parsed.ok_or_else(|| {
        let help = "Leave it out for the first page, then use the \"next\" of the last answer.";
        Error::input("K-COLLECT-PAGE", format!("{text:?} is no place in a timeline"), help)
    })
}
