//! The invented people, in households, with their histories: who they are, before any source gets them wrong.
//!
//! 1. A household has a surname, a home, past homes, mostly a landline, now and then one mailbox for all.
//! 2. Its first two members are a couple or flatmates; some took the other's surname on a known day. The rest are grown
//!    children, among them twins and sons who bear their father's whole name.

pub use super::person::{Person, Since, TODAY, on, plain};
use super::places::{Address, Places};
use super::rng::{Popular, Rng};
use super::words;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use std::collections::{HashMap, HashSet};

/// Makes people, one household after the other.
pub struct World {
    pub rng: Rng,
    pub places: Places,
    nicknames: HashMap<&'static str, Vec<&'static str>>,
    men: Popular<&'static str>,
    women: Popular<&'static str>,
    surnames: Popular<String>,
    hosts: Popular<&'static str>,
    emails: HashSet<String>,
    people: u32,
    households: u32,
}

impl World {
    /// An empty world; everything in it follows from the seed.
    pub fn new(seed: u64) -> World {
        let mut rng = Rng::new(seed);
        let places = Places::new(&mut rng);
        World {
            men: Popular::new(words::list(words::MEN), 10),
            women: Popular::new(words::list(words::WOMEN), 10),
            surnames: Popular::new(surnames(&mut rng), 20),
            hosts: Popular::new(words::list(words::MAIL_HOSTS), 1),
            nicknames: nicknames(),
            emails: HashSet::new(),
            places,
            rng,
            people: 0,
            households: 0,
        }
    }

    /// Households until there are so many people; the last one is cut to fit.
    pub fn people(&mut self, wanted: u32) -> Vec<Person> {
        let mut people = Vec::with_capacity(wanted as usize);
        while people.len() < wanted as usize {
            people.extend(self.household());
        }
        people.truncate(wanted as usize);
        people
    }

    /// How a person may be called instead of the given name.
    pub fn nicknames(&self, given: &str) -> &[&'static str] {
        self.nicknames.get(given).map_or(&[], Vec::as_slice)
    }

