//! The command line: one file per command.

pub mod failure;
pub mod output;
pub mod progress;
pub mod table;
mod init;
mod run;
mod profile;
mod explain;
mod sql;
mod sources;
mod rejects;
mod import;
mod events;
mod changes;
mod decide;
mod decisions;
mod preview;
mod check;
mod audit;
mod backup;
mod dedupe;
mod cluster;
mod serve;
mod token;
mod user;
mod label;
mod policy;
mod view;
mod copy;
mod lineage;
mod demo;
mod browser;

use clap::{Parser, Subcommand};
use failure::{Exit, Failure};
use kith_engine::{Lookup, Project};
use output::Output;
use std::path::PathBuf;

const AFTER_HELP: &str = "\
Examples:
  kith demo                                    a small company, resolved, in your browser
  kith dedupe customers.csv --out people.csv   one file, no project
  kith init crm.csv shop.db && kith run        a project from your own sources
  kith profile get email:ada@example.org       one customer, with a reason for every value

Exit codes:
  0 ok             1 internal              2 usage       3 configuration
  4 source, input  5 not found             6 verification failed
  7 data directory busy or unreadable";

/// Kith: one true view of each customer, from every system you own, with a reason for every value.
#[derive(Parser)]
#[command(name = "kith", version, after_help = AFTER_HELP, arg_required_else_help = true)]
pub struct Cli {
    /// Answer with one JSON document.
    #[arg(long, global = true)]
    json: bool,
    /// The project: the folder that holds kith.toml [default: this one].
    #[arg(long, short = 'C', global = true, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Say more on standard error (repeat for more still).
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// No progress bars, no messages but errors.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Look at sources, recognise their columns, and write kith.toml.
    Init(init::Init),
    /// Read what is new, and resolve it: connect, land, standardise, resolve, unify.
    Run(run::Run),
    /// Look at one customer, or search for one.
    Profile(profile::Profile),
    /// Why two records are, or are not, the same person.
    Explain(explain::Explain),
    /// Ask in SQL, over sources and results.
    Sql(sql::Sql),
    /// The sources and what was read from them.
    Sources(sources::Sources),
    /// Rows that could not be landed, with the reason.
    Rejects(rejects::Rejects),
    /// Take in events from a file.
    Import(import::Import),
    /// The counts of events, what was refused, its replay, and tracking plans.
    Events(events::Events),
    /// How the identity of customers changed.
    Changes(changes::Changes),
    /// Say that two records are always, or never, one person, or that a value links nobody.
    Decide(decide::Decide),
    /// What people have decided.
    Decisions(decisions::Decisions),
    /// What a decision, a rule, a model or a confidence would change; nothing is written.
    Preview(preview::Preview),
    /// Make it so, exactly as it was previewed.
    Promote(preview::Promote),
    /// Check that every view agrees with the log.
    Verify(check::Verify),
    /// Drop every view and make it again from the log.
    Rebuild(check::Rebuild),
    /// Who read what, and whether the log of it is as it was written.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Make, check and restore backups.
    #[command(subcommand)]
    Backup(backup::Command),
    /// Look for what is wrong with this project and this machine.
    Doctor(check::Doctor),
    /// Find the duplicates in files, without a project.
    Dedupe(dedupe::Dedupe),
    /// Run a scheduler or an executor, where one machine is not enough.
    #[command(subcommand)]
    Cluster(cluster::Command),
    /// Serve the HTTP API and the user interface.
    Serve(serve::Serve),
    /// Make, list and revoke API tokens.
    Token(token::Token),
    /// Add, list and remove people who sign in with a password, at the port of `kith serve --sql-addr`.
    User(user::User),
    /// Say what columns hold; policies go by it.
    Label(label::Label),
    /// Say who may see what.
    Policy(policy::Policy),
    /// Keep queries as tables, with contracts.
    View(view::View),
    /// Copies of tables that are read in place: list, refresh, compare and end them.
    Copy(copy::Copy),
    /// Where columns come from, and what a change of them touches.
    Lineage(lineage::Lineage),
    /// Invent a small company with seven sources, resolve it, and show the result.
    Demo(demo::Demo),
    /// Print the OpenAPI document of the HTTP API.
    Openapi,
    /// Print a completion script for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

/// What every command knows.
pub struct Context {
    /// The project's folder, where it was said.
    pub dir: Option<PathBuf>,
    /// No progress bars.
    pub quiet: bool,
}

impl Context {
    /// The project's folder.
    pub fn project_dir(&self) -> PathBuf {
        self.dir.clone().unwrap_or_else(|| PathBuf::from("."))
    }
}

/// Opens the project that the command is about.
pub fn open(context: &Context) -> Result<Project, Failure> {
    Ok(Project::open(&context.project_dir())?)
}

/// An identifier; a malformed one is a wrong command line, not a wrong input.
pub fn lookup(text: &str) -> Result<Lookup, Failure> {
    text.parse::<Lookup>().map_err(|e| Failure::new(Exit::Usage, e.code(), e.to_string(), e.help()))
}

/// A confidence on the command line.
pub fn probability(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(p) if p > 0.0 && p < 1.0 => Ok(p),
        _ => Err("expected a probability between 0 and 1, such as 0.95".into()),
    }
}

