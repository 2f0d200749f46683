//! **collect**: what people do comes in. True after an answer: the events are on the disk, each counted once; a moment later
//! they are in the profiles.
//!
//! Reads:  events that sites and apps send, or files of them.
//! Decides: whose write key it is; what becomes of an event that is not in its source's tracking plan; which carriers' records have to be resolved anew.
//! Writes: the log of events (`kith_live::events`); records of the source, through the same door as any sent record.
//! Fails:  with `K-LOG-CLOSED` when the disk has failed; nothing is acknowledged then.
//!
//! Whoever events hang on, a user or a visitor, is a record of the source ([`CARRIER`] is its key): its ids and what was
//! said of it. So the same resolution that sees a row of the CRM sees it, one record at a time.

mod tell;
mod context;
pub mod came;
pub mod import;
pub mod places;
mod plan_files;
mod plans;
mod read;
mod refused;
mod replay;
pub mod shape;
mod shape_refused;
mod shape_stream;
pub(crate) mod streams;
mod view;

/// Everything about events that others name.
pub mod events {
    pub use super::Hook;
    pub use super::came::*;
    pub use super::context::ContextQuery;
    pub use super::import::{EventRow, event_rows, is_table};
    pub use super::places::*;
    pub use super::plan_files::{PlanFault, PlanProperty, PlanSource, PlanView, PlannedEvent, PlansView};
    pub use super::plans::LOOK_BACK;
    pub use super::read::EventQuery;
    pub use super::replay::Replay;
    pub use super::shape::*;
    pub use super::shape_stream::*;
    pub use super::tell::Told;
    pub use kith_live::events::{NotTaken, Receipt, Wanted};
}

use crate::catalog::Catalogs;
use crate::connect;
use crate::error::{Error, Result};
use crate::lake::events::EventLake;
use crate::project::{DATA_DIR, Project};
use crate::story::stream::Sending;
use kith_core::config::{CARRIER, Config, Webhook};
use kith_core::event::context::figure::Figure;
use kith_core::event::wire::Incoming;
use kith_core::id::{Position, SourceName};
use kith_live::Seams;
use kith_live::events::{Events, GeoDatabase, Named, NotTaken, Receipt, Row, Settings};
use plans::Plans;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Carriers that are resolved in one step: what waits meanwhile is the next step.
const TOGETHER: usize = 500;

/// Takes events for a project. Cheap to clone.
#[derive(Clone)]
pub struct Collector {
    events: Events,
    lake: EventLake,
    figures: Arc<Vec<Figure>>,
    /// The sources of write keys.
    sources: Arc<HashMap<String, SourceName>>,
    webhooks: Arc<HashMap<SourceName, Hook>>,
    /// All sources that take events, those of streams too.
    takers: Arc<HashSet<SourceName>>,
    plans: Arc<Plans>,
    catalogs: Catalogs,
}

/// What a source says of the webhooks that come for it.
#[derive(Clone, Debug)]
pub struct Hook {
    /// Where things stand in them.
    pub webhook: Webhook,
    /// What they are signed with; `None` = signatures are not looked at.
    pub secret: Option<String>,
}

impl Collector {
    /// Opens the events of a project that has a source of them; the caller holds the lock of the data directory.
    pub(crate) fn open(
        dir: &Path,
        config: &Config,
        seams: Seams,
        lake: EventLake,
        catalogs: Catalogs,
    ) -> Result<Option<Collector>> {
        let (mut sources, mut takers) = (HashMap::new(), HashSet::new());
        for source in config.sources.iter().filter(|source| source.kind.takes_events()) {
            takers.insert(source.name.clone());
            let Some(key) = &source.write_key else { continue };
            let key = connect::secret(source.name.as_str(), key, dir)?;
            if let Some(other) = sources.insert(key, source.name.clone()) {
                let message =
                    format!("{} and {} have the same write key", other.as_str(), source.name.as_str());
                let help = "Give each source of events a write key of its own, so that Kith knows who sends.";
                return Err(Error::input("K-COLLECT-KEY", message, help));
            }
        }
        if takers.is_empty() {
            return Ok(None);
        }
        let mut webhooks = HashMap::new();
        for source in &config.sources {
            let Some(webhook) = source.webhook.clone() else { continue };
            let secret = webhook.secret.as_ref().map(|s| connect::secret(source.name.as_str(), s, dir));
            webhooks.insert(source.name.clone(), Hook { webhook, secret: secret.transpose()? });
        }
        let plans = Arc::new(Plans::open(dir, config)?);
        let settings = Settings {
            definitions: config.traits.clone(),
            contexts: config.contexts.clone(),
            pause_ms: config.collect.session_pause_ms,
            geo: config
                .collect
                .geo_database
                .as_ref()
                .map(|path| geo_database(&dir.join(path)))
                .transpose()?,
            window_ms: config.collect.dedupe_ms,
            // A log that is to be small gives up small pieces.
            segment_bytes: (config.collect.keep_log_bytes / 8).clamp(64 << 10, 64 << 20),
            ..Settings::default()
        };
        let past = Arc::new(lake.clone());
        let events = Events::open(&dir.join(DATA_DIR), &config.project.tenant, seams, settings, past)?;
        let (figures, sources) = (Arc::new(config.figures.clone()), Arc::new(sources));
        let (webhooks, takers) = (Arc::new(webhooks), Arc::new(takers));
        Ok(Some(Collector { events, lake, figures, sources, takers, webhooks, plans, catalogs }))
    }

