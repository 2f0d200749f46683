//! The calls that the simulated disk answers.

use super::{Inode, SimDisk, State};
use crate::seams::{Disk, DiskFile, Lock};
use std::io;
use std::path::{Path, PathBuf};

impl Disk for SimDisk {
    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        // The real disk syncs each new directory's parent inside this call, so here a directory is durable at once.
        let mut s = self.operate()?;
        for dir in path.ancestors() {
            s.dirs.insert(dir.to_path_buf());
        }
        Ok(())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut s = self.operate()?;
        if s.current.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let id = s.next_inode;
        s.next_inode += 1;
        s.inodes.insert(id, Inode::default());
        s.current.insert(path.to_path_buf(), id);
        Ok(self.handle(id, s.boot))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let s = self.operate()?;
        let id = s.current.get(path).copied().ok_or(io::ErrorKind::NotFound)?;
        Ok(self.handle(id, s.boot))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let s = self.operate()?;
        let inside = s.current.keys().filter(|p| p.parent() == Some(dir));
        Ok(inside.filter_map(|p| Some(p.file_name()?.to_string_lossy().into_owned())).collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut s = self.operate()?;
        let id = s.current.remove(from).ok_or(io::ErrorKind::NotFound)?;
        s.current.insert(to.to_path_buf(), id);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.operate()?.current.remove(path).map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut s = self.operate()?;
        if self.lie_about_sync {
            return Ok(());
        }
        let inside = |p: &PathBuf| p.parent() == Some(dir);
        let now: Vec<_> = s.current.iter().filter(|(p, _)| inside(p)).map(|(p, i)| (p.clone(), *i)).collect();
        s.durable.retain(|p, _| !inside(p));
        s.durable.extend(now);
        Ok(())
    }

    fn available(&self, _: &Path) -> io::Result<u64> {
        Ok(self.operate()?.full_after_bytes.unwrap_or(u64::MAX))
    }

    fn reserve(&self, _: &Path, _: u64) -> io::Result<()> {
        self.operate().map(drop)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>> {
        let mut s = self.operate()?;
        if !s.locks.insert(path.to_path_buf()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(SimLock { disk: self.clone(), path: path.to_path_buf(), boot: s.boot }))
    }
}

pub(super) struct SimFile {
    pub(super) disk: SimDisk,
    pub(super) inode: u64,
    pub(super) boot: u64,
}

impl SimFile {
    fn with<T>(&self, act: impl FnOnce(&mut State, u64) -> io::Result<T>) -> io::Result<T> {
        let mut s = self.disk.operate()?;
        if s.boot != self.boot {
            return Err(io::Error::other("a handle from before the power cut"));
        }
        act(&mut s, self.inode)
    }
}

fn inode(s: &mut State, id: u64) -> io::Result<&mut Inode> {
    s.inodes.get_mut(&id).ok_or_else(|| io::ErrorKind::NotFound.into())
}

impl DiskFile for SimFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let random = self.disk.random.clone();
        // One write in eight is short, as write(2) may be.
        let short = random.below(8) == 0 && bytes.len() > 1;
        let mut n = if short { 1 + random.below(bytes.len() as u64 - 1) as usize } else { bytes.len() };
        self.with(|s, id| {
            if let Some(room) = s.full_after_bytes {
                if room == 0 {
                    return Err(io::ErrorKind::StorageFull.into());
                }
                n = n.min(room as usize);
                s.full_after_bytes = Some(room - n as u64);
            }
            inode(s, id)?.current.extend_from_slice(bytes.get(..n).unwrap_or(bytes));
            Ok(n)
        })
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.with(|s, id| {
            let content = &inode(s, id)?.current;
            let from = content.get(offset as usize..).unwrap_or(&[]);
            let n = from.len().min(into.len());
            into.iter_mut().zip(from).for_each(|(to, byte)| *to = *byte);
            Ok(n)
        })
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.with(|s, id| {
            inode(s, id)?.current.truncate(len as usize);
            Ok(())
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        let lie = self.disk.lie_about_sync;
        self.with(|s, id| {
            let now = s.syncs;
            s.syncs += 1;
            let fail = s.fail_sync_at == Some(now);
            let file = inode(s, id)?;
            if fail {
                file.poisoned_from = Some(file.poisoned_from.unwrap_or(file.durable.len()));
                return Err(io::Error::other("I/O error during fsync"));
            }
            if !lie {
                let upto = file.poisoned_from.unwrap_or(file.current.len()).min(file.current.len());
                file.durable = file.current.get(..upto).unwrap_or(&[]).to_vec();
            }
            Ok(())
        })
    }

    fn len(&self) -> io::Result<u64> {
        self.with(|s, id| Ok(inode(s, id)?.current.len() as u64))
    }
}

struct SimLock {
    disk: SimDisk,
    path: PathBuf,
    boot: u64,
}

impl Drop for SimLock {
    fn drop(&mut self) {
        let mut s = self.disk.lock_state();
        if s.boot == self.boot {
            s.locks.remove(&self.path);
        }
    }
}

impl Lock for SimLock {}
