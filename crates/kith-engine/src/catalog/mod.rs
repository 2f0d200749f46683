//! Catalogues: products, articles, films that events refer to by an id. True after a run: each item is what its catalogue says
//! now, and a trait that is read `through` a column of it is of that.
//!
//! Reads:  a file or table like any source's, or items that are sent.
//! Decides: which items are new, other or gone: landing does ([`crate::land`]), without a mapping. What was counted by the id of
//!         an item is translated when a profile is read ([`kith_core::event::through`]), never stored.
//! Writes: log entries `items`, `rejected`, `pulled`; from them the store's items (`kith_live::Item`).
//! Fails:  as a source does; a row that can not be read is kept with its place and reason, and the others land.
//!
//! No catalogue is held in memory: a profile asks the store for the few hundred items that it names, each once.

mod read;
pub mod shape;
mod table;
mod take;

pub(crate) use read::Catalogs;
pub(crate) use table::{SCHEMA, provider};
pub(crate) use take::pull;

use crate::error::{Error, Result};
use kith_core::config::{Catalog, Config};

/// The catalogue of a name.
pub(crate) fn known<'a>(config: &'a Config, name: &str) -> Result<&'a Catalog> {
    config.catalogs.iter().find(|catalog| catalog.name().as_str() == name).ok_or_else(|| {
        let names: Vec<&str> = config.catalogs.iter().map(|catalog| catalog.name().as_str()).collect();
        let help = match names.is_empty() {
            true => "Add one to kith.toml: [[catalog]] with name and kind.".to_string(),
            false => format!("kith.toml has: {}.", names.join(", ")),
        };
        Error::not_found("K-CATALOG-UNKNOWN", format!("there is no catalogue {name:?}"), help)
    })
}
