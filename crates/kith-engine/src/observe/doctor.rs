//! `kith doctor`: is everything there that a run needs? Each check says what to do if it is not good.

use crate::backup::last_made;
use crate::collect::streams;
use crate::connect;
use crate::error::Error;
use crate::project::{DATA_DIR, Project, read_config};
use crate::remote::Connections;
use crate::resolve::model;
use kith_core::config::{Catalog, Config, Source};
use kith_core::suggest::closest;
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::Path;

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct DoctorReport {
    /// This Kith's version.
    pub version: String,
    /// The checks, in order.
    pub checks: Vec<DoctorCheck>,
    /// True if all are good.
    pub good: bool,
}

/// One check.
#[derive(Clone, Debug, Serialize)]
pub struct DoctorCheck {
    /// What was looked at.
    pub name: String,
    /// True if it is as it should be.
    pub good: bool,
    /// What was found.
    pub detail: String,
    /// What to do, if it is not good.
    pub help: Option<String>,
}

/// A run of the demo writes some 300 MB; below this a run of a real project is likely to end half way.
const DISK_FREE_MIN_BYTES: u64 = 1 << 30;

/// Looks at a project's folder and at what it refers to. Works where the project can not be opened.
pub fn doctor(dir: &Path) -> DoctorReport {
    let mut checks = vec![version()];
    let config = match read_config(dir) {
        Ok(config) => {
            let detail =
                format!("{} sources, tenant {}", config.sources.len(), config.project.tenant.as_str());
            checks.push(good("kith.toml", detail));
            Some(config)
        }
        Err(e) => {
            checks.push(bad("kith.toml", &e));
            None
        }
    };
    checks.push(writable(dir));
    checks.push(disk_space(dir));
    if let Some(config) = config {
        checks.extend(config.sources.iter().map(|s| source("source", s, dir).0));
        checks.extend(config.catalogs.iter().flat_map(|catalog| shelf(catalog, &config, dir)));
        checks.extend(connections(&config, dir));
        checks.push(policies(dir));
        checks.push(model_file(dir));
        checks.push(data(dir, &config));
        checks.push(backup(dir));
    }
    let all_good = checks.iter().all(|c| c.good);
    DoctorReport { version: env!("CARGO_PKG_VERSION").into(), checks, good: all_good }
}

fn good(name: &str, detail: impl Into<String>) -> DoctorCheck {
    DoctorCheck { name: name.into(), good: true, detail: detail.into(), help: None }
}

fn bad(name: &str, error: &Error) -> DoctorCheck {
    DoctorCheck {
        name: name.into(),
        good: false,
        detail: error.to_string(),
        help: Some(error.help().to_string()),
    }
}

fn version() -> DoctorCheck {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    good("kith", format!("version {} on {os} {arch}, {threads} threads", env!("CARGO_PKG_VERSION")))
}

fn writable(dir: &Path) -> DoctorCheck {
    let data = dir.join(DATA_DIR);
    let probe = if data.is_dir() { data.join(".probe") } else { dir.join(".kith-probe") };
    let tried = std::fs::write(&probe, b"kith").and_then(|()| std::fs::remove_file(&probe));
    match tried {
        Ok(()) => good("data directory", format!("{} can be written", data.display())),
        Err(e) => {
            let error = Error::data(
                "K-DATA-DISK",
                format!("{} can not be written: {e}", data.display()),
                "Give this user the right to write there, or choose another folder.",
            );
            bad("data directory", &error)
        }
    }
}

/// Never bad: who keeps copies, and how, is not Kith's to know.
fn backup(dir: &Path) -> DoctorCheck {
    match last_made(dir) {
        Some(last) => {
            good("backup", format!("the last was made at {}, {}", last.made_at, last.path.display()))
        }
        None => good("backup", "none was made by `kith backup create`"),
    }
}

