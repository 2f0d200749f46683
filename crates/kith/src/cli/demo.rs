//! `kith demo`: invent a small company whose sources disagree, run the whole main job on it, say how right the result is,
//! and show it.
//!
//! 1. Write the sources and, aside, the truth (`crate::demo`); the same `--people` always give the same company.
//!    kith.toml comes with them.
//! 2. Run: connect, land, standardise, resolve, unify.
//! 3. Compare the profiles with the truth, which matching never saw.
//! 4. Serve, with a token of its own, and open a browser.

use super::failure::{Exit, Failure};
use super::output::{Output, grouped, note, printable};
use super::progress::Bars;
use super::{Context, browser, run, serve};
use crate::demo::{self, DemoOptions, DemoScore, DemoSummary};
use crate::tokens::Tokens;
use clap::Args;
use kith_engine::{Limits, Project, RunOptions, RunReport};
use serde::Serialize;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const AFTER_HELP: &str = "\
Everything is invented and deterministic. Nothing leaves this machine.

Examples:
  kith demo                            then look at it in the browser
  kith demo --headless --json          one JSON summary, no server
  kith demo --people 5000 --dir acme
  PGPASSWORD=… kith demo --postgres postgres://kith@localhost/demo   the CRM is in a real PostgreSQL";

/// Invent a small company with seven sources, resolve it, and show the result.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Demo {
    /// Do not serve; end after the report.
    #[arg(long)]
    headless: bool,
    /// How many people to invent.
    #[arg(long, default_value_t = 25_000, value_parser = clap::value_parser!(u32).range(100..=2_000_000))]
    people: u32,
    /// Put the CRM into this PostgreSQL database.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Where to serve; any free port when this one is taken.
    #[arg(long, default_value = "127.0.0.1:7777", value_name = "HOST:PORT")]
    addr: String,
    /// Open no browser.
    #[arg(long)]
    no_browser: bool,
}

/// The whole result, as `--json` prints it.
#[derive(Serialize)]
struct Summary {
    dir: String,
    confidence: f64,
    score: DemoScore,
    seconds: Seconds,
    company: DemoSummary,
    run: RunReport,
    #[serde(skip)]
    look: Vec<String>,
}

/// Where the time went.
#[derive(Serialize)]
struct Seconds {
    invent: f64,
    run: f64,
    total: f64,
}

/// A folder of an earlier demo is begun again; any other that holds something is left alone.
fn fresh(dir: &Path) -> Result<(), Failure> {
    let empty = std::fs::read_dir(dir).map_or(true, |mut inside| inside.next().is_none());
    if empty {
        return Ok(());
    }
    if !dir.join(demo::TRUTH_FOLDER).is_dir() {
        let message = format!("the folder {} holds something that is not a demo", dir.display());
        return Err(Failure::usage(message, "Give the demo an empty folder: kith demo --dir kith-demo."));
    }
    // Another process may be at work in it, such as an earlier demo that still serves.
    if let Err(busy) = Project::open(dir)
        && busy.code() == "K-DATA-BUSY"
    {
        return Err(busy.into());
    }
    let gone = |path: &Path, done: std::io::Result<()>| match done {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
            Err(demo::Error::Write { path: path.into(), cause }.into())
        }
        _ => Ok::<(), Failure>(()),
    };
    let (data, model) = (dir.join(".kith"), dir.join("model.toml"));
    gone(&data, std::fs::remove_dir_all(&data))?;
    gone(&model, std::fs::remove_file(&model))
}

