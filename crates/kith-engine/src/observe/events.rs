//! `kith verify`, the part about events: log, store and lake of events agree.

use super::verify::{REBUILD, VerifyCheck};
use crate::error::Result;
use crate::project::Project;
use std::path::Path;

const BACKUP: &str = "Bring the damaged files back from a backup.";

/// Checks events, if the project has any. `beside` is an empty folder for a fresh fold, removed afterwards.
pub(super) fn checks(project: &Project, beside: &Path, checks: &mut Vec<VerifyCheck>) -> Result<()> {
    let Some(collector) = project.collector() else { return Ok(()) };
    let report = collector.events().verify(beside)?;
    let damage = report.log.lost.len();
    let detail = match damage {
        0 => format!("from {} to {}, every checksum right", report.first.0, report.position.0),
        n => format!("{n} damaged ranges: {:?}", report.log.lost),
    };
    checks.push(VerifyCheck::new("events: log", damage == 0, detail, BACKUP));
    for kind in &report.kinds {
        let detail = match kind.equal {
            true => format!("{} as lake and log give them", kind.stored),
            false => format!("{} stored, {} expected, or with other content", kind.stored, kind.expected),
        };
        checks.push(VerifyCheck::new(format!("events: {}", kind.kind), kind.equal, detail, REBUILD));
    }
    let detail = match report.counted {
        true => "received = accepted + duplicate + refused, in each source",
        false => "they do not add up, or are not what lake and log give",
    };
    checks.push(VerifyCheck::new("events: counts", report.counted, detail, REBUILD));
    let detail = format!("store at {}, log at {}", report.stored.0, report.position.0);
    let again = "Events came in meanwhile: verify when nothing is sent.";
    checks.push(VerifyCheck::new("events: position", report.stored == report.position, detail, again));
    let (good, detail) = match collector.lake().check(collector.events()) {
        Ok(found) => (found.good(), found.to_string()),
        Err(e) => (false, e.to_string()),
    };
    checks.push(VerifyCheck::new("lake: event", good, detail, BACKUP));
    Ok(())
}