    /// The source of a write key.
    pub fn source_of(&self, write_key: &str) -> Option<SourceName> {
        self.sources.get(write_key).cloned()
    }

    /// What a source says of the webhooks that come for it, if anything.
    pub fn hook(&self, source: &SourceName) -> Option<&Hook> {
        self.webhooks.get(source)
    }

    /// True if anybody can send: there is a source with a write key.
    pub fn has_senders(&self) -> bool {
        !self.sources.is_empty()
    }

    /// True for a source that takes events.
    pub fn takes(&self, source: &SourceName) -> bool {
        self.takers.contains(source)
    }

    /// Hands over events, judged by the plans of their sources. `reply` is called from another thread, when they are on the disk or can not be.
    pub fn submit(
        &self,
        incoming: Vec<Incoming>,
        reply: Box<dyn FnOnce(Result<Receipt>) + Send>,
    ) -> std::result::Result<(), NotTaken> {
        self.events
            .submit(self.plans.judge(incoming), Box::new(move |receipt| reply(receipt.map_err(Error::from))))
    }

    /// Hands over events and waits until they are on the disk.
    pub fn append(&self, incoming: Vec<Incoming>) -> Result<Receipt> {
        Ok(self.events.append(self.plans.judge(incoming))?)
    }

    /// The tables that have the events for good.
    pub(crate) fn lake(&self) -> &EventLake {
        &self.lake
    }

    /// What is known of events.
    pub fn events(&self) -> &Events {
        &self.events
    }
}

fn geo_database(path: &Path) -> Result<GeoDatabase> {
    GeoDatabase::open(path).map_err(|e| {
        let help =
            "Name a .mmdb file of cities or countries under [collect] geo_database, or take the line out.";
        Error::input("K-COLLECT-GEO", e.to_string(), help)
    })
}

impl Project {
    /// The door for events, if the project has a source of them.
    pub fn collector(&self) -> Option<&Collector> {
        self.collector.as_ref()
    }

    /// Resolves the records of carriers that events have changed, those that are there now; how many.
    pub fn follow_events(&self) -> Result<usize> {
        let Some(collector) = &self.collector else { return Ok(0) };
        // Two that follow would resolve the same carriers twice.
        let _following = self.following.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut followed = 0;
        loop {
            let changed = collector.events.changed(TOGETHER)?;
            if changed.is_empty() {
                return Ok(followed);
            }
            followed += changed.len();
            self.resolve_carriers(&changed)?;
            collector.events.resolved(&changed)?;
        }
    }

    /// Waits for events that change who somebody is, and resolves them; returns after `at_most` without any.
    pub fn follow_events_for(&self, at_most: Duration) -> Result<usize> {
        let Some(collector) = &self.collector else { return Ok(0) };
        if collector.events.wait_changed(at_most) { self.follow_events() } else { Ok(0) }
    }

    /// Brings the lake's tables of events up to what was accepted, and gives up what the log has of them beyond the bound of
    /// `[collect] keep_log`. After each step `rest` is told how long it took.
    pub fn keep_events(&self, rest: &dyn Fn(Duration)) -> Result<()> {
        let Some(collector) = &self.collector else { return Ok(()) };
        let (kept, news) = collector.lake.take_over(&collector.events, rest)?;
        if news {
            collector.lake.compact()?;
        }
        collector.events.cut(Position(kept.0 + 1), self.config().collect.keep_log_bytes)?;
        Ok(())
    }

    fn resolve_carriers(&self, changed: &[(Named, Row)]) -> Result<()> {
        let mut sendings: BTreeMap<&SourceName, Sending> = BTreeMap::new();
        for ((source, carrier), row) in changed {
            let sending = sendings
                .entry(source)
                .or_insert_with(|| Sending { source: source.as_str().to_string(), ..Sending::default() });
            match row {
                Some(row) => {
                    let mut row = row.clone();
                    row.insert(CARRIER.into(), carrier.to_string().into());
                    sending.records.push(row);
                }
                None => sending.remove.push(carrier.to_string()),
            }
        }
        let config = self.config();
        for sending in sendings.into_values() {
            // A source that has been taken out of the configuration keeps its events, and nobody resolves them.
            if config.source(&sending.source).is_some() {
                self.push(sending)?;
            }
        }
        Ok(())
    }
}
