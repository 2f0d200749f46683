//! Up to where partitions are kept: a small file, replaced as a whole, and on the disk before it counts.

use crate::error::{Result, StreamError};
use kith_core::id::SourceName;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The way in which the file is written.
const FORMAT: u32 = 1;

/// The offsets of one source.
pub(super) struct Offsets {
    path: PathBuf,
    next: BTreeMap<String, BTreeMap<i32, i64>>,
    /// The file is there and can not be read: where to begin is not known, so it is the beginning.
    pub unreadable: bool,
    dirty: bool,
}

#[derive(Serialize, Deserialize)]
struct Written {
    format: u32,
    /// By topic and partition, the offset of the first message that is not kept.
    next: BTreeMap<String, BTreeMap<i32, i64>>,
}

impl Offsets {
    /// Those of a source, as the file has them.
    pub fn open(dir: &Path, source: &SourceName) -> Result<Offsets> {
        std::fs::create_dir_all(dir).map_err(|e| failed(dir, &e))?;
        let path = dir.join(format!("{}.json", source.as_str()));
        let (next, unreadable) = match std::fs::read(&path) {
            Ok(bytes) => match serde_json::from_slice::<Written>(&bytes) {
                Ok(written) if written.format == FORMAT => (written.next, false),
                Ok(written) => {
                    tracing::warn!(path = %path.display(), format = written.format, "offsets of another format: all is read again");
                    (BTreeMap::new(), true)
                }
                Err(error) => {
                    tracing::warn!(path = %path.display(), %error, "offsets can not be read: all is read again");
                    (BTreeMap::new(), true)
                }
            },
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => (BTreeMap::new(), false),
            Err(e) => return Err(failed(&path, &e)),
        };
        Ok(Offsets { path, next, unreadable, dirty: false })
    }

    /// The offset of the first message of a partition that is not kept; `None` = it was never read.
    pub fn next(&self, topic: &str, partition: i32) -> Option<i64> {
        self.next.get(topic)?.get(&partition).copied()
    }

    /// True if any partition of a topic was read before.
    pub fn knows(&self, topic: &str) -> bool {
        self.next.contains_key(topic)
    }

    /// Everything before this offset is kept.
    pub fn kept(&mut self, topic: &str, partition: i32, next: i64) {
        let at = self.next.entry(topic.to_string()).or_default().entry(partition).or_insert(-1);
        self.dirty |= *at != next;
        *at = next;
    }

    /// Writes what is new: beside, fsynced, and in one step in place of the old.
    pub fn write(&mut self) -> Result<()> {
        if !self.dirty {
            return Ok(());
        }
        let written = Written { format: FORMAT, next: self.next.clone() };
        let bytes = serde_json::to_vec(&written).map_err(|e| failed(&self.path, &e))?;
        let beside = self.path.with_extension("json.new");
        let replace = || {
            let mut file = File::create(&beside)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            std::fs::rename(&beside, &self.path)?;
            self.path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
        };
        replace().map_err(|e| failed(&self.path, &e))?;
        self.dirty = false;
        Ok(())
    }
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> StreamError {
    StreamError::offsets(format!("{} can not be read or written: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_there_again() {
        let dir = tempfile::tempdir().expect("a folder");
        let source = SourceName::try_from("shop").expect("a name");
        let open = || Offsets::open(dir.path(), &source).expect("offsets");
        let mut offsets = open();
        assert_eq!((offsets.next("t", 0), offsets.knows("t"), offsets.unreadable), (None, false, false));
        offsets.kept("t", 0, 5);
        offsets.kept("t", 11, 0);
        offsets.write().expect("written");
        let offsets = open();
        assert_eq!(
            (offsets.next("t", 0), offsets.next("t", 11), offsets.next("t", 1)),
            (Some(5), Some(0), None)
        );
        assert!(offsets.knows("t") && !offsets.knows("u"));
        for garbage in ["", "{", "{\"format\":9,\"next\":{}}", "[]"] {
            std::fs::write(dir.path().join("shop.json"), garbage).expect("a file");
            let offsets = open();
            assert!(offsets.unreadable && offsets.next("t", 0).is_none(), "{garbage}");
        }
    }
}
