//! How a source comes to know a person: it takes what was true on the day of the record, leaves out what it does not ask
//! for, and gets some of it wrong. `habits` says how often, by source.

use super::noise;
use super::people::{self, Person, TODAY, World};
use super::records::{Birth, Record, Source};
use super::rng::Rng;
use super::words;
use jiff::ToSpan;
use jiff::civil::{Date, date};

/// How often a source has a value, and how careless it is (1 = as most).
struct Habits {
    birth: f64,
    email: f64,
    phone: f64,
    street: f64,
    town: f64,
    names: f64,
    middle: f64,
    suffix: f64,
    nickname: f64,
    noise: f64,
}

#[rustfmt::skip]
fn habits(source: Source) -> Habits {
    match source {
        Source::Crm          => Habits { birth: 0.86, email: 0.88, phone: 0.86, street: 0.93, town: 0.93, names: 1.0,  middle: 0.35, suffix: 0.8, nickname: 0.10, noise: 0.8 },
        Source::Loyalty      => Habits { birth: 0.93, email: 0.86, phone: 0.82, street: 0.00, town: 1.00, names: 1.0,  middle: 0.10, suffix: 0.5, nickname: 0.15, noise: 0.7 },
        Source::Shop         => Habits { birth: 0.00, email: 1.00, phone: 0.62, street: 0.85, town: 0.85, names: 1.0,  middle: 0.08, suffix: 0.2, nickname: 0.55, noise: 1.0 },
        Source::Tills        => Habits { birth: 0.00, email: 0.36, phone: 0.78, street: 0.00, town: 0.88, names: 0.97, middle: 0.02, suffix: 0.2, nickname: 0.25, noise: 1.3 },
        Source::Tickets      => Habits { birth: 0.00, email: 0.94, phone: 0.50, street: 0.30, town: 0.40, names: 0.98, middle: 0.03, suffix: 0.1, nickname: 0.60, noise: 1.0 },
        Source::Newsletter   => Habits { birth: 0.00, email: 1.00, phone: 0.00, street: 0.00, town: 0.45, names: 0.88, middle: 0.00, suffix: 0.0, nickname: 0.50, noise: 0.8 },
        Source::Demographics => Habits { birth: 0.00, email: 1.00, phone: 0.00, street: 0.00, town: 0.00, names: 0.0,  middle: 0.00, suffix: 0.0, nickname: 0.00, noise: 0.0 },
    }
}

/// What a source writes down of a person, on some day of the last ten years.
pub fn record(world: &mut World, person: &Person, source: Source) -> Record {
    let habits = habits(source);
    let created = world.day_between(date(2017, 1, 1), TODAY);
    let changed = world.rng.chance(0.5) && matches!(source, Source::Crm | Source::Loyalty | Source::Shop);
    let modified = if changed { world.day_between(created, TODAY) } else { created };
    // One in ten was touched without a look at what had changed in the customer's life.
    let known_on = if world.rng.chance(0.9) { modified } else { created };
    let second = world.rng.range(8 * 3600, 20 * 3600) as u32;
    let mut row = Record::of(person.id, person.household, source, created, modified, second);
    row.woman = world.rng.chance(0.8).then_some(person.woman);
    if world.rng.chance(habits.suffix) {
        row.suffix = person.suffix;
    }
    names(world, person, &habits, known_on, &mut row);
    if world.rng.chance(habits.birth) {
        row.birth = birth(person.born, habits.noise, &mut world.rng);
    }
    if world.rng.chance(habits.email) {
        row.email = email(person, &habits, &row, &mut world.rng);
    }
    if world.rng.chance(habits.phone) {
        row.phone = phone(person, &habits, source, known_on, &mut world.rng);
    }
    address(person, &habits, known_on, &mut row, &mut world.rng);
    row
}

fn names(world: &mut World, person: &Person, habits: &Habits, day: Date, row: &mut Record) {
    if !world.rng.chance(habits.names) {
        return;
    }
    let others = world.nicknames(person.given);
    let friendly = person.nickname.or(others.first().copied());
    let rng = &mut world.rng;
    row.given = person.given.to_string();
    row.family = people::on(&person.families, day).cloned().unwrap_or_default();
    if let Some(nickname) = person.nickname.filter(|_| rng.chance(habits.nickname)) {
        row.given = nickname.to_string();
    } else if let Some(friendly) = friendly.filter(|_| rng.chance(0.03)) {
        row.given = friendly.to_string();
    } else if rng.chance(0.015 * habits.noise) {
        row.given.truncate(row.given.chars().next().map_or(0, char::len_utf8));
    }
    if rng.chance(habits.middle) {
        let whole = rng.chance(0.3);
        row.middle = person.middle.chars().take(if whole { usize::MAX } else { 1 }).collect();
    }
    let maiden = people::on(&person.families, Date::MIN).cloned();
    if let Some(maiden) = maiden.filter(|m| *m != row.family) {
        if row.source == Source::Crm && rng.chance(0.55) {
            row.former = maiden;
        } else if rng.chance(0.05) {
            row.family = format!("{maiden}-{}", row.family);
        }
    }
    if rng.chance(0.035 * habits.noise) {
        row.given = noise::typo(&row.given, rng);
    }
    if rng.chance(0.035 * habits.noise) {
        row.family = noise::typo(&row.family, rng);
    }
    if rng.chance(0.005 * habits.noise) {
        std::mem::swap(&mut row.given, &mut row.family);
    }
    if rng.chance(0.10) {
        (row.given, row.family) = (people::plain(&row.given), people::plain(&row.family));
    }
}

