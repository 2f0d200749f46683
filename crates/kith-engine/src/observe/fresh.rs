//! How fresh is each view? Each says up to which position of its log it is complete, so the answer is exact.

use crate::collect::events::{PlanFault, SourceStream};
use crate::error::Result;
use crate::lake::TableName;
use crate::profile::instant;
use crate::project::Project;
use kith_core::config::Source;
use kith_core::entry::Entry;
use kith_core::id::Position;
use serde::Serialize;
use utoipa::ToSchema;

/// An entry that says when it came is looked for among so many of those that a view lacks.
const LOOK_AT: usize = 100;

/// Every view.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Freshness {
    /// When it was looked at, RFC 3339.
    pub at: String,
    /// Records that are alive.
    pub records: u64,
    /// The views.
    pub views: Vec<View>,
    /// Users and visitors of whom events told something new, and who wait to be resolved with it.
    pub unresolved: u64,
    /// Files that should be in force and are not; what was in force before holds.
    pub faults: Vec<FileFault>,
    /// The streams that sources follow.
    pub streams: Vec<SourceStream>,
}

/// Something that is computed from a log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct View {
    /// What it is.
    pub name: String,
    /// `records` or `events`: the log that it is computed from.
    pub log: String,
    /// Up to where it is complete.
    pub position: u64,
    /// How many entries it lacks.
    pub behind: u64,
    /// How long ago the oldest of them came, seconds; none where nothing is missing.
    pub behind_seconds: Option<f64>,
    /// When it catches up.
    pub catches_up: String,
    /// True where that is by itself, a moment or a minute later; false where somebody has to do something.
    pub by_itself: bool,
}

/// A file that can not be taken as it is now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FileFault {
    /// The file, as `kith.toml` names it.
    pub file: String,
    /// What is wrong with it.
    #[serde(flatten)]
    pub fault: PlanFault,
}

/// Entries of a log behind a position, oldest first.
type Missing<'a> = &'a dyn Fn(Position) -> Result<Vec<Entry>>;

/// One of the two logs.
struct Log<'a> {
    name: &'static str,
    end: Position,
    now_ms: i64,
    missing: Missing<'a>,
}

impl Log<'_> {
    fn view(&self, name: &str, position: Position, catches_up: &str, by_itself: bool) -> Result<View> {
        let behind = self.end.0.saturating_sub(position.0);
        let oldest = if behind == 0 { Vec::new() } else { (self.missing)(position)? };
        let came = oldest.iter().find_map(Entry::came_at_ms);
        Ok(View {
            name: name.into(),
            log: self.name.into(),
            position: position.0,
            behind,
            behind_seconds: came.map(|came| self.now_ms.saturating_sub(came).max(0) as f64 / 1000.0),
            catches_up: catches_up.into(),
            by_itself,
        })
    }
}

/// Looks at every view.
pub(crate) fn freshness(project: &Project) -> Result<Freshness> {
    let live = &project.live;
    let now_ms = live.now_ms();
    // The views' positions are read before the log's end, so none is ahead of it.
    let (found, master) =
        (live.search_position(), project.lake.position(&TableName::new("master", "customer"))?);
    let missing = |from: Position| -> Result<Vec<Entry>> {
        Ok(live.log_from(Position(from.0 + 1)).take(LOOK_AT).filter_map(Result::ok).map(|(_, e)| e).collect())
    };
    let records = Log { name: "records", end: live.position(), now_ms, missing: &missing };
    let mut views = vec![
        records.view("records and profiles", records.end, "with each record that is sent or pulled", true)?,
        records.view("search", found, "with the next search", true)?,
        records.view(
            "files of the lake",
            master.unwrap_or_default(),
            "with `kith run`; SQL reads what they lack from the store",
            false,
        )?,
    ];
    let mut unresolved = 0;
    if let Some(collector) = project.collector() {
        let events = collector.events();
        let (applied, kept) = (events.applied(), collector.lake().position()?);
        let missing = |from: Position| -> Result<Vec<Entry>> {
            Ok(events.after(from, LOOK_AT)?.into_iter().map(|(_, entry)| entry).collect())
        };
        let log = Log { name: "events", end: events.position(), now_ms, missing: &missing };
        views.push(log.view("activity and timelines", applied, "within milliseconds", true)?);
        views.push(log.view(
            "files of events",
            kept,
            "every minute; SQL reads what they lack from the log",
            true,
        )?);
        unresolved = events.unresolved() as u64;
    }
    let plans = project.tracking_plans().plans.into_iter();
    let faults = plans.filter_map(|plan| Some(FileFault { file: plan.file, fault: plan.fault? })).collect();
    let stream = |source: &Source| {
        let stream = project.stream_status(source)?;
        Some(SourceStream { source: source.name.as_str().into(), stream })
    };
    let streams = project.config().sources.iter().filter_map(stream).collect();
    Ok(Freshness { at: instant(now_ms), records: live.node_count()?, views, unresolved, faults, streams })
}
