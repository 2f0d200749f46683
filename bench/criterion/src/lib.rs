//! Invented people for benchmarks: the same on every machine, with families, namesakes, slips and gaps.

use kith_resolve::{Column, Kind, Records};

const GIVEN: &[&str] = &[
    "ada", "alan", "grace", "edsger", "barbara", "donald", "john", "mary", "james", "linda", "robert",
    "susan", "michael", "karen", "william", "nancy", "david", "lisa", "jose", "maria", "wei", "fatima",
    "olga", "lars", "priya", "kofi",
];
const SYLLABLES: &[&str] =
    &["ba", "ber", "dor", "fel", "gra", "han", "ker", "lan", "mor", "nel", "ros", "sal", "ter", "vik", "wol"];

/// Numbers that look random and are the same everywhere (Marsaglia's xorshift).
pub struct Dice(pub u64);

impl Dice {
    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n) as usize
    }
}

/// `len` records; of three, one repeats a person of before with a slip.
pub fn people(len: usize) -> Records {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let mut rows: Vec<[String; 6]> = Vec::with_capacity(len);
    while rows.len() < len {
        let person = if rows.len() > 10 && dice.below(3) == 0 {
            let mut again = rows[dice.below(rows.len() as u64)].clone();
            slip(&mut again, &mut dice);
            again
        } else {
            person(&mut dice)
        };
        rows.push(person);
    }
    const COLUMNS: [(&str, Kind); 6] = [
        ("given_name", Kind::GivenName),
        ("family_name", Kind::FamilyName),
        ("birth_date", Kind::Date),
        ("email", Kind::Email),
        ("postcode", Kind::Postcode),
        ("city", Kind::City),
    ];
    let columns = COLUMNS.iter().enumerate().map(|(at, (name, kind))| {
        Column::from_values(*name, *kind, rows.iter().map(|row| Some(row[at].as_str())))
    });
    Records { columns: columns.collect(), len, ..Records::default() }
}

fn person(dice: &mut Dice) -> [String; 6] {
    let given = GIVEN[dice.below(GIVEN.len() as u64)];
    let family: String = (0..2 + dice.below(2)).map(|_| SYLLABLES[dice.below(15)]).collect();
    let born = format!("{}-{:02}-{:02}", 1930 + dice.below(80), 1 + dice.below(12), 1 + dice.below(28));
    let email = format!("{given}.{family}{}@example.org", dice.below(100));
    let place = dice.below(900);
    [given.into(), family, born, email, format!("{:05}", 10_000 + place * 7), format!("town {}", place / 3)]
}

fn slip(person: &mut [String; 6], dice: &mut Dice) {
    match dice.below(5) {
        0 => person[0].truncate(1),
        1 if person[1].len() > 2 => drop(person[1].remove(dice.below(2))),
        2 => person[3].clear(),
        3 => person.swap(0, 1),
        _ => person[2] = person[2].replacen('1', "7", 1),
    }
}
