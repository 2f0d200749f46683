//! `kith init`: looks at sources, recognises what their columns mean, and writes a `kith.toml` that a person can read
//! and correct.
//!
//! 1. Look at the first rows of every source that was named; a database gives its tables.
//! 2. Recognise the columns, by name and content.
//! 3. A table that says nothing of a person (no name, no way to reach anybody) is left out, and the report says so.
//! 4. The key is what the source declares, else a column that was recognised as one and never repeats. A key that
//!    another source names its customers by is a customer's identifier as well ([`keys`]).
//! 5. The region, for phone numbers without a country code, is what most rows say; else what the machine is set to.

mod keys;
mod region;

use crate::connect::{self, Preview};
use crate::disk::replace_file;
use crate::error::{Error, Result};
use kith_core::config::{Collect, Config, Mapping, Project, Secret, Source, SourceKind, Unmapped};
use kith_core::field::{Field, Target};
use kith_core::id::{SourceName, Tenant};
use kith_core::recognise::{self, Column, Guess};
use kith_dedupe::slot::kind_of;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Rows of each source that are looked at: enough for a guess, little enough for a remote database.
const ROWS: u64 = 2000;

/// How to begin.
#[derive(Clone, Debug, Default)]
pub struct InitOptions {
    /// The project's name; `None` = the folder's.
    pub name: Option<String>,
    /// The default country; `None` = found out.
    pub region: Option<String>,
    /// Replace an existing `kith.toml`.
    pub force: bool,
}

/// What was found and written.
#[derive(Clone, Debug, Serialize)]
pub struct InitReport {
    /// The file that was written.
    pub file: String,
    /// The default country.
    pub region: Option<String>,
    /// Why it was chosen.
    pub region_reason: String,
    /// The sources, in order of trust.
    pub sources: Vec<InitSource>,
    /// What was looked at and left out.
    pub left_out: Vec<LeftOut>,
}

/// One source as it was recognised.
#[derive(Clone, Debug, Serialize)]
pub struct InitSource {
    /// Its name in Kith.
    pub name: String,
    /// `csv`, `sqlite` …
    pub kind: String,
    /// The file or address, and the table.
    pub place: String,
    /// Rows looked at.
    pub rows: u64,
    /// The key columns; empty = a hash of the row.
    pub key: Vec<String>,
    /// The columns.
    pub columns: Vec<InitColumn>,
}

/// One column as it was recognised.
#[derive(Clone, Debug, Serialize)]
pub struct InitColumn {
    /// Its name.
    pub column: String,
    /// The field, or piece of one; `None` = not used.
    pub field: Option<String>,
    /// How sure that is, 0..1.
    pub certainty: f64,
    /// Why.
    pub reason: String,
}

/// A table or file that is no source of customers.
#[derive(Clone, Debug, Serialize)]
pub struct LeftOut {
    /// The file or address, and the table.
    pub place: String,
    /// Why.
    pub reason: String,
}

/// Looks at sources and writes `kith.toml` in a folder.
pub fn init(specs: &[String], dir: &Path, options: &InitOptions) -> Result<InitReport> {
    let file = dir.join("kith.toml");
    if file.exists() && !options.force {
        let help = "Edit it, or say --force to replace it.";
        return Err(Error::input("K-INIT-EXISTS", format!("{} exists already", file.display()), help));
    }
    if specs.is_empty() {
        let help = "Name files, folders or databases: kith init crm.csv shop.db postgres://user@host/db";
        return Err(Error::input("K-INIT-NOTHING", "no source was named", help));
    }
    let mut report = InitReport {
        file: file.display().to_string(),
        region: None,
        region_reason: String::new(),
        sources: Vec::new(),
        left_out: Vec::new(),
    };
    let mut sources = Vec::new();
    let mut countries = BTreeMap::new();
    let mut found = Vec::new();
    for spec in specs {
        for preview in connect::preview(spec, ROWS)? {
            let guesses = guess(&preview);
            if let Some(reason) = no_customers(&preview, &guesses) {
                report.left_out.push(LeftOut { place: place(&preview), reason });
                continue;
            }
            region::count(&preview, &guesses, &mut countries);
            found.push((preview, guesses));
        }
    }
    keys::share(&mut found);
    for (preview, guesses) in found {
        let (source, shown) = describe(&preview, guesses, dir, &sources)?;
        sources.push(source);
        report.sources.push(shown);
    }
    if sources.is_empty() {
        let reasons: Vec<String> =
            report.left_out.iter().map(|l| format!("{}: {}", l.place, l.reason)).collect();
        let help = "Name the columns so that they say what they hold (first_name, email, phone …), or write kith.toml by hand.";
        return Err(Error::input(
            "K-INIT-NO-CUSTOMERS",
            format!("no customers were found ({})", reasons.join("; ")),
            help,
        ));
    }
    (report.region, report.region_reason) = region::choose(options, &countries);
    let project = Project {
        name: options.name.clone().unwrap_or_else(|| folder_name(dir)),
        tenant: Tenant::default_tenant(),
        region: report.region.clone(),
        confidence: Project::CONFIDENCE,
    };
    write(&file, &config(project, sources).to_toml())?;
    Ok(report)
}

fn config(project: Project, sources: Vec<Source>) -> Config {
    Config {
        project,
        sources,
        survivorship: Vec::new(),
        rules: Vec::new(),
        traits: Vec::new(),
        collect: Collect::default(),
        contexts: Vec::new(),
        figures: Vec::new(),
        catalogs: Vec::new(),
        throughs: Vec::new(),
        connections: Vec::new(),
        copies: Default::default(),
        sign_on: None,
    }
}

