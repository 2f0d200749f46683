//! A folder as object storage that can only be read, and that nothing leads out of: each file is looked at, links resolved, when it
//! is listed and again when it is opened.

use super::fault;
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use object_store::path::Path as At;
use object_store::{
    CopyOptions, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Folders within folders.
const DEPTH_MAX: usize = 16;
/// What is looked at in one listing.
const ENTRIES_MAX: usize = 200_000;
/// A piece of a file that is read at once.
const PIECE: u64 = 1 << 20;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    connection: String,
    /// Without links.
    root: PathBuf,
}

impl std::fmt::Display for Folder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the folder of {}", self.connection)
    }
}

impl Folder {
    /// A folder that is there.
    pub fn open(connection: &str, root: &Path) -> std::io::Result<Folder> {
        let root = root.canonicalize()?;
        match root.is_dir() {
            true => Ok(Folder { connection: connection.into(), root }),
            false => Err(std::io::ErrorKind::NotADirectory.into()),
        }
    }

    fn failed(&self, at: &str, error: std::io::Error) -> object_store::Error {
        let (path, source) = (at.to_string(), Box::new(error));
        match source.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
                object_store::Error::NotFound { path, source }
            }
            std::io::ErrorKind::PermissionDenied => object_store::Error::PermissionDenied { path, source },
            _ => object_store::Error::Generic { store: "files", source },
        }
    }

    /// Where something really is; an error where that is elsewhere.
    fn inside(&self, at: &str) -> Result<PathBuf> {
        let real = self.root.join(at).canonicalize().map_err(|e| self.failed(at, e))?;
        match real.starts_with(&self.root) {
            true => Ok(real),
            false => Err(fault::in_store(fault::outside(&self.connection, at))),
        }
    }

    fn opened(&self, at: &At) -> Result<(File, ObjectMeta)> {
        let real = self.inside(at.as_ref())?;
        let failed = |e| self.failed(at.as_ref(), e);
        // Before it is opened: to open a pipe waits for whoever writes it.
        if !real.metadata().map_err(failed)?.is_file() {
            return Err(failed(std::io::ErrorKind::NotFound.into()));
        }
        let file = File::open(&real).map_err(failed)?;
        let meta = described(at.clone(), &file.metadata().map_err(failed)?);
        Ok((file, meta))
    }

    /// Files and folders right under a folder: names, and what they are.
    fn entries(&self, under: &str) -> Result<Vec<(String, Metadata)>> {
        let real = self.inside(under)?;
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&real).map_err(|e| self.failed(under, e))? {
            let entry = entry.map_err(|e| self.failed(under, e))?;
            let Some(name) = entry.file_name().to_str().map(str::to_string) else { continue };
            let at = if under.is_empty() { name } else { format!("{under}/{name}") };
            if At::parse(&at).is_err() {
                continue;
            }
            let kept = match self.inside(&at) {
                Ok(real) => real.metadata().map_err(|e| self.failed(&at, e)),
                Err(e) => Err(e),
            };
            match kept {
                Ok(kind) => found.push((at, kind)),
                // It was taken away meanwhile, or its link leads nowhere.
                Err(object_store::Error::NotFound { .. }) => {}
                Err(e) => return Err(e),
            }
            if found.len() > ENTRIES_MAX {
                return Err(fault::in_store(fault::too_many_files(&self.connection, under, ENTRIES_MAX)));
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }

    fn walk(&self, under: &str, depth: usize, found: &mut Vec<ObjectMeta>) -> Result<()> {
        let entries = match self.entries(under) {
            Err(object_store::Error::NotFound { .. }) => Vec::new(),
            other => other?,
        };
        for (at, kind) in entries {
            if kind.is_dir() {
                if depth < DEPTH_MAX {
                    self.walk(&at, depth + 1, found)?;
                }
            } else if kind.is_file() {
                found.push(described(At::parse(&at)?, &kind));
            }
            if found.len() > ENTRIES_MAX {
                return Err(fault::in_store(fault::too_many_files(&self.connection, under, ENTRIES_MAX)));
            }
        }
        Ok(())
    }

    /// Right under the folder itself: names of folders, and files. What leads out is left out: no table is made of it.
    pub fn top(&self) -> std::io::Result<(Vec<String>, Vec<String>)> {
        let (mut folders, mut files) = (Vec::new(), Vec::new());
        for entry in std::fs::read_dir(&self.root)? {
            let Some(name) = entry?.file_name().to_str().map(str::to_string) else { continue };
            let Ok(real) = self.inside(&name) else { continue };
            match real.metadata() {
                Ok(kind) if kind.is_dir() => folders.push(name),
                Ok(kind) if kind.is_file() => files.push(name),
                _ => {}
            }
        }
        Ok((folders, files))
    }
}

