//! The thread that writes: all that wait go out in one write and one fsync.

use super::chain::{Head, code, parts};
use super::{Deed, Entry, not_written};
use crate::disk::{replace_file, sync_folder};
use crate::error::Result;
use kith_core::hex;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// A file of the log is closed when it is as long.
const FILE_BYTES: u64 = 64 << 20;
/// So many can wait; who comes then waits before the door.
const WAITING_MAX: usize = 1024;
/// How far the head may be behind.
const HEAD_EVERY: Duration = Duration::from_secs(10);
/// The bytes of the key.
const KEY_BYTES: usize = 32;

/// Who hears that a line is on the disk.
pub(super) type Answer = oneshot::Sender<Result<()>>;
type Waiting = (Deed, Option<Answer>);

/// A running thread; it writes what it was given and the head before it ends.
pub(super) struct Writer {
    send: Option<SyncSender<Waiting>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(folder: &Path) -> Result<Writer> {
        let log = Log::open(folder).map_err(|e| not_written(format!("{}: {e}", folder.display())))?;
        let (send, waiting) = sync_channel(WAITING_MAX);
        let thread = std::thread::Builder::new().name("kith-audit".into());
        let thread = thread.spawn(move || work(log, &waiting)).map_err(not_written)?;
        Ok(Writer { send: Some(send), thread: Some(thread) })
    }

    pub(super) fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// False if the thread has ended.
    pub(super) fn send(&self, deed: Deed, written: Option<Answer>) -> bool {
        self.send.as_ref().is_some_and(|send| send.send((deed, written)).is_ok())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.send = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Ends when nobody can send any more, and after a failure: the file may end in half a line then, and is opened anew.
fn work(mut log: Log, waiting: &Receiver<Waiting>) {
    let (mut noted, mut since) = (log.head.clone(), Instant::now());
    loop {
        let first = match waiting.recv_timeout(HEAD_EVERY) {
            Ok(first) => Some(first),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let group: Vec<Waiting> = first.into_iter().chain(waiting.try_iter()).collect();
        let written = log.append(group.iter().map(|(deed, _)| deed));
        for answer in group.into_iter().filter_map(|(_, answer)| answer) {
            // Nobody there to hear it is no harm.
            let _ = answer.send(written.as_ref().copied().map_err(not_written));
        }
        if let Err(cause) = written {
            tracing::error!(%cause, "the audit log can not be written");
            return;
        }
        if log.head != noted && since.elapsed() > HEAD_EVERY {
            log.note_head();
            (noted, since) = (log.head.clone(), Instant::now());
        }
    }
    if log.head != noted {
        log.note_head();
    }
}

struct Log {
    folder: PathBuf,
    key: Vec<u8>,
    head: Head,
    file: Option<File>,
    bytes: u64,
}

impl Log {
    /// Opens the last file, and cuts off a line that is not whole.
    fn open(folder: &Path) -> io::Result<Log> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut log =
            Log { folder: folder.into(), key: key(folder)?, head: Head::nothing(), file: None, bytes: 0 };
        let mut torn = 0;
        for path in files(folder)?.into_iter().rev() {
            let mut file = OpenOptions::new().read(true).append(true).open(&path)?;
            let mut text = Vec::new();
            file.read_to_end(&mut text)?;
            let whole = text.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
            if whole < text.len() {
                torn += (text.len() - whole) as u64;
                file.set_len(whole as u64)?;
                file.seek(SeekFrom::End(0))?;
            }
            if log.file.is_none() {
                (log.file, log.bytes) = (Some(file), whole as u64);
            }
            if let Some(last) = text[..whole].split(|b| *b == b'\n').rev().find(|line| !line.is_empty()) {
                log.head = head_of(last).ok_or_else(|| {
                    io::Error::other(format!("the last line of {} is no line of it", path.display()))
                })?;
                break;
            }
        }
        if torn > 0 {
            log.append(std::iter::once(&Deed::Torn { bytes: torn }))?;
        }
        Ok(log)
    }

    fn append<'a>(&mut self, deeds: impl Iterator<Item = &'a Deed>) -> io::Result<()> {
        let (mut lines, mut head) = (String::new(), self.head.clone());
        let at = jiff::Timestamp::now().to_string();
        for deed in deeds {
            let entry = Entry { number: head.number + 1, at: at.clone(), deed: deed.clone() };
            let entry = serde_json::to_string(&entry)?;
            head = Head { number: head.number + 1, code: code(&self.key, &head.code, &entry) };
            lines += &format!("{} {entry}\n", head.code);
        }
        if lines.is_empty() {
            return Ok(());
        }
        if self.bytes >= FILE_BYTES {
            self.file = None;
        }
        let mut file = match self.file.take() {
            Some(file) => file,
            None => {
                self.bytes = 0;
                let path = self.folder.join(format!("{:020}.log", self.head.number + 1));
                let mut new = OpenOptions::new();
                let file = new.read(true).append(true).create(true).mode(0o600).open(path)?;
                sync_folder(&self.folder)?;
                file
            }
        };
        file.write_all(lines.as_bytes())?;
        file.sync_data()?;
        self.bytes += lines.len() as u64;
        (self.file, self.head) = (Some(file), head);
        Ok(())
    }

    fn note_head(&self) {
        let noted = serde_json::to_vec(&self.head).map_err(io::Error::from);
        if let Err(cause) = noted.and_then(|head| replace_file(&self.folder.join("head.json"), &head)) {
            tracing::warn!(%cause, "the head of the audit log could not be noted");
        }
    }
}

fn head_of(line: &[u8]) -> Option<Head> {
    let (code, entry) = parts(std::str::from_utf8(line).ok()?)?;
    let entry: Entry = serde_json::from_str(entry).ok()?;
    Some(Head { number: entry.number, code: code.into() })
}

/// The files of the log, oldest first.
pub(super) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    files.retain(|path| path.extension().is_some_and(|end| end == "log"));
    files.sort();
    Ok(files)
}

/// The key of the codes: made once, readable by its owner alone.
fn key(folder: &Path) -> io::Result<Vec<u8>> {
    let path = folder.join("key");
    match std::fs::read_to_string(&path) {
        Ok(text) => return Ok(text.trim().as_bytes().to_vec()),
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
        Err(_) => {}
    }
    if !files(folder)?.is_empty() {
        return Err(io::Error::other("its key is gone; put it back from a backup, or move the folder away"));
    }
    let mut bytes = [0; KEY_BYTES];
    getrandom::fill(&mut bytes).map_err(|e| io::Error::other(e.to_string()))?;
    let text = hex(bytes);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    sync_folder(folder)?;
    Ok(text.into_bytes())
}
