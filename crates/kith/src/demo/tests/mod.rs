//! What the demo promises: the same bytes from the same seed, the announced counts and flaws, and records that carry
//! enough to know their person by.

mod oracle;

use super::people::Person;
use super::records::{Birth, Source};
use super::sources::gzip;
use super::*;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Read;

fn options(people: u32, seed: u64) -> DemoOptions {
    DemoOptions { people, seed, postgres: None }
}

/// SHA-256 of every file below a folder.
fn hashes(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut hashes = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            hashes.extend(self::hashes(&path));
        } else {
            hashes.insert(path.clone(), Sha256::digest(std::fs::read(&path).unwrap()).to_vec());
        }
    }
    hashes
}

fn relative(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let whole = hashes(dir).into_iter();
    whole.map(|(path, hash)| (path.strip_prefix(dir).unwrap().to_path_buf(), hash)).collect()
}

#[test]
fn a_seed_is_the_same_bytes_every_time() {
    let (a, b, c) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    generate(a.path(), &options(1_500, 7)).unwrap();
    generate(b.path(), &options(1_500, 7)).unwrap();
    generate(b.path(), &options(1_500, 7)).unwrap(); // over an earlier demo
    generate(c.path(), &options(1_500, 8)).unwrap();
    assert_eq!(relative(a.path()), relative(b.path()));
    assert_eq!(relative(a.path()).len(), 10, "seven sources, kith.toml, README.md, the truth");
    assert_ne!(relative(a.path()), relative(c.path()));
}

#[test]
fn the_company_has_the_announced_size() {
    let dir = tempfile::tempdir().unwrap();
    let summary = generate(dir.path(), &DemoOptions::default()).unwrap();
    assert_eq!(summary.people, 25_000);
    assert!((58_000..66_000).contains(&summary.rows), "{}", summary.rows);
    assert_eq!(summary.rows, summary.landed + summary.rejected);
    assert_eq!(
        summary.rejected,
        3 + 2 + 2 + 3 + 2 + 1,
        "crm: ragged, encoding, keys; loyalty; tickets; newsletter"
    );
    let truth = truth::read(&summary.truth).unwrap();
    assert_eq!(truth.len() as u64, summary.landed);
    let keys: HashSet<_> = truth.iter().map(|(source, key, ..)| (source, key)).collect();
    assert_eq!(keys.len(), truth.len(), "a key names one record of its source");
    let persons: HashSet<_> = truth.iter().map(|(.., person, _)| person).collect();
    assert_eq!(persons.len(), 25_000, "everybody is in some source");
    let perfect = truth.iter().map(|(source, key, person, _)| (source.clone(), key.clone(), person));
    let score = score(&summary.truth, perfect).unwrap();
    assert_eq!((score.pairwise.f1, score.bcubed.f1, score.missing), (1.0, 1.0, 0));
    assert_eq!(score.true_pairs, summary.true_pairs);
    let nobody = std::iter::empty::<(String, String, u32)>();
    let score = self::score(&summary.truth, nobody).unwrap();
    assert_eq!((score.pairwise.recall, score.missing), (0.0, summary.landed));
}