fn described(location: At, kind: &Metadata) -> ObjectMeta {
    let modified = kind.modified().unwrap_or(UNIX_EPOCH);
    let nanos = modified.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos());
    let e_tag = Some(format!("{:x}-{nanos:x}-{:x}", inode(kind), kind.len()));
    ObjectMeta { location, last_modified: modified.into(), size: kind.len(), e_tag, version: None }
}

#[cfg(unix)]
fn inode(kind: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(kind)
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> u64 {
    0
}

/// Work that waits for a disk.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|e| Err(object_store::Error::Generic { store: "files", source: Box::new(e) }))
}

fn piece(file: &mut File, range: Range<u64>) -> std::io::Result<Bytes> {
    file.seek(SeekFrom::Start(range.start))?;
    let mut bytes = Vec::with_capacity(usize::try_from(range.end - range.start).unwrap_or(0));
    file.take(range.end - range.start).read_to_end(&mut bytes)?;
    match bytes.len() as u64 == range.end - range.start {
        true => Ok(bytes.into()),
        false => Err(std::io::ErrorKind::UnexpectedEof.into()),
    }
}

fn read_only<T>() -> Result<T> {
    Err(object_store::Error::NotSupported { source: "files are only read".into() })
}

#[async_trait]
impl ObjectStore for Folder {
    async fn get_opts(&self, location: &At, options: GetOptions) -> Result<GetResult> {
        let (folder, at) = (self.clone(), location.clone());
        let (file, meta) = aside(move || folder.opened(&at)).await?;
        options.check_preconditions(&meta)?;
        let range = match &options.range {
            None => 0..meta.size,
            Some(range) => range
                .as_range(meta.size)
                .map_err(|e| object_store::Error::Generic { store: "files", source: Box::new(e) })?,
        };
        let (folder, at) = (self.clone(), location.to_string());
        let pieces = stream::try_unfold((file, range.start), move |(mut file, from)| {
            let (folder, at, end) = (folder.clone(), at.clone(), range.end.min(from.saturating_add(PIECE)));
            async move {
                if from >= end {
                    return Ok(None);
                }
                aside(move || {
                    let bytes = piece(&mut file, from..end).map_err(|e| folder.failed(&at, e))?;
                    Ok(Some((bytes, (file, end))))
                })
                .await
            }
        });
        let range = match &options.range {
            None => 0..meta.size,
            Some(range) => range.as_range(meta.size).unwrap_or(0..0),
        };
        Ok(GetResult {
            payload: GetResultPayload::Stream(pieces.boxed()),
            range,
            meta,
            attributes: Default::default(),
        })
    }

    fn list(&self, prefix: Option<&At>) -> BoxStream<'static, Result<ObjectMeta>> {
        let (folder, under) = (self.clone(), prefix.map(At::to_string).unwrap_or_default());
        let listed = aside(move || {
            let mut found = Vec::new();
            folder.walk(&under, 0, &mut found)?;
            Ok(found)
        });
        let listed = stream::once(listed).flat_map(|found| match found {
            Ok(found) => stream::iter(found.into_iter().map(Ok).collect::<Vec<_>>()),
            Err(e) => stream::iter(vec![Err(e)]),
        });
        listed.boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&At>) -> Result<ListResult> {
        let (folder, under) = (self.clone(), prefix.map(At::to_string).unwrap_or_default());
        aside(move || {
            let (mut common_prefixes, mut objects) = (Vec::new(), Vec::new());
            for (at, kind) in folder.entries(&under)? {
                match kind.is_dir() {
                    true => common_prefixes.push(At::parse(&at)?),
                    false if kind.is_file() => objects.push(described(At::parse(&at)?, &kind)),
                    false => {}
                }
            }
            Ok(ListResult { common_prefixes, objects })
        })
        .await
    }

    async fn put_opts(&self, _: &At, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        read_only()
    }

    async fn put_multipart_opts(&self, _: &At, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        read_only()
    }

    fn delete_stream(&self, _: BoxStream<'static, Result<At>>) -> BoxStream<'static, Result<At>> {
        stream::once(async { read_only() }).boxed()
    }

    async fn copy_opts(&self, _: &At, _: &At, _: CopyOptions) -> Result<()> {
        read_only()
    }
}
