//! Catalogues: items that events refer to.

use super::Live;
use crate::error::Result;
use crate::store::{Item, Items};
use kith_core::id::SourceName;

impl Live {
    /// A catalogue as a whole; `None` = it never had an item.
    pub fn catalog(&self, name: &SourceName) -> Result<Option<Items>> {
        self.0.store.catalog(name)
    }

    /// An item, also one that is gone; `None` = there never was one of this id.
    pub fn item(&self, catalog: &SourceName, id: &str) -> Result<Option<Item>> {
        self.0.store.item(catalog, id)
    }

    /// All items of a catalogue in order of id, those that are gone among them, as they are at the moment of the call.
    pub fn items(&self, catalog: &SourceName) -> impl Iterator<Item = Result<Item>> + Send + use<> {
        self.0.store.items(catalog)
    }
}