#[test]
fn each_file_has_the_flaws_that_the_summary_tells() {
    let dir = tempfile::tempdir().unwrap();
    let summary = generate(dir.path(), &options(3_000, 3)).unwrap();
    let of = |source| summary.sources.iter().find(|s| s.source == source).unwrap();
    let read = |name: &str| std::fs::read(dir.path().join(name)).unwrap();

    let crm = read("crm.csv");
    let lines: Vec<&[u8]> = crm.split(|b| *b == b'\n').filter(|l| !l.is_empty()).skip(1).collect();
    assert_eq!(lines.len() as u64, of(Source::Crm).rows);
    assert_eq!(lines.iter().filter(|l| std::str::from_utf8(l).is_err()).count(), 2);
    let keys: HashSet<&[u8]> = lines.iter().map(|l| l.split(|b| *b == b',').next().unwrap()).collect();
    assert_eq!(lines.len() - keys.len(), 2, "two keys stand twice");
    let impossible = |l: &&&[u8]| {
        let text = String::from_utf8_lossy(l);
        hearsay::NO_DAYS.iter().any(|d| text.contains(d))
    };
    assert!(lines.iter().filter(impossible).count() as u64 >= of(Source::Crm).impossible_dates);
    assert!(of(Source::Crm).impossible_dates > 0);

    let newsletter = read("newsletter.csv");
    assert!(std::str::from_utf8(&newsletter).is_err(), "Latin-1, with accents");
    let (text, _, broken) = encoding_rs::WINDOWS_1252.decode(&newsletter);
    assert!(!broken && text.contains('é') && text.contains(';'));
    assert_eq!(text.lines().filter(|l| l.split(';').count() != 9).count(), 1);

    let tickets = String::from_utf8(read("tickets.ndjson")).unwrap();
    let parsed = tickets.lines().filter(|l| serde_json::from_str::<serde_json::Value>(l).is_ok()).count();
    assert_eq!(parsed as u64, of(Source::Tickets).landed);
    assert_eq!(tickets.lines().count() - parsed, 2);

    let mut loyalty = String::new();
    flate2::read::GzDecoder::new(&read("loyalty.csv.gz")[..]).read_to_string(&mut loyalty).unwrap();
    assert_eq!(loyalty.lines().count() as u64, of(Source::Loyalty).rows + 1);

    let shop = rusqlite::Connection::open(dir.path().join("shop.db")).unwrap();
    let count = |table: &str| {
        shop.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(count("customers") as u64, of(Source::Shop).landed);
    assert!(count("orders") > count("customers"));

    use kith_engine::parquet::file::reader::{FileReader, SerializedFileReader};
    let tills =
        SerializedFileReader::new(std::fs::File::open(dir.path().join("tills.parquet")).unwrap()).unwrap();
    assert_eq!(tills.metadata().file_metadata().num_rows() as u64, of(Source::Tills).landed);
}

#[test]
fn the_world_has_the_cases_that_make_identity_hard() {
    let (people, records, _) = imagine(&DemoOptions::default());
    let share = |n: usize, of: usize| n as f64 / of as f64;
    let count = |test: &dyn Fn(&Person) -> bool| people.iter().filter(|p| test(p)).count();
    assert!(count(&|p| p.suffix == "Jr") > 60, "sons with their father's name");
    assert!(count(&|p| p.families.len() > 1) > 1_000, "married names");
    assert!(count(&|p| p.homes.len() > 1) > 8_000, "people who moved");
    assert!(count(&|p| p.family_email.is_some()) > 500, "shared mailboxes");
    let mut born: HashMap<_, usize> = HashMap::new();
    people.iter().for_each(|p| *born.entry((p.household, p.born)).or_default() += 1);
    assert!(born.values().filter(|n| **n > 1).count() > 80, "twins");

    let crm: Vec<_> = records.iter().filter(|r| r.source == Source::Crm).collect();
    let without_birth = crm.iter().filter(|r| r.birth == Birth::Missing).count();
    assert!((0.12..0.16).contains(&share(without_birth, crm.len())), "{without_birth} of {}", crm.len());
    let impossible = crm.iter().filter(|r| matches!(r.birth, Birth::Impossible(_))).count();
    assert!((0.003..0.010).contains(&share(impossible, crm.len())), "{impossible} of {}", crm.len());
    let junk = records.iter().filter(|r| words::JUNK_EMAILS.contains(&r.email.as_str())).count();
    assert!((0.002..0.008).contains(&share(junk, records.len())), "{junk} of {}", records.len());
    let nicknamed = |r: &&Record| {
        let person = &people[r.person as usize];
        !r.given.is_empty() && person.nickname.is_some_and(|n| n == r.given)
    };
    let shop: Vec<_> = records.iter().filter(|r| r.source == Source::Shop).collect();
    assert!((0.08..0.20).contains(&share(shop.iter().copied().filter(nicknamed).count(), shop.len())));
    for source in Source::ALL {
        assert!(records.iter().filter(|r| r.source == source).count() > 3_000, "{source:?}");
    }
}

#[test]
fn bought_rows_answer_an_address_that_one_customer_gave() {
    let (people, records, _) = imagine(&options(5_000, 11));
    let given: HashSet<(u32, &str)> = records
        .iter()
        .filter(|r| r.source != Source::Demographics)
        .map(|r| (r.person, r.email.as_str()))
        .collect();
    for answer in records.iter().filter(|r| r.source == Source::Demographics) {
        assert!(given.contains(&(answer.person, answer.email.as_str())));
        assert!(people[answer.person as usize].emails.contains(&answer.email), "no shared mailbox");
        assert_eq!(answer.key.len(), 64);
    }
}

#[test]
fn a_password_never_reaches_the_configuration() {
    let text = config::kith_toml(Some("postgres://demo:s3cret@localhost/kith"), false);
    assert!(!text.contains("s3cret") && text.contains("url = \"env:PG_URL\""), "{text}");
    let text = config::kith_toml(Some("postgres://demo@localhost/kith"), true);
    assert!(text.contains("url = \"postgres://demo@localhost/kith\"") && !text.contains("crm.csv"));
    assert!(text.contains("password = \"env:PGPASSWORD\""), "{text}");
}

#[test]
fn the_configurations_can_be_read() {
    let url = Some("postgres://demo@localhost/kith");
    let thirty = include_str!("../../../../../fixtures/thirty/kith.toml").to_string();
    let texts =
        [config::kith_toml(None, false), config::kith_toml(url, true), config::kith_toml(url, false), thirty];
    for text in texts {
        if let Err(error) = kith_core::config::parse(&text, "kith.toml") {
            panic!("{error:?}\n{text}");
        }
    }
}

#[test]
fn gzip_has_no_clock_in_it() {
    assert_eq!(gzip(b"x").unwrap(), gzip(b"x").unwrap());
    assert_eq!(gzip(b"x").unwrap()[4..8], [0; 4], "the header's time stamp");
}
