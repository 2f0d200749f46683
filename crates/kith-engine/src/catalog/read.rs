//! Questions about catalogues, and what they mean for profiles and timelines.

use super::known;
use super::shape::{CatalogColumn, CatalogView, ItemName, ItemView};
use crate::error::{Error, Result};
use crate::profile::instant;
use crate::project::Project;
use crate::tabular::value_text;
use kith_core::config::{Catalog, Config};
use kith_core::event::facts::Facts;
use kith_core::event::measure::Found;
use kith_core::event::through::{Through, counted, one};
use kith_core::id::SourceName;
use kith_live::{ColumnKind, Item, Live};
use rustc_hash::FxHashMap;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Items of one event that are shown with their names.
const NAMES_MAX: usize = 50;

/// The catalogues of a project. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Catalogs {
    live: Live,
    all: Arc<Vec<Catalog>>,
    throughs: Arc<BTreeMap<String, Through>>,
}

impl Catalogs {
    pub(crate) fn new(live: &Live, config: &Config) -> Catalogs {
        let throughs = config.throughs.iter().cloned().collect();
        Catalogs { live: live.clone(), all: Arc::new(config.catalogs.clone()), throughs: Arc::new(throughs) }
    }

    /// For the traits of one profile: each item is read once.
    pub(crate) fn translator(&self) -> Translator<'_> {
        Translator { catalogs: self, items: FxHashMap::default() }
    }

    /// The items that an event names, each once.
    pub(crate) fn named(&self, facts: &Facts) -> Result<Vec<ItemName>> {
        let mut found: Vec<ItemName> = Vec::new();
        for catalog in self.all.iter() {
            for path in &catalog.refers {
                let ids = match facts.at(path) {
                    Some(Value::Array(list)) => list,
                    Some(id) => vec![id],
                    None => continue,
                };
                for id in ids.iter().filter_map(value_text) {
                    let name = catalog.name();
                    if found.len() == NAMES_MAX
                        || found.iter().any(|known| known.id == id && known.catalog == name.as_str())
                    {
                        continue;
                    }
                    if let Some(item) = self.live.item(name, &id)? {
                        let (catalog, shown) = (name.as_str().to_string(), shown(catalog, &item));
                        found.push(ItemName { catalog, id: id.into_owned(), name: shown, gone: item.gone });
                    }
                }
            }
        }
        Ok(found)
    }
}

/// Translates what one profile counted.
pub(crate) struct Translator<'a> {
    catalogs: &'a Catalogs,
    items: FxHashMap<(SourceName, String), Option<Item>>,
}

impl Translator<'_> {
    /// A trait's value.
    pub(crate) fn value(&mut self, found: &Found) -> Result<Option<Value>> {
        let (catalogs, aggregate) = (self.catalogs, found.definition.aggregate);
        let Some(through) = catalogs.throughs.get(&found.definition.name) else { return Ok(found.value()) };
        let of = |id: &str| self.column(through, id);
        match aggregate.of_one() {
            true => one(found.value(), of),
            false => counted(aggregate, found.tallies(), of),
        }
    }

    fn column(&mut self, through: &Through, id: &str) -> Result<Option<Value>> {
        let key = (through.catalog.clone(), id.to_string());
        if !self.items.contains_key(&key) {
            let item = self.catalogs.live.item(&through.catalog, id)?;
            self.items.insert(key.clone(), item);
        }
        let item = self.items.get(&key).and_then(Option::as_ref);
        Ok(item.and_then(|item| item.row.get(&through.column)).cloned())
    }
}

/// What is shown beside the id of an item.
fn shown(catalog: &Catalog, item: &Item) -> Option<String> {
    let mut labels = catalog.labels().filter_map(|label| value_text(item.row.get(label)?));
    labels.next().map(|text| text.into_owned())
}

impl Project {
    /// The catalogues as they stand.
    pub fn catalogs(&self) -> Result<Vec<CatalogView>> {
        let config = self.config();
        config.catalogs.iter().map(|catalog| view(&self.live, &config, catalog)).collect()
    }

    /// An item of a catalogue, also one that is gone.
    pub fn item(&self, catalog: &str, id: &str) -> Result<ItemView> {
        let config = self.config();
        let catalog = known(&config, catalog)?;
        let name = catalog.name().as_str();
        let item = self.live.item(catalog.name(), id)?.ok_or_else(|| {
            let help = format!("`kith sql \"SELECT * FROM catalog.{name}\"` shows all of them.");
            Error::not_found("K-CATALOG-ITEM", format!("the catalogue {name:?} has no item {id:?}"), help)
        })?;
        Ok(ItemView {
            catalog: name.to_string(),
            name: shown(catalog, &item),
            gone: item.gone,
            changed_at: instant(item.changed_at_ms),
            id: item.id,
            row: item.row,
        })
    }
}

fn view(live: &Live, config: &Config, catalog: &Catalog) -> Result<CatalogView> {
    let items = live.catalog(catalog.name())?;
    let whole = items.clone().unwrap_or_default();
    let through = config.throughs.iter().filter(|(_, through)| through.catalog == *catalog.name());
    Ok(CatalogView {
        name: catalog.name().as_str().to_string(),
        kind: catalog.source.kind.name().to_string(),
        items: whole.items,
        gone: whole.gone,
        columns: whole.columns.into_iter().map(|(name, kind)| column(name, kind)).collect(),
        refers: catalog.refers.clone(),
        traits: through.map(|(name, _)| name.clone()).collect(),
        changed_at: items.map(|items| instant(items.changed_at_ms)),
        last_pulled_at: live.cursor(catalog.name())?.map(|pulled| instant(pulled.ended_at_ms)),
    })
}

fn column(name: String, kind: ColumnKind) -> CatalogColumn {
    let kind = match kind {
        ColumnKind::Nothing => "nothing",
        ColumnKind::Truth => "truth",
        ColumnKind::Whole => "whole",
        ColumnKind::Number => "number",
        ColumnKind::Text => "text",
    };
    CatalogColumn { name, kind: kind.into() }
}
