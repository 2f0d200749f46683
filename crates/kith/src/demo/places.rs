//! Invented towns with their postcodes, streets and telephone numbers.

use super::rng::{Popular, Rng};
use super::words;
use std::collections::HashSet;

/// A town: one state, one to four postcodes.
#[derive(Clone, Debug)]
pub struct Town {
    pub name: String,
    pub state: &'static str,
    pub area_codes: [&'static str; 3],
    pub postcodes: Vec<u32>,
}

/// Where someone lives.
#[derive(Clone, Debug)]
pub struct Address {
    pub number: u32,
    pub street: &'static str,
    /// `Street` and `St`.
    pub kind: (&'static str, &'static str),
    pub unit: Option<u32>,
    pub town: Town,
    pub postcode: String,
}

/// All places, and the telephone numbers that are taken.
pub struct Places {
    towns: Popular<Town>,
    streets: Popular<&'static str>,
    kinds: Popular<(&'static str, &'static str)>,
    phones: HashSet<String>,
}

impl Places {
    /// A hundred and fifty towns.
    pub fn new(rng: &mut Rng) -> Places {
        let (firsts, seconds) = (words::list(words::TOWN_HALVES.0), words::list(words::TOWN_HALVES.1));
        let mut towns: Vec<Town> = Vec::new();
        while towns.len() < 150 {
            let name = format!("{}{}", rng.pick(&firsts), rng.pick(&seconds));
            let first = 10_000 + towns.len() as u32 * 590 + rng.below(500) as u32;
            let postcodes = (0..1 + rng.below(4) as u32).map(|i| first + i * 7).collect();
            let (state, area_codes) = *rng.pick(&words::STATES);
            if towns.iter().all(|t| t.name != name) {
                towns.push(Town { name, state, area_codes, postcodes });
            }
        }
        Places {
            towns: Popular::new(towns, 12),
            streets: Popular::new(words::list(words::STREETS), 12),
            kinds: Popular::new(words::STREET_KINDS.to_vec(), 2),
            phones: HashSet::new(),
        }
    }

    /// Some home.
    pub fn address(&self, rng: &mut Rng) -> Address {
        let town = self.towns.pick(rng).clone();
        // As many short house numbers as long ones: 5 to 94, 95 to 994, 995 to 9994.
        let magnitude = [(5, 94), (95, 994), (995, 9_994)][rng.below(3)];
        Address {
            number: rng.range(magnitude.0, magnitude.1) as u32,
            street: self.streets.pick(rng),
            kind: *self.kinds.pick(rng),
            unit: rng.chance(0.22).then(|| rng.range(1, 399) as u32),
            postcode: format!("{:05}", rng.pick(&town.postcodes)),
            town,
        }
    }

    /// A telephone number that nobody else has, ten digits, in the area of this home. The exchange is 555, so that few
    /// or none of them ring; three area codes a state times 10,000 numbers are enough for everybody.
    pub fn phone(&mut self, rng: &mut Rng, home: &Address) -> String {
        let mut states = 0;
        loop {
            let areas = if states < 40 { &home.town.area_codes } else { &rng.pick(&words::STATES).1 };
            let phone = format!("{}555{:04}", rng.pick(areas), rng.range(200, 9_999));
            states += 1;
            // 555-1212 was directory assistance everywhere: a filler, not a customer.
            if !phone.ends_with("1212") && self.phones.insert(phone.clone()) {
                return phone;
            }
        }
    }
}