fn guess(preview: &Preview) -> Vec<Guess> {
    let readable = preview.rows - preview.rejected;
    let columns: Vec<Column> = preview
        .columns
        .iter()
        .map(|c| Column {
            name: &c.name,
            samples: c.samples.iter().map(String::as_str).collect(),
            rows: readable,
            distinct: c.distinct,
            nulls: c.nulls,
        })
        .collect();
    recognise::recognise(&columns)
}

/// Why a table holds no customers, if it holds none.
fn no_customers(preview: &Preview, guesses: &[Guess]) -> Option<String> {
    if preview.rows == 0 {
        return Some("it has no rows".into());
    }
    // A table of settings or products has a `name` too: only with something else of a person does it name one.
    let mut fields: Vec<Field> = guesses.iter().filter_map(|g| g.field).collect();
    fields.sort();
    fields.dedup();
    let reaches = fields
        .iter()
        .any(|f| matches!(f, Field::Email | Field::EmailSha256 | Field::Phone | Field::NationalId));
    let says = |f: &&Field| kind_of(**f).is_some() && !slot_is_free(**f);
    let named = fields.iter().any(|f| matches!(f, Field::FullName | Field::FamilyName | Field::Company));
    let others = fields.iter().filter(says).count() + usize::from(fields.contains(&Field::FullName));
    let person = reaches || (named && others > 1);
    (!person).then(|| "no columns name a person or company and say something more of them".into())
}

/// Fields that describe anything, not only a person.
fn slot_is_free(field: Field) -> bool {
    matches!(field, Field::Category | Field::Text | Field::Number | Field::Date)
}

fn describe(
    preview: &Preview,
    guesses: Vec<Guess>,
    dir: &Path,
    before: &[Source],
) -> Result<(Source, InitSource)> {
    let name = free_name(&preview.name, before)?;
    let mut source = Source::new(name, preview.kind, before.len() as u32 + 1);
    source.path = preview.path.as_deref().map(|path| relative(path, dir));
    source.url = preview.url.as_deref().map(Secret::from_text);
    source.password = preview.password.as_deref().map(Secret::from_text);
    source.table = preview.table.clone();
    source.key = keys::of(preview, &guesses);
    let mut columns = Vec::new();
    for (column, guess) in preview.columns.iter().zip(guesses) {
        let note = format!("{:.2}: {}", guess.certainty, guess.reason);
        match guess.target() {
            Some(target) if target.field == Field::UpdatedAt && source.updated_at.is_none() => {
                source.updated_at = Some(column.name.clone());
            }
            Some(Target { field: Field::RecordKey | Field::Source | Field::UpdatedAt, .. }) => {}
            Some(target) if sure_enough(target.field, guess.certainty) => {
                source.fields.push(Mapping { column: column.name.clone(), target, note });
            }
            Some(target) => {
                let note = format!("perhaps {target}, {note}");
                source.unmapped.push(Unmapped { column: column.name.clone(), note });
            }
            None => {
                source.unmapped.push(Unmapped { column: column.name.clone(), note: guess.reason.clone() })
            }
        }
        columns.push(InitColumn {
            column: column.name.clone(),
            field: guess.target().map(|t| t.to_string()),
            certainty: guess.certainty,
            reason: guess.reason,
        });
    }
    let shown = InitSource {
        name: source.name.as_str().into(),
        kind: preview.kind.name().into(),
        place: place(preview),
        rows: preview.rows,
        key: source.key.clone(),
        columns,
    };
    Ok((source, shown))
}

/// What describes the row rather than the person (a total, a subject, a day of purchase) is left to people to map,
/// and so is what only looks like something: a wrong field costs more than a missing one.
fn sure_enough(field: Field, certainty: f64) -> bool {
    match field {
        Field::Number | Field::Text | Field::Date => false,
        Field::Category => certainty >= 0.9,
        _ => certainty >= 0.7,
    }
}

/// `Kunden 2024.csv` becomes `kunden_2024`; a name that is taken gets a number.
fn free_name(wanted: &str, before: &[Source]) -> Result<SourceName> {
    let mut plain: String = wanted
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect::<String>()
        .trim_matches('_')
        .to_string();
    if !plain.starts_with(|c: char| c.is_ascii_lowercase()) {
        plain.insert_str(0, "s_");
    }
    plain.truncate(60);
    let taken = |name: &str| before.iter().any(|s| s.name.as_str() == name);
    let mut name = plain.clone();
    let mut number = 2;
    while taken(&name) {
        name = format!("{plain}_{number}");
        number += 1;
    }
    SourceName::try_from(name.as_str()).map_err(|e| Error::internal("a source can not be named", e))
}

/// A path inside the project's folder is written relative to it; any other is made absolute.
fn relative(path: &Path, dir: &Path) -> PathBuf {
    let (Ok(path), Ok(dir)) = (path.canonicalize(), dir.canonicalize()) else { return path.into() };
    path.strip_prefix(&dir).map_or(path.clone(), Path::to_path_buf)
}

fn place(preview: &Preview) -> String {
    let address = match preview.kind {
        SourceKind::Postgres => preview.url.clone().unwrap_or_default(),
        _ => preview.path.as_ref().map(|p| p.display().to_string()).unwrap_or_default(),
    };
    match &preview.table {
        Some(table) => format!("{address}, table {table}"),
        None => address,
    }
}

fn folder_name(dir: &Path) -> String {
    let dir = dir.canonicalize().unwrap_or_else(|_| dir.to_path_buf());
    dir.file_name().map_or("kith".into(), |name| name.to_string_lossy().into_owned())
}

fn write(file: &Path, text: &str) -> Result<()> {
    let made = file.parent().map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| replace_file(file, text.as_bytes())).map_err(|e| {
        let help = "Check that you may write to the folder.";
        Error::input("K-INIT-WRITE", format!("{} can not be written: {e}", file.display()), help)
    })
}