/// What typists enter, and no calendar has.
pub const NO_DAYS: [&str; 5] = ["02/30/1980", "00/00/0000", "2026-02-30", "13/45/1990", "06/31/1975"];

fn birth(born: Date, noise: f64, rng: &mut Rng) -> Birth {
    let swapped = date_of(born.year(), born.day(), born.month());
    let day = if rng.chance(0.008 * noise) {
        let text: &&'static str = rng.pick(&NO_DAYS);
        return Birth::Impossible(text);
    } else if rng.chance(0.005 * noise) {
        date(1900, 1, 1)
    } else if rng.chance(0.012 * noise) {
        swapped.unwrap_or(born)
    } else if rng.chance(0.010 * noise) {
        born.saturating_add(rng.range(-9, 9).days())
    } else if rng.chance(0.010 * noise) {
        born.saturating_add((*rng.pick(&[-10, -1, 1, 10])).years())
    } else {
        born
    };
    Birth::Day(day)
}

fn date_of(year: i16, month: i8, day: i8) -> Option<Date> {
    Date::new(year, month, day).ok()
}

/// A filler; the last of the list, which no list of fillers can know, is a dozen people's.
fn junk(fillers: &[&str; 5], rng: &mut Rng) -> String {
    fillers[rng.weighted(&[6, 6, 6, 6, 1])].to_string()
}

fn email(person: &Person, habits: &Habits, row: &Record, rng: &mut Rng) -> String {
    if rng.chance(0.007 * habits.noise) && row.source != Source::Newsletter {
        return junk(&words::JUNK_EMAILS, rng);
    }
    let usual = person.emails.first().cloned().unwrap_or_default();
    let chosen = match &person.family_email {
        // An address that a household shares, without a name, would be of nobody.
        Some(shared) if !row.given.is_empty() && rng.chance(0.2) => shared.clone(),
        _ if rng.chance(0.2) => rng.pick(&person.emails).clone(),
        _ => usual,
    };
    if rng.chance(0.018 * habits.noise) && row.source != Source::Shop {
        let (name, host) = chosen.split_once('@').unwrap_or((&chosen, ""));
        return format!("{}@{host}", noise::typo(name, rng));
    }
    chosen
}

fn phone(person: &Person, habits: &Habits, source: Source, day: Date, rng: &mut Rng) -> String {
    if rng.chance(0.008 * habits.noise) {
        return junk(&words::JUNK_PHONES, rng);
    }
    let at_home = if matches!(source, Source::Crm | Source::Loyalty) { 0.22 } else { 0.08 };
    let landline = person.landline.clone().filter(|_| rng.chance(at_home));
    let number = landline.or_else(|| people::on(&person.mobiles, day).cloned()).unwrap_or_default();
    if rng.chance(0.018 * habits.noise) { noise::wrong_digit(&number, rng) } else { number }
}

fn address(person: &Person, habits: &Habits, day: Date, row: &mut Record, rng: &mut Rng) {
    let Some(home) = people::on(&person.homes, day) else { return };
    if !rng.chance(habits.town) {
        return;
    }
    row.city = home.town.name.clone();
    row.state = if rng.chance(0.04) { "" } else { home.town.state };
    row.postcode = home.postcode.clone();
    if rng.chance(0.012 * habits.noise) {
        row.postcode = noise::wrong_digit(&row.postcode, rng);
    } else if row.source == Source::Crm && rng.chance(0.06) {
        row.postcode = format!("{}-{:04}", row.postcode, rng.range(1000, 9999));
    }
    if rng.chance(0.02 * habits.noise) {
        row.city = noise::typo(&row.city, rng);
    }
    if !rng.chance(habits.street / habits.town) {
        return;
    }
    let mut street = home.street.to_string();
    if rng.chance(0.03 * habits.noise) {
        street = noise::typo(&street, rng);
    }
    let kind = if rng.chance(0.5) { home.kind.0 } else { home.kind.1 };
    row.street = format!("{} {street} {kind}", home.number);
    if let Some(unit) = home.unit.filter(|_| rng.chance(0.8)) {
        let word = rng.pick(&[" Apt ", " #", " Unit ", ", Apt. "]);
        row.street.push_str(&format!("{word}{unit}"));
    }
}
