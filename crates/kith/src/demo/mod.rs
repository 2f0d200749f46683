//! A small company on disk, to try Kith on: invented people in seven sources that disagree in format and quality, with
//! the truth kept aside.
//!
//! Reads: nothing. Decides: everything from one seed, so that a seed is the same bytes every time. Writes: the seven
//! sources, `kith.toml`, `README.md` and `truth/truth.csv.gz` into one folder (the CRM into PostgreSQL if asked).
//! Fails: when a file can not be written or the database not be reached.
//!
//! 1. `people`: households of people with their histories: weddings, moves, new telephones, twins, Jr and Sr.
//! 2. `records`: which source came to know whom; `hearsay`: what it knows, with gaps and slips.
//! 3. `sources`: each source writes its records in its own format, and a few lines that nobody could read.
//! 4. `truth`: whose record is whose, for `score`; the main job never opens it.

pub mod config;
pub mod hearsay;
pub mod noise;
pub mod people;
pub mod person;
pub mod places;
pub mod postgres;
pub mod records;
pub mod rng;
pub mod score;
pub mod sources;
pub mod truth;
pub mod words;
#[cfg(test)]
mod tests;

pub use score::{DemoScore, score};

use people::{Person, World};
use records::{Record, Source};
use rng::Rng;
use serde::Serialize;
use sources::SourceSummary;
use std::path::{Path, PathBuf};

/// What company to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoOptions {
    /// How many people it knows.
    pub people: u32,
    /// The same seed makes the same company.
    pub seed: u64,
    /// `postgres://…`: put the CRM into a table of this database instead of `crm.csv`. The password may come from
    /// `PGPASSWORD`.
    pub postgres: Option<String>,
}

impl Default for DemoOptions {
    fn default() -> DemoOptions {
        DemoOptions { people: 25_000, seed: 42, postgres: None }
    }
}

/// What was made, and what a careful reader should find in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DemoSummary {
    /// People in the world.
    pub people: u64,
    /// Their households.
    pub households: u64,
    /// Rows in all sources, broken ones too.
    pub rows: u64,
    /// Rows that can be landed.
    pub landed: u64,
    /// Rows that must be refused.
    pub rejected: u64,
    /// Pairs of landed records that are of one person.
    pub true_pairs: u64,
    /// Source by source.
    pub sources: Vec<SourceSummary>,
    /// The project's configuration.
    pub config: PathBuf,
    /// The truth.
    pub truth: PathBuf,
}

/// Why the company could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk: whoever runs the demo can mend it.
    #[error(
        "K-DEMO-WRITE: could not write {path}: {cause}. Choose a folder that you may write to, with 50 MB free."
    )]
    Write { path: PathBuf, cause: std::io::Error },
    /// The truth is gone or is no truth.
    #[error(
        "K-DEMO-TRUTH: could not read the demo's truth {path}: {cause}. Make the demo anew with `kith demo`."
    )]
    Truth { path: PathBuf, cause: std::io::Error },
    /// The web shop's file.
    #[error(
        "K-DEMO-SQLITE: could not write the web shop {path}: {cause}. Close what has it open, or choose another folder."
    )]
    Sqlite { path: PathBuf, cause: rusqlite::Error },
    /// The tills' file.
    #[error(
        "K-DEMO-PARQUET: could not write the tills {path}: {cause}. Choose a folder that you may write to."
    )]
    Parquet { path: PathBuf, cause: kith_engine::parquet::errors::ParquetError },
    /// The database.
    #[error(
        "K-DEMO-POSTGRES: could not put the CRM into PostgreSQL: {cause}. See that it runs and that the user may create tables, or leave out `--postgres`."
    )]
    Postgres { cause: String },
}

/// Where the truth is kept; a folder that has it is a demo's.
pub const TRUTH_FOLDER: &str = "truth";

/// Makes the company in a folder, which is made too if it is missing. Files of an earlier demo are overwritten.
pub fn generate(dir: &Path, options: &DemoOptions) -> Result<DemoSummary, Error> {
    std::fs::create_dir_all(dir).map_err(|cause| Error::Write { path: dir.into(), cause })?;
    let (people, mut records, mut rng) = imagine(options);
    let sources = write_sources(dir, options, &people, &mut records, &mut rng)?;
    let config = config::kith_toml(options.postgres.as_deref(), postgres::password().is_some());
    let config = sources::save(dir, "kith.toml", config.as_bytes())?;
    sources::save(dir, "README.md", config::readme(options.postgres.is_some()).as_bytes())?;
    let truth = truth::write(dir, &mut records)?;
    Ok(DemoSummary {
        people: people.len() as u64,
        households: people.last().map_or(0, |p| u64::from(p.household) + 1),
        rows: sources.iter().map(|s| s.rows).sum(),
        landed: sources.iter().map(|s| s.landed).sum(),
        rejected: sources.iter().map(SourceSummary::rejected_total).sum(),
        true_pairs: truth::pairs(&records),
        sources,
        config,
        truth,
    })
}

/// The world and what the sources know of it; nothing is written yet.
fn imagine(options: &DemoOptions) -> (Vec<Person>, Vec<Record>, Rng) {
    let mut world = World::new(options.seed);
    let people = world.people(options.people);
    let mut records: Vec<Record> = people.iter().flat_map(|p| records::chapters(&mut world, p)).collect();
    let answers = sources::demographics::answers(&people, &records, &mut world.rng);
    records.extend(answers);
    (people, records, world.rng)
}

fn write_sources(
    dir: &Path,
    options: &DemoOptions,
    people: &[Person],
    records: &mut [Record],
    rng: &mut Rng,
) -> Result<Vec<SourceSummary>, Error> {
    let mut summaries = Vec::new();
    for source in Source::ALL {
        // In order of creation, as systems number their rows; within a day the order says nothing of the person.
        let mut rows: Vec<&mut Record> = records.iter_mut().filter(|r| r.source == source).collect();
        rng.shuffle(&mut rows);
        rows.sort_by_key(|r| (r.created, r.second));
        summaries.push(match (source, &options.postgres) {
            (Source::Crm, Some(url)) => sources::crm::write_postgres(url, &mut rows, rng)?,
            (Source::Crm, None) => sources::crm::write(dir, &mut rows, rng)?,
            (Source::Loyalty, _) => sources::loyalty::write(dir, &mut rows, rng)?,
            (Source::Shop, _) => sources::shop::write(dir, &mut rows, rng)?,
            (Source::Tills, _) => sources::tills::write(dir, &mut rows, rng)?,
            (Source::Tickets, _) => sources::tickets::write(dir, &mut rows, rng)?,
            (Source::Newsletter, _) => sources::newsletter::write(dir, &mut rows, rng)?,
            (Source::Demographics, _) => sources::demographics::write(dir, people, &mut rows, rng)?,
        });
    }
    Ok(summaries)
}
