//! How fresh is each view? Each says up to which position of its log it is complete, so the answer is exact.

use crate::error::Result;
use crate::lake::TableName;
use crate::profile::instant;
use crate::project::Project;
use serde::Serialize;
use utoipa::ToSchema;

/// Every view.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Freshness {
    /// When it was looked at, RFC 3339.
    pub at: String,
    /// Records that are alive.
    pub records: u64,
    /// The views.
    pub views: Vec<View>,
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
    /// When it catches up.
    pub catches_up: String,
}

/// Looks at every view.
pub(crate) fn freshness(project: &Project) -> Result<Freshness> {
    let live = &project.live;
    let end = live.position().0;
    let mut views = Vec::new();
    let mut add = |name: &str, log: &str, position: u64, end: u64, catches_up: &str| {
        let (name, log, catches_up) = (name.into(), log.into(), catches_up.into());
        views.push(View { name, log, position, behind: end.saturating_sub(position), catches_up });
    };
    add("records and profiles", "records", end, end, "with each record that is sent or pulled");
    let tables = project.lake.position(&TableName::new("master", "customer"))?;
    add("tables of the lake", "records", tables.map_or(0, |at| at.0), end, "with `kith run`");
    if let Some(collector) = project.collector() {
        let events = collector.events();
        let end = events.position().0;
        add("activity and timelines", "events", events.applied().0, end, "within milliseconds");
        add("tables of events", "events", collector.lake().position()?.0, end, "every minute");
    }
    Ok(Freshness { at: instant(live.now_ms()), records: live.node_count()?, views })
}
