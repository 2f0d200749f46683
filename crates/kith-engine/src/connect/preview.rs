//! A first look at sources, for `kith init`: what there is, its columns and some of their values.

use super::{Connector, Pulled, error, file, postgres, sqlite};
use crate::Result;
use crate::tabular::{CsvOptions, Format, Limits, stem, value_text};
use kith_core::config::SourceKind;
use std::collections::HashSet;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// One source, as far as a look at its first rows tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// How it is read.
    pub kind: SourceKind,
    /// The file as given, for all kinds but PostgreSQL.
    pub path: Option<PathBuf>,
    /// The URL as given, for PostgreSQL.
    pub url: Option<String>,
    /// Where the password came from, as the configuration writes it: `env:PGPASSWORD`.
    pub password: Option<String>,
    /// The table, for databases.
    pub table: Option<String>,
    /// A name for the source, not yet made safe or unique: the file's or the table's.
    pub name: String,
    /// The columns that the source declares as its key.
    pub key: Vec<String>,
    /// The columns, in order.
    pub columns: Vec<PreviewColumn>,
    /// Rows looked at.
    pub rows: u64,
    /// Rows among them that could not be read.
    pub rejected: u64,
}

/// A column and some of its values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PreviewColumn {
    /// Its name, or dotted path.
    pub name: String,
    /// The values of the rows looked at that are not missing, in order.
    pub samples: Vec<String>,
    /// Distinct ones among them.
    pub distinct: u64,
    /// Rows without a value.
    pub nulls: u64,
}

/// Looks at the first `rows` rows of each source that `spec` names: a file, a folder (its files), an SQLite file or a
/// `postgres://` URL (its tables; `env:NAME` for a URL in the environment). The password of a database is taken from
/// the environment variable PGPASSWORD.
pub fn preview(spec: &str, rows: u64) -> Result<Vec<Preview>> {
    let url = match spec.strip_prefix("env:") {
        Some(name) => {
            Some(super::secret(spec, &kith_core::config::Secret::Env(name.into()), Path::new("."))?)
        }
        None => {
            Some(spec.to_string()).filter(|s| s.starts_with("postgres://") || s.starts_with("postgresql://"))
        }
    };
    if let Some(url) = url {
        return database(spec, &url, rows);
    }
    let path = Path::new(spec);
    let meta = std::fs::metadata(path).map_err(|e| error::io(path, &e))?;
    if !meta.is_dir() {
        return one_file(path, rows, true);
    }
    let entries = std::fs::read_dir(path).map_err(|e| error::io(path, &e))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|e| e.ok()).map(|e| e.path()).collect();
    files.retain(|f| f.is_file() && f.file_name().is_some_and(|n| !n.to_string_lossy().starts_with('.')));
    files.sort();
    let mut found = Vec::new();
    for file in files {
        found.extend(one_file(&file, rows, false)?);
    }
    if found.is_empty() {
        let message = format!("found no sources in the folder {spec}");
        let detail = "It holds no CSV, NDJSON, Parquet or SQLite file.";
        return Err(error::fault(
            "K-SOURCE-KIND",
            spec,
            message,
            detail,
            "Name the files, or another folder.",
        ));
    }
    Ok(found)
}

/// `asked`: the user named this very file, so it must be something; in a folder, other files are passed over.
fn one_file(path: &Path, rows: u64, asked: bool) -> Result<Vec<Preview>> {
    let kind = match kind_of(path)? {
        Some(kind) => kind,
        None if asked => {
            return Err(error::fault(
                "K-SOURCE-KIND",
                path.display(),
                format!("do not know what {} is", path.display()),
                "Neither its name nor its first bytes tell.",
                "Name it .csv, .ndjson, .parquet or .db, or describe it in kith.toml with `kind`.",
            ));
        }
        None => return Ok(Vec::new()),
    };
    let format = match kind {
        SourceKind::Csv => Format::Csv,
        SourceKind::Ndjson => Format::Ndjson,
        SourceKind::Parquet => Format::Parquet,
        _ => {
            let db = sqlite::connect(path)?;
            let tables = sqlite::tables(&db).map_err(|e| sqlite::fault(path, &e))?;
            let look = |table: String| {
                let mut source =
                    sqlite::Table::new(path.into(), table.clone(), Vec::new(), None, Limits::default());
                let blank = blank(kind, Some(path.into()), None, Some(table.clone()), table);
                look(&mut source, blank, rows)
            };
            return tables.into_iter().map(look).collect();
        }
    };
    let mut source = file::RowFile::new(path.into(), format, CsvOptions::default());
    Ok(vec![look(&mut source, blank(kind, Some(path.into()), None, None, stem(path)), rows)?])
}

