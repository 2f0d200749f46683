//! Who may come in: named things in a file that only its owner can read.
//!
//! Reads and writes `.kith/<things>.json` (mode 0600) without the data directory's lock, so that it works while `kith serve` runs;
//! whoever lets people in reads it each time, so that a change counts from the next time on.
//! A change is written to a new file, fsynced, renamed over the old one, and the folder is fsynced. A second file is locked
//! meanwhile, so that two changes at once are both kept.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// Format 1 had no standing: whoever was in it saw everything, and does so still.
const FORMAT: u64 = 2;
/// One of the things.
pub trait Named: Serialize + DeserializeOwned {
    /// `user`
    const WHAT: &'static str;
    /// Several of them, as the file is called: `users`.
    const FILE: &'static str;

    /// Its name.
    fn name(&self) -> &str;

    /// What is wrong with a name, if anything.
    fn wrong_name(name: &str) -> Option<&'static str>;
}

/// Why they could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// The name can not be used.
    #[error("{name:?} can not be the name of a {what}: use {rule}")]
    BadName {
        /// `user`
        what: &'static str,
        /// The name as given.
        name: String,
        /// What can.
        rule: &'static str,
    },
    /// There is one of that name.
    #[error("there is already a {what} called {name:?}")]
    Taken {
        /// `user`
        what: &'static str,
        /// The name.
        name: String,
    },
    /// There is none of that name.
    #[error("there is no {what} called {name:?}")]
    Unknown {
        /// `user`
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The file is not what this version writes.
    #[error("can not understand {file}: {reason}")]
    Unreadable {
        /// `user`
        what: &'static str,
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The disk said no.
    #[error("can not use {file}: {source}")]
    Io {
        /// `user`
        what: &'static str,
        /// Which file.
        file: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The operating system gave no random numbers.
    #[error("the operating system gives no random numbers")]
    Random,
}

/// All things of a kind, of one project.
#[derive(Clone, Debug)]
pub struct Kept<T> {
    file: PathBuf,
    things: PhantomData<T>,
}

impl<T: Named> Kept<T> {
    /// Those of the project in `dir`.
    pub fn of(dir: &Path) -> Self {
        Kept { file: dir.join(".kith").join(T::FILE).with_extension("json"), things: PhantomData }
    }

    /// All of them, in order of creation; none when there is no file.
    pub fn list(&self) -> Result<Vec<T>, KeptError> {
        let text = match fs::read(&self.file) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(self.io(e)),
        };
        let unreadable =
            |reason: String| KeptError::Unreadable { what: T::WHAT, file: self.file.clone(), reason };
        let mut contents: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&text).map_err(|e| unreadable(e.to_string()))?;
        match contents.get("format").and_then(serde_json::Value::as_u64) {
            Some(1..=FORMAT) => {}
            other => {
                let found = other.map_or("not there".to_string(), |format| format.to_string());
                return Err(unreadable(format!(
                    "its format is {found}, this version of Kith knows {FORMAT}"
                )));
            }
        }
        let things = contents.remove(T::FILE).ok_or_else(|| unreadable(format!("it has no {}", T::FILE)))?;
        serde_json::from_value(things).map_err(|e| unreadable(e.to_string()))
    }

    /// The one of that name.
    pub fn find(&self, name: &str) -> Result<T, KeptError> {
        let found = self.list()?.into_iter().find(|thing| thing.name() == name);
        found.ok_or_else(|| KeptError::Unknown { what: T::WHAT, name: name.to_string() })
    }

    /// Adds one.
    pub fn insert(&self, thing: T) -> Result<(), KeptError> {
        let name = thing.name().to_string();
        if let Some(rule) = T::wrong_name(&name) {
            return Err(KeptError::BadName { what: T::WHAT, name: name.chars().take(80).collect(), rule });
        }
        self.change(|things| match things.iter().any(|known| known.name() == name) {
            true => Err(KeptError::Taken { what: T::WHAT, name }),
            false => {
                things.push(thing);
                Ok(())
            }
        })
    }

    /// Changes one.
    pub fn edit(&self, name: &str, edit: impl FnOnce(&mut T)) -> Result<(), KeptError> {
        self.change(|things| match things.iter_mut().find(|thing| thing.name() == name) {
            Some(thing) => {
                edit(thing);
                Ok(())
            }
            None => Err(KeptError::Unknown { what: T::WHAT, name: name.to_string() }),
        })
    }

    /// Takes one out.
    pub fn remove(&self, name: &str) -> Result<(), KeptError> {
        self.change(|things| {
            let before = things.len();
            things.retain(|thing| thing.name() != name);
            match things.len() == before {
                true => Err(KeptError::Unknown { what: T::WHAT, name: name.to_string() }),
                false => Ok(()),
            }
        })
    }

    fn change(&self, edit: impl FnOnce(&mut Vec<T>) -> Result<(), KeptError>) -> Result<(), KeptError> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|e| self.io(e))?;
        let lock = private_file(&self.file.with_extension("lock"), false).map_err(|e| self.io(e))?;
        lock.lock().map_err(|e| self.io(e))?;
        let mut things = self.list()?;
        edit(&mut things)?;
        let contents = serde_json::json!({ "format": FORMAT, T::FILE: things });
        let text = serde_json::to_vec_pretty(&contents).map_err(|e| self.io(io::Error::other(e)))?;
        write_durably(&self.file, folder, &text).map_err(|e| self.io(e))
    }

    fn io(&self, source: io::Error) -> KeptError {
        KeptError::Io { what: T::WHAT, file: self.file.clone(), source }
    }
}

/// Replaces a file: written beside it, and renamed.
fn write_durably(file: &Path, folder: &Path, text: &[u8]) -> io::Result<()> {
    let fresh = file.with_extension("new");
    let mut out = private_file(&fresh, true)?;
    out.write_all(text)?;
    out.sync_all()?;
    fs::rename(&fresh, file)?;
    File::open(folder)?.sync_all()
}

/// Opens a file that only its owner can read.
fn private_file(path: &Path, empty: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(empty);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// Bytes of the operating system that nobody can guess.
pub fn random<const N: usize>() -> Result<[u8; N], KeptError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| KeptError::Random)?;
    Ok(bytes)
}

/// Compares without leaving early, so that the time says nothing of where two texts differ.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    let differing = a.iter().zip(b).fold(0u8, |sum, (x, y)| sum | (x ^ y));
    a.len() == b.len() && std::hint::black_box(differing) == 0
}
