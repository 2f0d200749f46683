//! A small company: three systems of different kinds that know the same people a little differently. Deterministic.

use std::fmt::Write as _;
use std::path::Path;

const GIVEN: [&str; 24] = [
    "Ada",
    "Grace",
    "Alan",
    "Edsger",
    "Barbara",
    "Donald",
    "Frances",
    "John",
    "Katherine",
    "Linus",
    "Margaret",
    "Niklaus",
    "Radia",
    "Tim",
    "Hedy",
    "Claude",
    "Dorothy",
    "Ken",
    "Dennis",
    "Shafi",
    "Leslie",
    "Adele",
    "Anita",
    "Jean",
];
const FAMILY: [&str; 30] = [
    "Lovelace",
    "Hopper",
    "Turing",
    "Dijkstra",
    "Liskov",
    "Knuth",
    "Allen",
    "Backus",
    "Johnson",
    "Torvalds",
    "Hamilton",
    "Wirth",
    "Perlman",
    "Lee",
    "Lamarr",
    "Shannon",
    "Vaughan",
    "Thompson",
    "Ritchie",
    "Goldwasser",
    "Lamport",
    "Goldberg",
    "Borg",
    "Bartik",
    "Noether",
    "Kovalevsky",
    "Germain",
    "Hypatia",
    "Curie",
    "Franklin",
];
const STREET: [&str; 12] =
    ["Oak", "Pine", "Maple", "Cedar", "Elm", "Main", "Lake", "Hill", "Park", "River", "Church", "Mill"];
const CITY: [(&str, &str, &str); 6] = [
    ("Boston", "MA", "02108"),
    ("Denver", "CO", "80202"),
    ("Austin", "TX", "78701"),
    ("Portland", "OR", "97201"),
    ("Chicago", "IL", "60601"),
    ("Seattle", "WA", "98101"),
];

/// One invented person.
#[derive(Clone, Debug)]
pub struct Person {
    pub number: usize,
    pub given: String,
    pub family: String,
    pub email: String,
    pub phone: String,
    pub born: String,
    pub street: String,
    pub city: (&'static str, &'static str, &'static str),
}

/// A generator of numbers that is the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }
}

/// So many people, always the same.
pub fn people(count: usize) -> Vec<Person> {
    let mut dice = Dice(7);
    (0..count)
        .map(|number| {
            let given = GIVEN[dice.roll(GIVEN.len())].to_string();
            let family = FAMILY[dice.roll(FAMILY.len())].to_string();
            let email = format!("{}.{}{number}@example.org", given.to_lowercase(), family.to_lowercase());
            Person {
                number,
                email,
                phone: format!("617{:07}", 2_000_000 + number * 7_919 % 7_000_000),
                born: format!("{}-{:02}-{:02}", 1940 + dice.roll(60), 1 + dice.roll(12), 1 + dice.roll(28)),
                street: format!("{} {} St", 1 + dice.roll(900), STREET[dice.roll(STREET.len())]),
                city: CITY[dice.roll(CITY.len())],
                given,
                family,
            }
        })
        .collect()
}

/// Swaps two letters, as a hurried typist does.
fn typo(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() > 3 {
        letters.swap(1, 2);
    }
    letters.into_iter().collect()
}

/// The CRM: everybody, in CSV.
pub fn crm_csv(people: &[Person]) -> String {
    let mut text = String::from(
        "customer_id,first_name,last_name,email,phone,date_of_birth,street,city,state,zip,last_modified\n",
    );
    for p in people {
        let (city, state, zip) = p.city;
        let _ = writeln!(
            text,
            "C{:05},{},{},{},{},{},{},{city},{state},{zip},2024-03-01T10:00:00Z",
            p.number, p.given, p.family, p.email, p.phone, p.born, p.street
        );
    }
    text
}

/// Writes the company's files into a folder: `crm.csv`, `shop.db`, `tickets.ndjson`.
pub fn write(dir: &Path, people: &[Person]) {
    std::fs::write(dir.join("crm.csv"), crm_csv(people)).expect("crm.csv");
    let shop = rusqlite::Connection::open(dir.join("shop.db")).expect("shop.db");
    shop.execute_batch(
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, full_name TEXT, email TEXT, mobile TEXT, dob TEXT,
         postcode TEXT, updated_at TEXT);
         CREATE TABLE settings (name TEXT PRIMARY KEY, colour TEXT);
         INSERT INTO settings VALUES ('theme', 'blue');",
    )
    .expect("tables");
    shop.execute_batch("BEGIN").expect("begin");
    for p in people.iter().filter(|p| p.number % 5 < 3) {
        let family = if p.number % 4 == 0 { typo(&p.family) } else { p.family.clone() };
        let email = if p.number % 7 == 0 { "noemail@noemail.com".into() } else { p.email.to_uppercase() };
        shop.execute(
            "INSERT INTO customers VALUES (?1, ?2, ?3, ?4, ?5, ?6, '2024-05-01 08:00:00')",
            rusqlite::params![
                1000 + p.number as i64,
                format!("{} {family}", p.given),
                email,
                format!("+1 ({}) {}-{}", &p.phone[..3], &p.phone[3..6], &p.phone[6..]),
                p.born,
                p.city.2
            ],
        )
        .expect("row");
    }
    shop.execute_batch("COMMIT").expect("commit");
    let mut tickets = String::new();
    for p in people.iter().filter(|p| p.number % 5 >= 2) {
        let ticket = serde_json::json!({
            "ticket": format!("T{}", p.number),
            "requester": {"name": format!("{}, {}", p.family, p.given), "email": p.email, "phone": p.phone},
            "created_at": "2024-06-01T12:00:00Z",
        });
        let _ = writeln!(tickets, "{ticket}");
    }
    std::fs::write(dir.join("tickets.ndjson"), tickets).expect("tickets.ndjson");
}
