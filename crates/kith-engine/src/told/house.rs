//! `kith.source`, `kith.copy`, `kith.run`, `kith.metric`: small, and made whole.

use super::Told;
use crate::error::{Error, Result};
use crate::lake::sheet::{Cell, Sheet};
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use std::sync::Arc;

fn table(sheet: Sheet) -> Result<Arc<dyn TableProvider>> {
    let batch = sheet.finish().map_err(|e| Error::internal("a table of Kith's own can not be built", e))?;
    let table = MemTable::try_new(batch.schema(), vec![vec![batch]]);
    Ok(Arc::new(table.map_err(|e| Error::internal("rows are no table", e))?))
}

pub(super) fn sources(told: &Told) -> Result<Arc<dyn TableProvider>> {
    let mut sheet = Sheet::of("kith.source");
    let counts = told.live.sources()?;
    let mut names: Vec<_> = told.config.sources.iter().map(|source| source.name.clone()).collect();
    names.extend(counts.iter().map(|(name, _)| name.clone()));
    names.sort_unstable();
    names.dedup();
    for name in names {
        let kind = told.config.sources.iter().find(|source| source.name == name).map(|s| s.kind.name());
        let records = counts.iter().find(|(known, _)| *known == name).map_or(0, |(_, records)| *records);
        let pulled = told.live.cursor(&name)?;
        let of = |pick: fn(&kith_core::entry::PulledEntry) -> u64| {
            pulled.as_ref().map_or(Cell::Null, |pulled| pick(pulled).into())
        };
        sheet.push(&[
            Cell::Text(name.as_str()),
            kind.into(),
            records.into(),
            of(|p| p.read),
            of(|p| p.landed),
            of(|p| p.unchanged),
            of(|p| p.rejected),
            of(|p| p.removed),
            pulled.as_ref().map_or(Cell::Null, |pulled| Cell::Time(pulled.ended_at_ms)),
        ]);
    }
    table(sheet)
}

pub(super) fn copies(told: &Told) -> Result<Arc<dyn TableProvider>> {
    let mut sheet = Sheet::of("kith.copy");
    let time = |ms: Option<i64>| ms.map_or(Cell::Null, Cell::Time);
    for (copy, taken_at_ms, checked_at_ms) in told.copies.list_with_times()? {
        sheet.push(&[
            Cell::Text(&copy.table),
            Cell::Text(copy.mode),
            Cell::Text(copy.read_from),
            copy.owner.as_deref().into(),
            copy.purpose.as_deref().into(),
            copy.expires.as_deref().into(),
            copy.rows.map_or(Cell::Null, Into::into),
            copy.bytes.map_or(Cell::Null, Into::into),
            time(taken_at_ms),
            time(checked_at_ms),
            copy.rows_differed.map_or(Cell::Null, Into::into),
        ]);
    }
    table(sheet)
}

pub(super) fn runs(told: &Told) -> Result<Arc<dyn TableProvider>> {
    let mut sheet = Sheet::of("kith.run");
    for (position, run) in &told.seen().runs {
        sheet.push(&[
            position.0.into(),
            run.resolved_at_ms.map_or(Cell::Null, Cell::Time),
            run.up_to.0.into(),
            run.nodes.into(),
            run.profiles.into(),
            if run.largest == 0 { Cell::Null } else { run.largest.into() },
            Cell::Float(run.confidence),
        ]);
    }
    table(sheet)
}

pub(super) fn metrics(told: &Told) -> Result<Arc<dyn TableProvider>> {
    let mut sheet = Sheet::of("kith.metric");
    let mut put = |name: &str, source: Option<&str>, value: u64| {
        sheet.push(&[Cell::Text(name), Cell::Text(source.unwrap_or_default()), value.into()]);
    };
    put("records", None, told.live.node_count()?);
    put("log_position", None, told.live.position().0);
    put("log_bytes", None, told.live.log_bytes());
    let mut profiles = 0;
    for profile in told.live.profiles() {
        profile?;
        profiles += 1;
    }
    put("profiles", None, profiles);
    if let Some(collector) = &told.collector {
        put("events_position", None, collector.events().position().0);
        for (source, counted) in collector.events().counts() {
            let source = Some(source.as_str());
            put("events_received", source, counted.received);
            put("events_accepted", source, counted.accepted);
            put("events_duplicate", source, counted.duplicate);
            put("events_refused", source, counted.refused);
        }
    }
    table(sheet)
}
