//! Sources and refused rows as they stand.

use crate::error::{Error, Result};
use crate::profile::instant;
use crate::profile::shape::{Reject, SourceField, SourceStatus};
use crate::project::Project;
use kith_core::config::Source;
use kith_core::id::SourceName;
use kith_live::Live;

/// The sources of the configuration, in its order.
pub(crate) fn sources(project: &Project) -> Result<Vec<SourceStatus>> {
    let (config, counts) = (project.config(), project.live.sources()?);
    config.sources.iter().map(|source| status(project, source, &counts)).collect()
}

fn status(project: &Project, source: &Source, counts: &[(SourceName, u64)]) -> Result<SourceStatus> {
    let pulled = project.live.cursor(&source.name)?;
    let last = |pick: fn(&kith_core::entry::PulledEntry) -> u64| pulled.as_ref().map_or(0, pick);
    Ok(SourceStatus {
        name: source.name.as_str().to_string(),
        kind: source.kind.name().to_string(),
        records: counts.iter().find(|(name, _)| *name == source.name).map_or(0, |(_, n)| *n),
        read: last(|p| p.read),
        landed: last(|p| p.landed),
        unchanged: last(|p| p.unchanged),
        rejected: last(|p| p.rejected),
        removed: last(|p| p.removed),
        last_pulled_at: pulled.as_ref().map(|p| instant(p.ended_at_ms)),
        rank: source.rank,
        stream: project.stream_status(source),
        fields: source
            .fields
            .iter()
            .map(|m| SourceField { column: m.column.clone(), field: m.target.to_string() })
            .collect(),
    })
}

/// Refused rows, newest first.
pub(crate) fn rejects(live: &Live, source: Option<&str>, limit: usize) -> Result<Vec<Reject>> {
    let name = source.map(SourceName::try_from).transpose().map_err(|e| {
        Error::input("K-SOURCE-UNKNOWN", e.to_string(), "`kith sources` lists the sources of the project.")
    })?;
    let found = live.rejects(name.as_ref(), limit)?;
    let shown = found.into_iter().map(|(position, reject)| Reject {
        position,
        source: reject.source.as_str().to_string(),
        place: reject.place,
        code: reject.code,
        reason: reject.reason,
        original: String::from_utf8_lossy(&unhex(&reject.original_hex)).into_owned(),
        original_hex: reject.original_hex,
    });
    Ok(shown.collect())
}

fn unhex(hex: &str) -> Vec<u8> {
    let digit = |b: u8| char::from(b).to_digit(16).unwrap_or(0) as u8;
    hex.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}
