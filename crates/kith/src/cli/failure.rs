//! How a command fails: one message on standard error and one of the fixed exit codes.
//!
//! People get it drawn by miette, with the lines of the configuration that are meant; with `--json` programs get
//! `{"error":{"code","message","help"}}` on standard error.

use crate::kept::KeptError;
use crate::users::UserError;
use kith_engine::Error;
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode, SourceSpan,
};
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

/// The exit codes, fixed for scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// A defect of Kith.
    Internal = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// kith.toml or model.toml is missing or wrong.
    Configuration = 3,
    /// A source or an input can not be read.
    Source = 4,
    /// There is no such thing.
    NotFound = 5,
    /// A projection disagrees with the log.
    Verification = 6,
    /// The data directory is busy or unreadable.
    Data = 7,
}

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// The reader of our output has gone; there is nobody to tell.
    ReaderGone,
    /// Everything else.
    Told(Box<Told>),
}

/// What is told of a failure.
#[derive(Debug)]
pub struct Told {
    exit: Exit,
    code: String,
    message: String,
    help: String,
    causes: Vec<String>,
    snippet: Option<(NamedSource<String>, SourceSpan)>,
}

impl Failure {
    /// Any failure.
    pub fn new(
        exit: Exit,
        code: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Failure::Told(Box::new(Told {
            exit,
            code: code.into(),
            message: message.into(),
            help: help.into(),
            causes: Vec::new(),
            snippet: None,
        }))
    }

    /// The command line makes no sense, beyond what its grammar says.
    pub fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Failure::new(Exit::Usage, "K-CLI-USAGE", message, help)
    }

    /// Kith itself is wrong.
    pub fn defect() -> Self {
        let help = "Please report it, with the command and the lines above.";
        Failure::new(Exit::Internal, "K-INTERNAL-PANIC", "this is a defect of Kith", help)
    }

    /// Tells it on standard error and returns the exit code.
    pub fn tell(&self, json: bool) -> ExitCode {
        let Failure::Told(told) = self else { return ExitCode::SUCCESS };
        let text = if json { told.as_json() } else { told.drawn() };
        // When standard error is closed too, the exit code has to say it alone.
        let _ = writeln!(io::stderr(), "{}", text.trim_end());
        ExitCode::from(told.exit as u8)
    }
}

impl Told {
    fn as_json(&self) -> String {
        let error =
            serde_json::json!({ "code": self.code, "message": self.full_message(), "help": self.help });
        serde_json::json!({ "error": error }).to_string()
    }

    fn full_message(&self) -> String {
        std::iter::once(&self.message).chain(&self.causes).cloned().collect::<Vec<_>>().join(": ")
    }

    fn drawn(&self) -> String {
        let plain = !io::stderr().is_terminal() || std::env::var_os("NO_COLOR").is_some();
        let theme = if plain { GraphicalTheme::unicode_nocolor() } else { GraphicalTheme::unicode() };
        let mut text = String::new();
        match GraphicalReportHandler::new_themed(theme).with_links(false).render_report(&mut text, self) {
            Ok(()) => text,
            Err(_) => format!("{}: {}\n{}", self.code, self.full_message(), self.help),
        }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.full_message())
    }
}

impl std::error::Error for Told {}

impl Diagnostic for Told {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.code))
    }
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        (!self.help.is_empty()).then(|| Box::new(&self.help) as Box<dyn fmt::Display>)
    }
    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.snippet.as_ref().map(|(text, _)| text as &dyn SourceCode)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (_, span) = self.snippet.as_ref()?;
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(Some("here".into()), *span))))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::ReaderGone,
            _ => {
                let help = "Check the disk and the permissions of the file.";
                Failure::new(Exit::Source, "K-CLI-IO", error.to_string(), help)
            }
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match &error {
            Error::Config { .. } => Exit::Configuration,
            Error::Source { .. }
            | Error::Input { .. }
            | Error::Denied { .. }
            | Error::Conflict { .. }
            | Error::Sql { .. } => Exit::Source,
            Error::NotFound { .. } => Exit::NotFound,
            Error::Data { .. } => Exit::Data,
            _ => Exit::Internal,
        };
        Failure::Told(Box::new(Told {
            exit,
            code: error.code().to_string(),
            message: message_with_place(&error),
            help: error.help().to_string(),
            causes: causes(&error),
            snippet: snippet(&error),
        }))
    }
}