fn disk_space(dir: &Path) -> DoctorCheck {
    let existing = if dir.is_dir() { dir } else { Path::new(".") };
    match fs4::available_space(existing) {
        Ok(free) if free >= DISK_FREE_MIN_BYTES => good("disk space", format!("{} free", megabytes(free))),
        Ok(free) => {
            let help = "Make room: a run needs space for the log, the store and the lake tables.";
            bad("disk space", &Error::data("K-DATA-DISK", format!("only {} free", megabytes(free)), help))
        }
        Err(e) => {
            let help = "Check that the folder exists.";
            bad("disk space", &Error::data("K-DATA-DISK", format!("free space is not known: {e}"), help))
        }
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes / 1_000_000)
}

/// Whether it can be read, and its columns where they are fixed.
fn source(what: &str, source: &Source, dir: &Path) -> (DoctorCheck, Option<Vec<String>>) {
    let name = format!("{what} {}", source.name.as_str());
    match streams::probe(source, dir) {
        Ok(Some(found)) => return (good(&name, format!("can be followed: {found}")), None),
        Ok(None) => {}
        Err(e) => return (bad(&name, &e), None),
    }
    let looked = connect::open(source, dir).and_then(|mut connector| {
        let columns = connector.columns()?;
        // The first row tells whether it can be read at all.
        connector.pull(None, &mut |_| Ok(ControlFlow::Break(())))?;
        Ok(columns)
    });
    match looked {
        Ok(Some(columns)) => (good(&name, format!("can be read, {} columns", columns.len())), Some(columns)),
        Ok(None) => (good(&name, "can be read"), None),
        Err(e) => (bad(&name, &e), None),
    }
}

/// A catalogue, and the traits that are read through a column that it has not.
fn shelf(catalog: &Catalog, config: &Config, dir: &Path) -> Vec<DoctorCheck> {
    let (check, columns) = source("catalog", &catalog.source, dir);
    let mut checks = vec![check];
    let Some(columns) = columns else { return checks };
    let missing = config.throughs.iter().filter(|(_, through)| {
        // A JSON column of a database holds what stands behind its name.
        let has = |column: &String| {
            through
                .column
                .strip_prefix(column.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        through.catalog == *catalog.name() && !columns.iter().any(has)
    });
    checks.extend(missing.map(|(name, through)| {
        let help = match closest(&through.column, columns.iter().map(String::as_str)) {
            Some(near) => format!("Did you mean {near:?}? Correct `through` in kith.toml."),
            None => format!("Correct `through` in kith.toml. The columns are: {}.", columns.join(", ")),
        };
        let message =
            format!("the catalogue {:?} has no column {:?}", catalog.name().as_str(), through.column);
        bad(&format!("trait {name}"), &Error::input("K-CATALOG-COLUMN", message, help))
    }));
    checks
}

/// Whether each database that SQL reads where it is can be reached.
fn connections(config: &Config, dir: &Path) -> Vec<DoctorCheck> {
    let probed = Connections::of(&config.connections, dir).probe().into_iter();
    let check = |(name, tables): (String, Result<usize, Error>)| {
        let name = format!("connection {name}");
        match tables {
            Ok(tables) => good(&name, format!("can be read, {tables} tables")),
            Err(e) => bad(&name, &e),
        }
    };
    probed.map(check).collect()
}

fn policies(dir: &Path) -> DoctorCheck {
    match crate::policy::check(dir) {
        Ok(found) => {
            good("policies", format!("{} policies, {} labels of columns", found.policies, found.labels))
        }
        Err(error) => bad("policies", &error),
    }
}

fn model_file(dir: &Path) -> DoctorCheck {
    match model::read(&dir.join("model.toml")) {
        Ok(Some(_)) => good("model.toml", "there, and can be read"),
        Ok(None) => good("model.toml", "not there yet: the first `kith run` writes it"),
        Err(e) => bad("model.toml", &e),
    }
}

/// Opens the project: the lock, the format, the log's checksums at its end.
fn data(dir: &Path, config: &Config) -> DoctorCheck {
    if !dir.join(DATA_DIR).join("log").is_dir() {
        return good("data", "none yet: the first `kith run` makes it");
    }
    match Project::open(dir) {
        Ok(project) => {
            let detail = format!(
                "log at position {}, tenant {}",
                project.position().0,
                config.project.tenant.as_str()
            );
            good("data", detail)
        }
        Err(e) => bad("data", &e),
    }
}
