//! The tables of records and profiles as they are at the moment of a query: what the lake has, and over it what has changed since
//! it was written.
//!
//! Reads:  the lake's tables, the marks of what has changed ([`kith_live::Behind`]), and of that the nodes and profiles.
//! Decides: nothing; a row is made by the same functions that write the lake ([`crate::unify`]).
//! Writes: nothing. `kith run` writes the lake and takes the marks away.
//! Fails:  as the store does; the query that asked fails, and no other.
//!
//! 1. [`Changed::of`] finds what the marks of a stretch of the log stand for: nodes, profiles, components.
//! 2. A [`Layer`] holds the rows of these, and their keys: what they are called in older layers and in the lake is outdated.
//! 3. [`Fresh::layers`] adds a layer for what has come since the last query, and makes two of the same size one, so that a query
//!    costs what has changed since the query before, and not since the last run.
//! 4. [`FreshTable`] is the lake's table without the keys of the layers, and each layer without those of later ones.
//!
//! Tables of events are what the lake has, and then the log of events behind it.
//!
//! Households are those of the last whole resolution, and rows of a source that a run has not seen resolve with that run.

mod absent;
mod changed;
mod layer;
mod table;

pub(crate) use changed::Changed;
pub(crate) use layer::Layer;
pub(crate) use table::FreshTable;

use crate::error::Result;
use crate::lake;
use crate::unify::Rules;
use datafusion::catalog::TableProvider;
use kith_core::config::Config;
use kith_core::id::Position;
use kith_live::events::Events;
use kith_live::{Behind, Live};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A layer is so many times smaller than the one below it, or becomes one with it.
const SMALLER: usize = 4;

/// A table, and the log position up to which it is complete.
pub(crate) type Base = (Arc<dyn TableProvider>, Position);

/// The layers over one tenant's lake, newest last. Cheap to clone: all clones share them.
#[derive(Clone)]
pub(crate) struct Fresh(Arc<Inner>);

struct Inner {
    live: Live,
    events: Option<Events>,
    state: Mutex<State>,
}

struct State {
    config: Arc<Config>,
    /// The lake that they lie over, by the position up to which it was written.
    lake: Position,
    /// Up to where they are complete.
    at: Position,
    layers: Vec<Arc<Layer>>,
}

impl fmt::Debug for Fresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fresh")
    }
}

impl Fresh {
    pub(crate) fn new(live: Live, events: Option<Events>, config: Arc<Config>) -> Fresh {
        let state = State { config, lake: Position(0), at: Position(0), layers: Vec::new() };
        Fresh(Arc::new(Inner { live, events, state: Mutex::new(state) }))
    }

    /// The tables that are there without the lake, too.
    pub(crate) fn names(&self, schema: &str) -> &'static [&'static str] {
        if schema == lake::events::SCHEMA && self.0.events.is_some() { &lake::events::TABLES } else { &[] }
    }

    /// Goes on with another configuration.
    pub(crate) fn set_config(&self, config: Arc<Config>) {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State { config, lake: Position(0), at: Position(0), layers: Vec::new() };
    }

    /// A table of the lake as it is now: `base` is what the lake has of it, up to a position. `None` = there is no such table.
    pub(crate) fn over(&self, schema: &str, table: &str, base: Option<Base>) -> Result<Option<Base>> {
        if self.names(schema).contains(&table) {
            return self.with_arriving(table, base);
        }
        if !layer::is_fed(schema, table) {
            return Ok(base);
        }
        let Some((base, position)) = base else { return Ok(None) };
        let fresh = FreshTable::over(schema, table, base.clone(), &self.layers()?)?;
        Ok(Some((fresh.map_or(base, |fresh| Arc::new(fresh) as _), position)))
    }

    /// A table of events with those that the lake does not have yet.
    fn with_arriving(&self, table: &str, base: Option<Base>) -> Result<Option<Base>> {
        let Some(events) = &self.0.events else { return Ok(base) };
        let since = base.as_ref().map_or(Position(0), |(_, position)| *position);
        if base.is_some() && events.position() == since {
            return Ok(base);
        }
        let arriving = lake::events::arriving(events, table, since)?;
        let parts = base.map(|(base, _)| base).into_iter().chain([arriving]);
        Ok(Some((Arc::new(FreshTable::of(parts)), events.position())))
    }

    /// What has changed since the lake was written. It blocks while it reads what has changed since it was asked last; what came
    /// meanwhile is read while nothing is appended, so that all layers together are of one moment.
    pub(crate) fn layers(&self) -> Result<Vec<Arc<Layer>>> {
        let live = &self.0.live;
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lake = live.lake_position()?;
        if lake == Position(0) {
            // Written before marks were kept, by the last whole resolution.
            lake = live.resolved()?.map_or(lake, |(position, _)| position);
        }
        if state.lake != lake {
            (state.lake, state.at) = (lake, lake);
            state.layers.clear();
        }
        if live.position() > state.at {
            state.catch_up(live, true)?;
            live.still(|| state.catch_up(live, false))?;
        }
        Ok(state.layers.clone())
    }
}

impl State {
    /// One layer more for what has been marked since; with `merge` together with those below that are not larger.
    fn catch_up(&mut self, live: &Live, merge: bool) -> Result<()> {
        let now = live.position();
        let behind = live.behind(self.at)?;
        if behind == Behind::Nodes(Vec::new()) {
            self.at = now;
            return Ok(());
        }
        let rules = Rules::of(&self.config);
        let confidence = self.config.project.confidence;
        if behind == Behind::Everything {
            self.layers = vec![Arc::new(Layer::whole(live, &self.config, &rules, confidence)?)];
        } else {
            let mut changed = Changed::of(live, &behind, self.at)?;
            // There are few layers, and each record is read again a few times.
            while let Some(last) = self.layers.last()
                && merge
                && !last.everything
                && last.changed.nodes.len() <= SMALLER * changed.nodes.len()
            {
                changed.and(live, &last.changed)?;
                self.layers.pop();
            }
            self.layers.push(Arc::new(Layer::of(live, &rules, confidence, changed)?));
        }
        self.at = now;
        Ok(())
    }
}
