//! Where an address is: a database in MaxMind's format, read once and kept in memory.
//!
//! An event is looked up when it comes, since the database changes from month to month and an address with it; what is found
//! is kept with the event.

use kith_core::event::derive::Geo;
use kith_core::event::{Event, derive};
use maxminddb::Reader;
use serde::Deserialize;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A database of places. Cheap to clone.
#[derive(Clone)]
pub struct GeoDatabase(Arc<Opened>);

struct Opened {
    path: PathBuf,
    reader: Reader<Vec<u8>>,
}

/// A file that is no database of places.
#[derive(Debug, thiserror::Error)]
#[error("{} can not be read as a database of places: {what}", path.display())]
pub struct NoGeoDatabase {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub what: String,
}

/// The part of an entry that is used. Databases of cities and those of countries have it alike.
#[derive(Deserialize)]
struct Found<'a> {
    #[serde(borrow)]
    country: Option<Named<'a>>,
    #[serde(borrow)]
    registered_country: Option<Named<'a>>,
    #[serde(borrow)]
    subdivisions: Option<Vec<Named<'a>>>,
    #[serde(borrow)]
    city: Option<Named<'a>>,
}

#[derive(Deserialize)]
struct Named<'a> {
    iso_code: Option<&'a str>,
    #[serde(borrow)]
    names: Option<Names<'a>>,
}

#[derive(Deserialize)]
struct Names<'a> {
    en: Option<&'a str>,
}

impl GeoDatabase {
    /// Reads the file: so much memory as it is long (a database of all cities has some 60 MB).
    pub fn open(path: &Path) -> Result<GeoDatabase, NoGeoDatabase> {
        let failed = |what: String| NoGeoDatabase { path: path.to_path_buf(), what };
        let reader = Reader::open_readfile(path).map_err(|e| failed(e.to_string()))?;
        let kind = reader.metadata().database_type.clone();
        // Those of networks and of domains have the same format, and no place in them.
        if !["City", "Country", "Enterprise", "Location"].iter().any(|word| kind.contains(word)) {
            return Err(failed(format!("it is of the kind {kind:?}, and has no countries or cities")));
        }
        Ok(GeoDatabase(Arc::new(Opened { path: path.to_path_buf(), reader })))
    }

    /// Where an address is; `None` = it is not known there, or the entry can not be read.
    pub fn of(&self, address: IpAddr) -> Option<Geo> {
        let found: Found = self.0.reader.lookup(address).ok()?.decode().ok()??;
        let country = [&found.country, &found.registered_country];
        let country = country.into_iter().flatten().find_map(|country| country.iso_code)?;
        let name = |named: Option<&Named>| Box::from(named.and_then(|n| n.names.as_ref()?.en).unwrap_or(""));
        let region = found.subdivisions.as_ref().and_then(|all| all.first());
        Some(Geo { country: country.into(), region: name(region), city: name(found.city.as_ref()) })
    }

    /// Gives an event the place of its address.
    pub(super) fn place(&self, event: &mut Event) {
        if event.geo.is_none() {
            event.geo = derive::ip(&event.body).and_then(|ip| self.of(ip)).map(Box::new);
        }
    }
}

impl fmt::Debug for GeoDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GeoDatabase({})", self.0.path.display())
    }
}
