//! Tables that are written nowhere: what the store, the collector and the last runs say when somebody asks.
//!
//! Reads:  profiles and what they did (`profiles`); sources, runs and figures (`house`).
//! Decides: nothing.
//! Writes: nothing.
//! Fails:  as the store does; the query that asked fails.

mod house;
mod profiles;

use crate::collect::Collector;
use crate::copies::Copies;
use crate::error::Result;
use crate::facts::Seen;
use datafusion::catalog::TableProvider;
use kith_core::config::Config;
use kith_live::Live;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// The schema of Kith's own figures.
pub(crate) const SCHEMA: &str = "kith";
const MASTER: &str = "master";

/// What these tables are read from.
#[derive(Clone)]
pub(crate) struct Told {
    pub(crate) live: Live,
    pub(crate) collector: Option<Collector>,
    pub(crate) config: Arc<Config>,
    pub(crate) copies: Copies,
    /// Of the last run that has ended.
    pub(crate) seen: Arc<RwLock<Arc<Seen>>>,
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Told")
    }
}

impl Told {
    /// Its tables of a schema.
    pub(crate) fn names(&self, schema: &str) -> &'static [&'static str] {
        match schema {
            SCHEMA => &["copy", "metric", "run", "source"],
            MASTER if self.collector.is_some() => &["activity", "trait"],
            _ => &[],
        }
    }

    /// One of them, as it is now.
    pub(crate) fn table(&self, schema: &str, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        match (schema, name, &self.collector) {
            (SCHEMA, "metric", _) => house::metrics(self).map(Some),
            (SCHEMA, "copy", _) => house::copies(self).map(Some),
            (SCHEMA, "run", _) => house::runs(self).map(Some),
            (SCHEMA, "source", _) => house::sources(self).map(Some),
            (MASTER, "activity" | "trait", Some(collector)) => {
                profiles::provider(&self.live, collector, name == "trait").map(Some)
            }
            _ => Ok(None),
        }
    }

    fn seen(&self) -> Arc<Seen> {
        self.seen.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
