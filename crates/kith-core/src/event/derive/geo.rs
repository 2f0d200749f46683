//! Where somebody was.

use super::context::{Context, LocationSaid};
use crate::event::Event;
use crate::standard::country;
use serde::{Deserialize, Serialize};

/// A place, as far as it is known; an unknown part is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
pub struct Geo {
    /// ISO 3166-1 alpha-2.
    pub country: Box<str>,
    /// State, province, county: English, as the database names it.
    #[serde(default)]
    pub region: Box<str>,
    /// City, English.
    #[serde(default)]
    pub city: Box<str>,
}

super::sparse!(Geo: country; region city);

/// How a place is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The device said where it is (`context.location`).
    Device,
    /// By the address, in the database that was configured when the event came.
    Address,
    /// The sender had looked it up (`context.geo`).
    Sender,
}

/// Where an event happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The place.
    #[serde(flatten)]
    pub geo: Geo,
    /// How it is known.
    pub by: Origin,
}

/// Longer names are no names.
const NAME_BYTES_MAX: usize = 100;

/// The surest of what is said: by the device, by Kith's own look at the address, by the sender's.
pub(super) fn of(event: &Event, context: &Context) -> Option<Place> {
    let place = |geo, by| Place { geo, by };
    let device = said(&context.location).map(|geo| place(geo, Origin::Device));
    let address = || event.geo.as_deref().cloned().map(|geo| place(geo, Origin::Address));
    device.or_else(address).or_else(|| said(&context.geo).map(|geo| place(geo, Origin::Sender)))
}

fn said(location: &LocationSaid) -> Option<Geo> {
    let country = country::alpha2(location.country.get()?)?;
    Some(Geo {
        country: country.into(),
        region: name(location.region.get()),
        city: name(location.city.get()),
    })
}

fn name(text: Option<&str>) -> Box<str> {
    text.filter(|text| text.len() <= NAME_BYTES_MAX).unwrap_or_default().trim().into()
}
