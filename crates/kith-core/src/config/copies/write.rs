//! Copies, as the file says them.

use super::super::traits::duration;
use super::super::write::{entry, line, quoted};
use super::{Copies, WHOLE_MS, WhenOld};

/// All copies, as the file says them.
pub(in crate::config) fn write(out: &mut String, copies: &Copies) {
    if let Some(max) = copies.max {
        line(out, "");
        line(out, "[copies]");
        entry(out, "max", &max.to_string(), "");
    }
    for copy in &copies.all {
        line(out, "");
        line(out, "[[copy]]");
        let mut text = |key: &str, value: &str| entry(out, key, &quoted(value), "");
        text("table", &copy.name());
        text("mode", copy.mode.name());
        text("owner", &copy.owner);
        text("purpose", &copy.purpose);
        copy.expires.iter().for_each(|day| text("expires", day));
        copy.cursor.iter().for_each(|cursor| text("cursor", cursor));
        copy.refresh_ms.iter().for_each(|ms| text("refresh", &duration(*ms)));
        if copy.whole_ms != WHOLE_MS {
            text("whole", &duration(copy.whole_ms));
        }
        copy.max_age_ms.iter().for_each(|ms| text("max_age", &duration(*ms)));
        if copy.when_old != WhenOld::default() {
            text("when_old", copy.when_old.name());
        }
        if !copy.key.is_empty() {
            let key: Vec<_> = copy.key.iter().map(|column| quoted(column)).collect();
            entry(out, "key", &format!("[{}]", key.join(", ")), "");
        }
    }
}
