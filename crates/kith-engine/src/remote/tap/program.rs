//! A program that runs for us. It ends, with all that it has begun, when nobody wants more of it.

use super::fault;
use super::schema::Tap;
use crate::connect::secret;
use crate::error::{Error, Result};
use kith_core::config::Secret;
use serde_json::Value;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinHandle;

/// What of our environment a program has. Our own secrets are there, too, and are none of its business.
const INHERITED: [&str; 12] = [
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];
/// Lines of its errors that are kept.
const SAID: usize = 4;
/// How long its last errors are waited for when it has ended.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Letters of such a line.
const SAID_LETTERS: usize = 400;

type Tail = Arc<Mutex<VecDeque<String>>>;

/// See the module.
pub(super) struct Program {
    connection: String,
    _group: Group,
    child: Child,
    lines: BufReader<ChildStdout>,
    line: Vec<u8>,
    line_max: usize,
    said: Tail,
    /// What reads its errors; it ends soon after the program does.
    listening: Option<JoinHandle<()>>,
    /// Whether errors say what the program said.
    tell: bool,
    _told: TempDir,
}

/// All that a program has begun.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self.0 {
            // The child itself is ended by its handle; a group takes a signal, for which std has no word, and every system a shell.
            // It may have ended by itself.
            let ended = std::process::Command::new("sh")
                .args(["-c", "kill -KILL -\"$1\"", "sh", &group.to_string()])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            // Whoever drops this may not wait; a shell that is not waited for is gone with its thread.
            if let Ok(mut shell) = ended {
                std::thread::spawn(move || shell.wait());
            }
        }
    }
}

/// What a program is told, in a folder of its own.
pub(super) struct Told(TempDir);

impl Told {
    /// With the configuration of a connection.
    pub fn of(tap: &Tap) -> Result<(Told, String)> {
        let mut folder = tempfile::Builder::new();
        #[cfg(unix)]
        folder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let made = folder.prefix("kith-tap-").tempdir();
        let told = Told(made.map_err(|e| Error::internal("a folder for a program can not be made", e))?);
        let path = match &tap.settings.config_file {
            Some(path) => tap.base.join(path).to_string_lossy().into_owned(),
            None => {
                let mut config = Value::Object(tap.settings.config.clone());
                resolve(tap, &mut config)?;
                told.write("config.json", &config)?
            }
        };
        Ok((told, path))
    }

    /// Writes a file; its path.
    pub fn write(&self, name: &str, content: &Value) -> Result<String> {
        let path = self.0.path().join(name);
        let written = serde_json::to_vec(content).map_err(std::io::Error::other);
        let written = written.and_then(|bytes| std::fs::write(&path, bytes));
        written.map_err(|e| Error::internal("what a program is told can not be written", e))?;
        Ok(path.to_string_lossy().into_owned())
    }
}

fn reference(tap: &Tap, reference: &Secret) -> Result<String> {
    secret(&tap.name, reference, &tap.base).map_err(|e| fault::told(&tap.name, &e.to_string()))
}

/// Puts what references refer to in their place.
fn resolve(tap: &Tap, value: &mut Value) -> Result<()> {
    match value {
        Value::String(text) if !text.starts_with("file://") => match Secret::from_text(text) {
            Secret::Plain(_) => {}
            known => *text = reference(tap, &known)?,
        },
        Value::Array(all) => all.iter_mut().try_for_each(|one| resolve(tap, one))?,
        Value::Object(all) => all.values_mut().try_for_each(|one| resolve(tap, one))?,
        _ => {}
    }
    Ok(())
}

/// A name with a slash is a path from the folder of the project.
fn found(program: &str, base: &Path) -> PathBuf {
    if program.contains('/') { base.join(program) } else { program.into() }
}