/// Zero rows would look like "there is nothing".
fn at_least_one(limit: usize) -> Result<usize, Failure> {
    match limit {
        0 => Err(Failure::usage("a limit of 0 shows nothing", "Use --limit 1 or more.")),
        limit => Ok(limit),
    }
}

impl Cli {
    /// True when the answer, errors included, is JSON.
    pub fn json(&self) -> bool {
        self.json
    }

    /// Does what was asked.
    pub fn execute(self) -> Result<(), Failure> {
        let mut out = Output::new(self.json);
        let context = Context { dir: self.dir, quiet: self.quiet || self.json };
        match self.command {
            Command::Init(command) => command.execute(&context, &mut out),
            Command::Run(command) => command.execute(&context, &mut out),
            Command::Profile(command) => command.execute(&context, &mut out),
            Command::Explain(command) => command.execute(&context, &mut out),
            Command::Sql(command) => command.execute(&context, &mut out),
            Command::Sources(command) => command.execute(&context, &mut out),
            Command::Rejects(command) => command.execute(&context, &mut out),
            Command::Events(command) => command.execute(&context, &mut out),
            Command::Import(command) => command.execute(&context, &mut out),
            Command::Changes(command) => command.execute(&context, &mut out),
            Command::Decide(command) => command.execute(&context, &mut out),
            Command::Decisions(command) => command.execute(&context, &mut out),
            Command::Preview(command) => command.execute(&context, &mut out),
            Command::Promote(command) => command.execute(&context, &mut out),
            Command::Verify(command) => command.execute(&context, &mut out),
            Command::Rebuild(command) => command.execute(&context, &mut out),
            Command::Audit(command) => command.execute(&context, &mut out),
            Command::Backup(command) => command.execute(&context, &mut out),
            Command::Doctor(command) => command.execute(&context, &mut out),
            Command::Dedupe(command) => command.execute(&context, &mut out),
            Command::Cluster(command) => command.execute(&mut out),
            Command::Serve(command) => command.execute(&context, &mut out),
            Command::Token(command) => command.execute(&context, &mut out),
            Command::User(command) => command.execute(&context, &mut out),
            Command::Label(command) => command.execute(&context, &mut out),
            Command::Policy(command) => command.execute(&context, &mut out),
            Command::View(command) => command.execute(&context, &mut out),
            Command::Copy(command) => command.execute(&context, &mut out),
            Command::Lineage(command) => command.execute(&context, &mut out),
            Command::Demo(command) => command.execute(&context, &mut out),
            Command::Openapi => out.line(crate::api::document_text()),
            Command::Completions { shell } => completions(shell, &mut out),
        }?;
        out.flush()
    }
}

fn completions(shell: clap_complete::Shell, out: &mut Output) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut <Cli as clap::CommandFactory>::command(), "kith", &mut script);
    std::io::Write::write_all(out.writer(), &script).map_err(Failure::from)
}
