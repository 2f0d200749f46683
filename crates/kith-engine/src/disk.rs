//! Files that are there whole or not at all.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

/// Bytes of a file that are in memory at a time.
const PIECE_BYTES: usize = 1 << 18;

/// Puts bytes in the place of a file: whoever reads it, also after a power cut, finds the old ones or the new ones.
pub(crate) fn replace_file(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = OsString::from(file);
    beside.push(".part");
    let mut out = OpenOptions::new().write(true).create(true).truncate(true).open(&beside)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    std::fs::rename(&beside, file)?;
    match file.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => sync_folder(dir),
        _ => sync_folder(Path::new(".")),
    }
}

/// Brings the entries of a folder to the disk: names of new files, and that old ones are gone.
pub(crate) fn sync_folder(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Shows all that a reader gives, a piece at a time.
pub(crate) fn pieces(mut from: impl Read, mut saw: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(got) => saw(piece.get(..got).unwrap_or(&[]))?,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}
