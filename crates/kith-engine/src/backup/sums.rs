//! `SHA256SUMS`: one line a file, 64 digits, two blanks, the path. Read strictly, so that a change of any bit of it is seen.

use super::{SUMS, disk};
use crate::disk::pieces;
use crate::error::{Error, Result};
use kith_core::hex;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

/// The checksum and the length of a file; `None` = it is gone.
pub(super) fn of(path: &Path) -> Result<Option<(String, u64)>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(disk("read", path, &e)),
    };
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let read = pieces(file, |piece| {
        hash.update(piece);
        bytes += piece.len() as u64;
        Ok(())
    });
    read.map_err(|e| disk("read", path, &e))?;
    Ok(Some((hex(hash.finalize()), bytes)))
}

/// Writes the list of a backup, with what is in it now.
pub(super) fn write(sums: &BTreeMap<String, String>, backup: &Path) -> Result<()> {
    let path = backup.join(SUMS);
    let text: String = sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
    let mut file = File::create_new(&path).map_err(|e| disk("made", &path, &e))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|e| disk("written", &path, &e))
}

/// Reads the list of a backup: checksums by path.
pub(super) fn read(backup: &Path) -> Result<BTreeMap<String, String>> {
    let path = backup.join(SUMS);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == ErrorKind::NotFound => {
            let help = "Name the folder of one backup, `kith-…`; what ends in .partial was never finished.";
            return Err(Error::not_found(
                "K-BACKUP-NONE",
                format!("{} is no backup", backup.display()),
                help,
            ));
        }
        Err(e) => return Err(disk("read", &path, &e)),
    };
    let damaged = |line: usize| {
        let message = format!("{}, line {line}, is damaged", path.display());
        Error::data("K-BACKUP-DAMAGED", message, "Use another backup.")
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| damaged(1))?;
    let mut sums = BTreeMap::new();
    for (i, line) in text.split_inclusive('\n').enumerate() {
        let (sum, name) = parse(line).ok_or_else(|| damaged(i + 1))?;
        if sums.insert(name.to_string(), sum.to_string()).is_some() {
            return Err(damaged(i + 1));
        }
    }
    Ok(sums)
}

fn parse(line: &str) -> Option<(&str, &str)> {
    let (sum, name) = line.strip_suffix('\n')?.split_once("  ")?;
    let digits = sum.len() == 64 && sum.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    // A path leads into the backup, and nowhere else.
    let inside =
        !name.is_empty() && name.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    (digits && inside && !name.contains(['\n', '\\'])).then_some((sum, name))
}
