//! `kith backup verify`: is every file there, as it was?

use super::copy::files;
use super::{ABOUT, SUMS, sums};
use crate::error::Result;
use crate::report::{Progress, Stage};
use serde::Serialize;
use std::path::Path;

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct Verified {
    /// Files that were read.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What is not as it was made.
    pub wrong: Vec<Wrong>,
    /// True if nothing is wrong.
    pub good: bool,
}

/// A file that is not as it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// Its path in the backup.
    pub file: String,
    /// What is wrong with it.
    pub what: &'static str,
}

/// Reads a backup whole and compares every byte with its checksum.
pub fn verify(backup: &Path, progress: &dyn Progress) -> Result<Verified> {
    let mut listed = sums::read(backup)?;
    let (mut found, total) =
        (Verified { files: 0, bytes: 0, wrong: Vec::new(), good: true }, listed.len() as u64);
    let mut wrong = Vec::new();
    if !listed.contains_key(ABOUT) {
        wrong.push(Wrong { file: ABOUT.into(), what: "is not listed" });
    }
    for (name, path) in files(backup)?.into_iter().filter(|(name, _)| name != SUMS) {
        progress.step(Stage::Verify, "checksums", found.files, Some(total));
        let Some(sum) = listed.remove(&name) else {
            wrong.push(Wrong { file: name, what: "was not part of the backup" });
            continue;
        };
        match sums::of(&path)? {
            Some((is, bytes)) => {
                found.files += 1;
                found.bytes += bytes;
                if is != sum {
                    wrong.push(Wrong { file: name, what: "is not as it was" });
                }
            }
            None => wrong.push(Wrong { file: name, what: "is missing" }),
        }
    }
    wrong.extend(listed.into_keys().map(|file| Wrong { file, what: "is missing" }));
    found.good = wrong.is_empty();
    found.wrong = wrong;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Quiet;
    use std::collections::BTreeMap;

    fn mix(i: u64) -> u64 {
        i.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
    }

    fn backup() -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a folder");
        let mut sums = BTreeMap::new();
        for (name, bytes) in
            [(ABOUT, 300u64), ("project/kith.toml", 80), ("project/.kith/log/a/1.log", 20_000)]
        {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            let text: Vec<u8> = (0..bytes).map(|i| mix(i) as u8).collect();
            std::fs::write(&path, text).expect("a file");
            sums.insert(name.to_string(), sums::of(&path).expect("read").expect("there").0);
        }
        sums::write(&sums, dir.path()).expect("a list");
        dir
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let dir = backup();
        let whole = || verify(dir.path(), &Quiet).is_ok_and(|found| found.good);
        assert!(whole(), "the control: nothing was flipped");
        let files = files(dir.path()).expect("files");
        for i in 0..1_000u64 {
            let (_, path) = &files[i as usize % files.len()];
            let before = std::fs::read(path).expect("a file");
            let (mut after, bit) = (before.clone(), mix(i) as usize % (before.len() * 8));
            after[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(path, after).expect("written");
            assert!(!whole(), "bit {bit} of {} was flipped", path.display());
            std::fs::write(path, before).expect("written");
        }
        assert!(whole(), "the control: everything was flipped back");
    }

    #[test]
    fn a_missing_and_a_strange_file_are_named() {
        let dir = backup();
        std::fs::remove_file(dir.path().join("project/kith.toml")).expect("removed");
        std::fs::write(dir.path().join("project/other"), b"x").expect("written");
        let found = verify(dir.path(), &Quiet).expect("read");
        let wrong: Vec<_> = found.wrong.iter().map(|w| (w.file.as_str(), w.what)).collect();
        let expected = [("project/other", "was not part of the backup"), ("project/kith.toml", "is missing")];
        assert_eq!(wrong, expected);
    }
}
