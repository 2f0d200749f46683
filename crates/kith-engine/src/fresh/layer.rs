//! The rows of what has changed, table by table, and the keys by which older rows of the same are known.

use super::absent::Keys;
use super::changed::Changed;
use crate::error::Result;
use crate::unify::{Rules, tables};
use datafusion::arrow::array::RecordBatch;
use kith_core::config::Config;
use kith_core::id::SourceName;
use kith_live::Live;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// See the module.
pub(crate) struct Layer {
    pub(super) changed: Changed,
    /// True where nothing below it counts.
    pub(super) everything: bool,
    nodes: Arc<Keys>,
    profiles: Arc<Keys>,
    rows: FxHashMap<(&'static str, String), RecordBatch>,
}

/// True for the tables that layers lie over.
pub(super) fn is_fed(schema: &str, table: &str) -> bool {
    schema == "source" || !keys_of(schema, table).is_empty()
}

/// The columns by which rows of a table are known, and whether they hold profiles (else nodes).
fn keys_of(schema: &str, table: &str) -> &'static [(&'static str, bool)] {
    match (schema, table) {
        ("source", _) => &[("_node_id", false)],
        ("identity", "node" | "cluster") => &[("node_id", false)],
        ("identity", "link") => &[("left_node_id", false), ("right_node_id", false)],
        ("master", "customer") => &[("profile_id", true)],
        ("master", "customer_value") => &[("node_id", false)],
        _ => &[],
    }
}

impl Layer {
    /// The rows of what has changed.
    pub(super) fn of(live: &Live, rules: &Rules, confidence: f64, changed: Changed) -> Result<Layer> {
        let rows = tables::of_changed(live, rules, confidence, &changed)?;
        let nodes = changed.nodes.iter().map(|node| i64::try_from(node.0).unwrap_or(i64::MAX));
        let profiles = changed.profiles.iter().map(ToString::to_string);
        Ok(Layer {
            nodes: Arc::new(Keys::Numbers(nodes.collect())),
            profiles: Arc::new(Keys::Texts(profiles.collect())),
            rows: by_name(rows),
            everything: false,
            changed,
        })
    }

    /// All rows, as a run would write them.
    pub(super) fn whole(live: &Live, config: &Config, rules: &Rules, confidence: f64) -> Result<Layer> {
        let mut sources: Vec<SourceName> = live.sources()?.into_iter().map(|(name, _)| name).collect();
        sources.extend(config.sources.iter().map(|source| source.name.clone()));
        sources.sort_unstable();
        sources.dedup();
        Ok(Layer {
            changed: Changed::default(),
            everything: true,
            nodes: Arc::new(Keys::Numbers(Default::default())),
            profiles: Arc::new(Keys::Texts(Default::default())),
            rows: by_name(tables::of_everything(live, rules, confidence, &sources)?),
        })
    }

    /// Its rows of a table; `None` = it has none.
    pub(super) fn rows(&self, schema: &str, table: &str) -> Option<&RecordBatch> {
        let found = self.rows.iter().find(|((s, t), _)| *s == schema && t == table);
        found.map(|(_, rows)| rows).filter(|rows| rows.num_rows() > 0)
    }

    /// The columns of a table of which rows below are outdated if they hold one of these.
    pub(super) fn outdated(&self, schema: &str, table: &str) -> Vec<(&'static str, Arc<Keys>)> {
        let keys = |profiles: bool| if profiles { self.profiles.clone() } else { self.nodes.clone() };
        keys_of(schema, table).iter().map(|(column, profiles)| (*column, keys(*profiles))).collect()
    }
}

fn by_name(rows: Vec<tables::Content>) -> FxHashMap<(&'static str, String), RecordBatch> {
    rows.into_iter().map(|(table, batch)| ((table.schema, table.name), batch)).collect()
}
