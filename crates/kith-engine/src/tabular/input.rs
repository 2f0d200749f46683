//! Opens a file: says what it is (CSV, NDJSON, Parquet; gzip or not) and gives its bytes.

use crate::Error;
use crate::connect::error;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Delimited text.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// By the file's name; `None` where the name does not say. `.gz` at the end is looked through.
    pub fn of(path: &Path) -> Option<Format> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.')?.1 {
            "csv" | "tsv" | "txt" | "psv" | "tab" => Some(Format::Csv),
            "ndjson" | "jsonl" | "json" => Some(Format::Ndjson),
            "parquet" | "pq" => Some(Format::Parquet),
            _ => None,
        }
    }
}

/// The name without folder and extensions: `crm` of `/data/crm.csv.gz`.
pub fn stem(path: &Path) -> String {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_string()
}

/// The bytes of a file, decompressed where its first two bytes say gzip (whatever its name says).
pub struct Bytes {
    path: PathBuf,
    gzip: bool,
    inner: Box<dyn Read + Send>,
}

impl Bytes {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<Bytes, Error> {
        let mut file = File::open(path).map_err(|e| error::io(path, &e))?;
        let mut magic = [0u8; 2];
        let gzip =
            read_some(&mut file, &mut magic).map_err(|e| error::io(path, &e))? == 2 && magic == [0x1f, 0x8b];
        let file = File::open(path).map_err(|e| error::io(path, &e))?;
        let inner: Box<dyn Read + Send> =
            if gzip { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        Ok(Bytes { path: path.into(), gzip, inner })
    }

    /// Fills `buf` as far as the file allows; fewer bytes than asked for mean the end.
    pub fn fill(&mut self, buf: &mut [u8]) -> Result<usize, Error> {
        read_some(&mut self.inner, buf).map_err(|e| self.error(&e))
    }

    fn error(&self, error: &std::io::Error) -> Error {
        if !self.gzip {
            return error::io(&self.path, error);
        }
        error::fault(
            "K-SOURCE-GZIP",
            self.path.display(),
            format!("could not decompress {}", self.path.display()),
            format!("The gzip data is damaged or cut off ({error})."),
            "Copy or export the file again; `gzip -t` tells whether it is whole.",
        )
    }
}

fn read_some(reader: &mut impl Read, buf: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buf.len() {
        match reader.read(&mut buf[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_a_file_is() {
        assert_eq!(Format::of(Path::new("a/CRM.CSV.gz")), Some(Format::Csv));
        assert_eq!(Format::of(Path::new("t.jsonl")), Some(Format::Ndjson));
        assert_eq!(Format::of(Path::new("t.parquet")), Some(Format::Parquet));
        assert_eq!(Format::of(Path::new("shop.db")), None);
        assert_eq!(stem(Path::new("/data/crm.csv.gz")), "crm");
    }
}