    /// The given names that have this short form.
    #[cfg(test)]
    pub fn nicknames_of(&self, short: &str) -> Vec<&'static str> {
        self.nicknames.iter().filter(|(_, shorts)| shorts.contains(&short)).map(|(given, _)| *given).collect()
    }

    fn household(&mut self) -> Vec<Person> {
        let size = 1 + self.rng.weighted(&[28, 35, 15, 13, 6, 3]);
        let home = self.places.address(&mut self.rng);
        let moved_in = self.day_between(date(2012, 1, 1), TODAY);
        let old_home = self.rng.chance(0.45).then(|| self.places.address(&mut self.rng));
        let landline = self.rng.chance(0.5).then(|| self.places.phone(&mut self.rng, &home));
        let surname = self.surnames.pick(&mut self.rng).clone();
        let base_year = 1935 + self.rng.below(54) as i64;
        let mut members: Vec<Person> = Vec::new();
        for place in 0..size {
            let mut person = self.person(place, &surname, base_year, &members);
            person.homes = self.homes(&home, moved_in, old_home.as_ref(), place);
            person.landline = landline.clone();
            self.reach(&mut person);
            members.push(person);
        }
        if members.iter().any(|p| p.suffix == "Jr") {
            members[0].suffix = "Sr";
        }
        if size > 1 && self.rng.chance(0.05) {
            let address = self.email(&["family", &surname], 0);
            members.iter_mut().for_each(|p| p.family_email = Some(address.clone()));
        }
        self.households += 1;
        members
    }

    fn person(&mut self, place: usize, surname: &str, base_year: i64, members: &[Person]) -> Person {
        let rng = &mut self.rng;
        let mut woman = rng.chance(0.5);
        let mut year = base_year + rng.range(-4, 4);
        if place == 1 {
            woman = !members[0].woman || rng.chance(0.06);
        } else if place > 1 {
            year = (base_year + rng.range(20, 38)).min(2008);
        }
        let mut born = date(year as i16, rng.range(1, 12) as i8, 1).saturating_add(rng.range(0, 27).days());
        let names = if woman { &self.women } else { &self.men };
        let mut given = *names.pick(rng);
        while members.iter().any(|m| m.given == given) {
            given = *names.pick(rng);
        }
        let mut middle = *names.pick(rng);
        let mut suffix = "";
        let father = members.first().filter(|f| place == 2 && !woman && !f.woman && rng.chance(0.12));
        if let Some(father) = father {
            (given, middle, suffix) = (father.given, father.middle, "Jr");
        } else if place == 3 && members[2].suffix.is_empty() && rng.chance(0.12) {
            born = members[2].born;
        }
        let nickname = self.nicknames.get(given).filter(|_| rng.chance(0.45)).map(|n| *rng.pick(n));
        let families = self.families(place, woman, surname);
        let id = self.people;
        self.people += 1;
        Person {
            id,
            household: self.households,
            woman,
            given,
            middle,
            nickname,
            families,
            suffix,
            born,
            homes: vec![],
            mobiles: vec![],
            landline: None,
            emails: vec![],
            family_email: None,
        }
    }

    /// The second of a household keeps another surname (flatmates, couples of two names) or has taken this one.
    fn families(&mut self, place: usize, woman: bool, surname: &str) -> Vec<Since<String>> {
        let long_ago = date(1900, 1, 1);
        let here = |day| Since { day, fact: surname.to_string() };
        if place != 1 || self.rng.chance(0.45) {
            return vec![here(long_ago)];
        }
        let other = Since { day: long_ago, fact: self.surnames.pick(&mut self.rng).clone() };
        if self.rng.chance(if woman { 0.7 } else { 0.15 }) {
            let wedding = self.day_between(date(2014, 1, 1), date(2026, 3, 31));
            return vec![other, here(wedding)];
        }
        vec![other]
    }

    fn homes(
        &mut self,
        home: &Address,
        moved_in: Date,
        old: Option<&Address>,
        place: usize,
    ) -> Vec<Since<Address>> {
        let mut homes = vec![];
        if let Some(old) = old {
            homes.push(Since { day: date(1990, 1, 1), fact: old.clone() });
        }
        homes.push(Since { day: moved_in, fact: home.clone() });
        if self.rng.chance(if place > 1 { 0.30 } else { 0.05 }) {
            let day = self.day_between(moved_in, TODAY);
            homes.push(Since { day, fact: self.places.address(&mut self.rng) });
        }
        homes
    }

    /// Gives a person telephone numbers and mailboxes.
    fn reach(&mut self, person: &mut Person) {
        let home = person.homes.first().map(|h| h.fact.clone());
        let Some(home) = home else { return };
        person.mobiles = vec![Since { day: date(2000, 1, 1), fact: self.places.phone(&mut self.rng, &home) }];
        if self.rng.chance(0.12) {
            let day = self.day_between(date(2014, 1, 1), TODAY);
            person.mobiles.push(Since { day, fact: self.places.phone(&mut self.rng, &home) });
        }
        let year = i64::from(person.born.year());
        for _ in 0..1 + self.rng.weighted(&[60, 32, 8]) {
            let family = self.rng.pick(&person.families).fact.clone();
            let called = person.nickname.filter(|_| self.rng.chance(0.3)).unwrap_or(person.given);
            let address = self.email(&[called, &family], year);
            person.emails.push(address);
        }
    }

    /// A mailbox nobody else has. Many hold the name and some the year of birth, as real ones do.
    fn email(&mut self, names: &[&str; 2], year: i64) -> String {
        let rng = &mut self.rng;
        let [given, family] = names.map(|n| plain(n).to_lowercase().replace(['\'', ' '], ""));
        let tail = match rng.below(6) {
            0 if year > 0 => format!("{:02}", year % 100),
            1 if year > 0 => year.to_string(),
            2 => rng.range(1, 999).to_string(),
            _ => String::new(),
        };
        let initial = given.chars().next().unwrap_or('x');
        let name = match rng.below(6) {
            0 | 1 => format!("{given}.{family}{tail}"),
            2 => format!("{initial}{family}{tail}"),
            3 => format!("{given}{family}{tail}"),
            4 => format!("{given}_{family}{tail}"),
            _ => format!("{family}.{given}{tail}"),
        };
        let host = self.hosts.pick(rng);
        let mut address = format!("{name}@{host}");
        while !self.emails.insert(address.clone()) {
            address = format!("{name}{}@{host}", self.rng.range(2, 9999));
        }
        address
    }

    /// Any day from the first to the last.
    pub fn day_between(&mut self, first: Date, last: Date) -> Date {
        let days = i64::from(first.until(last).map_or(0, |span| span.get_days()));
        first.saturating_add(self.rng.range(0, days.max(0)).days())
    }
}

/// Common surnames, then a long tail of invented ones.
fn surnames(rng: &mut Rng) -> Vec<String> {
    let mut names: Vec<String> = words::list(words::SURNAMES).into_iter().map(String::from).collect();
    let mut known: HashSet<String> = names.iter().cloned().collect();
    let syllables = words::list(words::SYLLABLES);
    while names.len() < 3_500 {
        let mut name: String = (0..2 + rng.below(3) / 2).map(|_| *rng.pick(&syllables)).collect();
        name[..1].make_ascii_uppercase();
        if known.insert(name.clone()) {
            names.push(name);
        }
    }
    names
}

fn nicknames() -> HashMap<&'static str, Vec<&'static str>> {
    let pairs = words::list(words::NICKNAMES).into_iter().filter_map(|entry| entry.split_once(':'));
    pairs.map(|(given, short)| (given, short.split(',').collect())).collect()
}