impl Program {
    pub fn start(tap: &Tap, told: Told, arguments: &[String], tell: bool) -> Result<Program> {
        let (program, first) = tap
            .settings
            .command
            .split_first()
            .ok_or_else(|| fault::absent(&tap.name, "", "`command` is empty"))?;
        let mut command = Command::new(found(program, &tap.base));
        command.args(first).args(arguments).env_clear().kill_on_drop(true);
        command.envs(INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        for (name, value) in &tap.settings.environment {
            command.env(name, reference(tap, value)?);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).current_dir(&tap.base);
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().map_err(|e| fault::absent(&tap.name, program, &e.to_string()))?;
        let piped = || Error::internal("a program has no output", "no pipe");
        let lines = BufReader::with_capacity(1 << 16, child.stdout.take().ok_or_else(piped)?);
        let said = Tail::default();
        let errors = child.stderr.take().ok_or_else(piped)?;
        let listening = Some(tokio::spawn(listen(tap.name.clone(), errors, said.clone())));
        let line_max = usize::try_from(tap.limits.cell_bytes).unwrap_or(usize::MAX).saturating_mul(4);
        let (connection, group) = (tap.name.clone(), Group(child.id()));
        Ok(Program {
            connection,
            _group: group,
            child,
            lines,
            line: Vec::new(),
            line_max,
            said,
            listening,
            tell,
            _told: told.0,
        })
    }

    /// The next line that is not empty, without its end; `None` = the program has ended well.
    pub async fn line(&mut self) -> Result<Option<&[u8]>> {
        loop {
            self.line.clear();
            if !self.fill().await? {
                return self.ended().await.map(|()| None);
            }
            while self.line.last().is_some_and(|byte| byte.is_ascii_whitespace()) {
                self.line.pop();
            }
            if !self.line.is_empty() {
                return Ok(Some(&self.line));
            }
        }
    }

    /// Reads up to the end of a line; false = there is none.
    async fn fill(&mut self) -> Result<bool> {
        loop {
            let read = self.lines.fill_buf().await;
            let bytes =
                read.map_err(|e| fault::failed(&self.connection, &format!("can not be read: {e}"), None))?;
            if bytes.is_empty() {
                return Ok(!self.line.is_empty());
            }
            let end = bytes.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
            let take = end.unwrap_or(bytes.len());
            if self.line.len() + take > self.line_max {
                let what = "a line that is too long";
                return Err(fault::limit(&self.connection, "cell_bytes", self.line_max as u64 / 4, what));
            }
            self.line.extend_from_slice(&bytes[..take]);
            self.lines.consume(take);
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    /// All that it writes until it ends; where it ends badly, with the words that are in there for it.
    pub async fn all(&mut self, most: u64, words: impl Fn(&[u8]) -> Option<String>) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        while self.fill().await? {
            all.append(&mut self.line);
            if all.len() as u64 > most {
                return Err(fault::limit(&self.connection, "bytes", most, "too much"));
            }
        }
        match (self.ended().await, words(&all)) {
            (Ok(()), _) => Ok(all),
            (Err(_), Some(words)) => Err(self.failed("gave up", Some(words))),
            (Err(error), None) => Err(error),
        }
    }

    async fn ended(&mut self) -> Result<()> {
        let status = self.child.wait().await;
        let status = status.map_err(|e| self.failed(&format!("can not be waited for: {e}"), None))?;
        // Something that it has begun may still hold its errors open.
        if let Some(listening) = self.listening.take() {
            let _ = tokio::time::timeout(LAST_WORDS, listening).await;
        }
        match status.success() {
            true => Ok(()),
            false => Err(self.failed(&format!("ended with {status}"), None)),
        }
    }

    /// What went wrong; in the program's own words where they may be told.
    pub fn failed(&self, how: &str, words: Option<String>) -> Error {
        let tail = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let said = words.unwrap_or_else(|| tail.iter().cloned().collect::<Vec<_>>().join("\n  "));
        fault::failed(&self.connection, how, self.tell.then_some(said.as_str()))
    }

    /// A line that is none of the protocol.
    pub fn confused(&self, why: &str) -> Error {
        fault::answer(&self.connection, why)
    }
}

/// Keeps the last of what a program says of itself, and writes all of it into our log.
async fn listen(connection: String, errors: impl AsyncRead + Unpin, said: Tail) {
    let mut errors = BufReader::new(errors);
    let mut line = Vec::new();
    while let Ok(bytes) = errors.fill_buf().await {
        if bytes.is_empty() {
            break;
        }
        let end = bytes.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let take = end.unwrap_or(bytes.len());
        // Of a long line its beginning.
        let room = (SAID_LETTERS * 4).saturating_sub(line.len());
        line.extend_from_slice(&bytes[..take.min(room)]);
        errors.consume(take);
        if end.is_some() {
            keep(&connection, &line, &said);
            line.clear();
        }
    }
    keep(&connection, &line, &said);
}

fn keep(connection: &str, line: &[u8], said: &Tail) {
    let text: String = String::from_utf8_lossy(line).trim().chars().take(SAID_LETTERS).collect();
    if text.is_empty() {
        return;
    }
    tracing::info!(connection, said = %text, "a program says");
    let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
    if said.len() == SAID {
        said.pop_front();
    }
    said.push_back(text);
}