impl Demo {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let addr = serve::loopback_only(serve::resolve(&self.addr)?)?;
        let dir = context.dir.clone().unwrap_or_else(|| PathBuf::from("kith-demo"));
        fresh(&dir)?;
        let begun = Instant::now();
        if !context.quiet {
            note(format!("Inventing {} people in {} …", grouped(u64::from(self.people)), dir.display()));
        }
        let options =
            DemoOptions { people: self.people, postgres: self.postgres.clone(), ..DemoOptions::default() };
        let company = demo::generate(&dir, &options)?;
        let invent = begun.elapsed().as_secs_f64();
        let project = Project::open(&dir)?;
        let run = Bars::during(context.quiet, |bars| project.run(&RunOptions::default(), bars))?;
        let score = demo::score(&company.truth, profiles(&project)?)?;
        let seconds = Seconds { invent, run: run.seconds_total, total: begun.elapsed().as_secs_f64() };
        let confidence = project.config().project.confidence;
        let look = where_to_look(&project, &dir)?;
        let summary =
            Summary { dir: dir.display().to_string(), confidence, score, seconds, company, run, look };
        if out.json {
            out.document(&summary)?
        } else {
            show(&summary, out)?
        }
        out.flush()?;
        if self.headless { Ok(()) } else { self.show_it(project, &dir, addr, out) }
    }

    fn show_it(
        &self,
        project: Project,
        dir: &Path,
        addr: SocketAddr,
        out: &mut Output,
    ) -> Result<(), Failure> {
        let tokens = Tokens::of(dir);
        let token = tokens.replace("demo", jiff::Timestamp::now())?;
        let collect = serve::free(SocketAddr::new(addr.ip(), serve::COLLECT_PORT));
        let addresses = serve::Addresses { api: serve::free(addr), collect, sql: None, flight: None };
        serve::serve(project, tokens, addresses, Vec::new(), |listening| {
            let addr = listening.api;
            let url = format!("http://{addr}/#token={token}");
            if out.json {
                out.line(serde_json::json!({ "url": url }).to_string())?;
            } else {
                out.line(format!("\nLook at it:  {}", out.bold(&url)))?;
                out.line("Stop with Ctrl-C.")?;
            }
            out.flush()?;
            if !self.no_browser && !out.json {
                browser::open(&url, &dir.join(".kith"));
            }
            Ok(())
        })
    }
}

/// Commands about the person whom most sources know.
fn where_to_look(project: &Project, dir: &Path) -> Result<Vec<String>, Failure> {
    const BEST_KNOWN: &str = "SELECT profile_id, given_name, family_name FROM master.customer \
        WHERE given_name IS NOT NULL AND family_name IS NOT NULL ORDER BY records DESC, profile_id LIMIT 1";
    let rows = project.session(&project.owner())?.rows(BEST_KNOWN, &Limits::default())?.rows;
    let text = |cell: Option<&Value>| cell.and_then(Value::as_str).unwrap_or_default().to_string();
    let person: Vec<String> = (0..3).map(|i| text(rows.first().and_then(|row| row.get(i)))).collect();
    let kith = format!("kith -C {}", dir.display());
    let mut look = vec![format!("{kith} sources")];
    if let [id, given, family] = person.as_slice() {
        look.push(format!("{kith} profile search \"{} {}\"", printable(given), printable(family)));
        look.push(format!("{kith} profile get profile:{id}"));
    }
    look.push(format!("{kith} sql \"SELECT * FROM master.customer LIMIT 5\""));
    Ok(look)
}

/// Every record with its profile: source, key, profile id.
fn profiles(project: &Project) -> Result<impl Iterator<Item = (String, String, String)>, Failure> {
    let limits = Limits { rows_max: usize::MAX, time_max: Duration::from_secs(600), ..Limits::default() };
    let rows = project
        .session(&project.owner())?
        .rows("SELECT source, key, profile_id FROM identity.node", &limits)?
        .rows;
    Ok(rows.into_iter().filter_map(|row| match <[Value; 3]>::try_from(row) {
        Ok([Value::String(source), Value::String(key), Value::String(profile)]) => {
            Some((source, key, profile))
        }
        _ => None,
    }))
}

fn show(summary: &Summary, out: &mut Output) -> Result<(), Failure> {
    run::show(&summary.run, out)?;
    let score = &summary.score;
    let percent = |part: f64| format!("{:.2} %", 100.0 * part);
    let precision = out.bold(&percent(score.pairwise.precision));
    let recall = out.bold(&percent(score.pairwise.recall));
    let people = out.bold(&grouped(score.people));
    out.line("")?;
    out.line(format!(
        "In truth they are {people} people. Matching never saw the truth; against it, by pairs:"
    ))?;
    out.line(format!("  precision {precision}   of the pairs that were joined are one person"))?;
    out.line(format!("  recall    {recall}   of the pairs that are one person were joined"))?;
    let (invent, run) = (summary.seconds.invent, summary.seconds.run);
    out.line(format!("{invent:.1} s to invent the company, {run:.1} s for the whole main job."))?;
    let dir = &summary.dir;
    out.line(format!("\nEverything is in {}. Where to look:", out.bold(dir)))?;
    for command in &summary.look {
        out.line(format!("  {command}"))?;
    }
    Ok(())
}

impl From<demo::Error> for Failure {
    /// The text of these errors is `CODE: what and where. How to mend it.`
    fn from(error: demo::Error) -> Self {
        let text = error.to_string();
        let (code, message) = text.split_once(": ").unwrap_or(("K-DEMO", &text));
        Failure::new(Exit::Source, code, message, "")
    }
}