fn database(spec: &str, url: &str, rows: u64) -> Result<Vec<Preview>> {
    let password = std::env::var("PGPASSWORD").ok();
    let server = postgres::Server::new(spec, url, !spec.starts_with("env:"), password.clone())?;
    let look = |table: String| {
        let mut source =
            postgres::Table::new(server.clone(), table.clone(), Vec::new(), None, Limits::default());
        let name = table.rsplit('.').next().unwrap_or(&table).to_string();
        let mut blank = blank(SourceKind::Postgres, None, Some(spec.into()), Some(table), name);
        blank.password = password.as_ref().map(|_| "env:PGPASSWORD".into());
        look(&mut source, blank, rows)
    };
    server.tables()?.into_iter().map(look).collect()
}

fn blank(
    kind: SourceKind,
    path: Option<PathBuf>,
    url: Option<String>,
    table: Option<String>,
    name: String,
) -> Preview {
    let (password, key, columns) = (None, Vec::new(), Vec::new());
    Preview { kind, path, url, password, table, name, key, columns, rows: 0, rejected: 0 }
}

/// By its first bytes, then by its name.
fn kind_of(path: &Path) -> Result<Option<SourceKind>> {
    let mut first = [0; 16];
    let mut file = std::fs::File::open(path).map_err(|e| error::io(path, &e))?;
    let n = file.read(&mut first).map_err(|e| error::io(path, &e))?;
    if first[..n].starts_with(b"SQLite format 3\0") {
        return Ok(Some(SourceKind::Sqlite));
    }
    if first[..n].starts_with(b"PAR1") {
        return Ok(Some(SourceKind::Parquet));
    }
    let extension = path.extension().map(|e| e.to_ascii_lowercase());
    Ok(match Format::of(path) {
        Some(Format::Csv) => Some(SourceKind::Csv),
        Some(Format::Ndjson) => Some(SourceKind::Ndjson),
        Some(Format::Parquet) => Some(SourceKind::Parquet),
        None if extension.is_some_and(|e| e == "db" || e == "sqlite" || e == "sqlite3") => {
            Some(SourceKind::Sqlite)
        }
        None => None,
    })
}

fn look(source: &mut dyn Connector, mut preview: Preview, rows: u64) -> Result<Preview> {
    preview.key = source.key()?;
    for name in source.columns()?.unwrap_or_default() {
        preview.columns.push(PreviewColumn { name, ..PreviewColumn::default() });
    }
    if rows > 0 {
        source.pull(None, &mut |pulled| {
            preview.rows += 1;
            match pulled {
                Pulled::Row { row, .. } => {
                    for (name, value) in &row {
                        let Some(text) = value_text(value).filter(|t| !t.trim().is_empty()) else { continue };
                        column(&mut preview.columns, name).samples.push(text.into_owned());
                    }
                }
                _ => preview.rejected += 1,
            }
            Ok(if preview.rows < rows { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
    }
    let readable = preview.rows - preview.rejected;
    for column in &mut preview.columns {
        column.nulls = readable.saturating_sub(column.samples.len() as u64);
        column.distinct = column.samples.iter().collect::<HashSet<_>>().len() as u64;
    }
    Ok(preview)
}

fn column<'a>(columns: &'a mut Vec<PreviewColumn>, name: &str) -> &'a mut PreviewColumn {
    let index = columns.iter().position(|c| c.name == name).unwrap_or_else(|| {
        columns.push(PreviewColumn { name: name.into(), ..PreviewColumn::default() });
        columns.len() - 1
    });
    &mut columns[index]
}