impl From<KeptError> for Failure {
    fn from(error: KeptError) -> Self {
        let of =
            |token: &'static str, user: &'static str, what: &str| if what == "token" { token } else { user };
        let (exit, code, help) = match &error {
            KeptError::BadName { what, .. } => {
                (Exit::Usage, of("K-TOKEN-NAME", "K-USER-NAME", what), "Choose another name.")
            }
            KeptError::Taken { what, .. } => (
                Exit::Usage,
                of("K-TOKEN-TAKEN", "K-USER-TAKEN", what),
                of(
                    "Choose another name, or revoke that token first.",
                    "Choose another name, or remove that user first.",
                    what,
                ),
            ),
            KeptError::Unknown { what, .. } => (
                Exit::NotFound,
                of("K-TOKEN-UNKNOWN", "K-USER-UNKNOWN", what),
                of("`kith token list` names the tokens.", "`kith user list` names the users.", what),
            ),
            KeptError::Unreadable { what, .. } => (
                Exit::Data,
                of("K-TOKEN-FILE", "K-USER-FILE", what),
                of(
                    "Restore the file, or remove it and make new tokens.",
                    "Restore the file, or remove it and add the users anew.",
                    what,
                ),
            ),
            KeptError::Io { what, .. } => (
                Exit::Data,
                of("K-TOKEN-FILE", "K-USER-FILE", what),
                "Check the permissions of the project's .kith folder.",
            ),
            KeptError::Random => (Exit::Internal, "K-TOKEN-RANDOM", "Try again."),
        };
        Failure::new(exit, code, error.to_string(), help)
    }
}

impl From<UserError> for Failure {
    fn from(error: UserError) -> Self {
        match error {
            UserError::Kept(error) => error.into(),
            UserError::BadPassword => {
                let help = "Or let `kith user add NAME` make one up.";
                Failure::new(Exit::Usage, "K-USER-PASSWORD", error.to_string(), help)
            }
        }
    }
}

/// The line and column stand in the message too, for those who read no drawing.
fn message_with_place(error: &Error) -> String {
    match error {
        Error::Config { message, file, line: Some(line), column, .. } if !message.contains(file.as_str()) => {
            let column = column.map(|c| format!(":{c}")).unwrap_or_default();
            format!("{file}:{line}{column}: {message}")
        }
        Error::Sql { message, line: Some(line), column: Some(column), .. } if !message.contains("line") => {
            format!("{message} (line {line}, column {column})")
        }
        other => other.to_string(),
    }
}

fn causes(error: &Error) -> Vec<String> {
    let mut found = Vec::new();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        let text = cause.to_string();
        // Many errors repeat their cause's text in their own.
        if !found.last().is_some_and(|last: &String| last.contains(&text))
            && !error.to_string().contains(&text)
        {
            found.push(text);
        }
        next = cause.source();
    }
    found
}

/// The part of the file that is meant: by its bytes, or else the rest of its line.
fn snippet(error: &Error) -> Option<(NamedSource<String>, SourceSpan)> {
    let Error::Config { file, line, column, span, .. } = error else { return None };
    let text = std::fs::read_to_string(file).ok()?;
    let range = match span {
        Some(span) => span.clone(),
        None => line_range(&text, (*line)?, column.unwrap_or(1)),
    };
    let end = range.end.min(text.len());
    let start = range.start.min(end);
    Some((NamedSource::new(file, text), SourceSpan::from(start..end)))
}

fn line_range(text: &str, line: usize, column: usize) -> std::ops::Range<usize> {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let length = text.get(start..).and_then(|rest| rest.lines().next()).map_or(0, str::len);
    (start + column.saturating_sub(1).min(length))..(start + length)
}
