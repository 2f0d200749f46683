//! `kith profile get` and `kith profile search`: one customer, with a reason for every value.

use super::failure::Failure;
use super::output::{Output, grouped, printable};
use super::table::Table;
use super::{Context, lookup, open, probability};
use clap::{Args, Subcommand};
use kith_engine::events::{Came, NameCount};
use kith_engine::shape::{
    Activity, Candidate, GoldenValue, Household, OtherView, Profile as Shape, SearchResults,
};

/// Look at one customer, or search for one.
#[derive(Args)]
pub struct Profile {
    #[command(subcommand)]
    command: Command,
}

const GET_HELP: &str = "\
Examples:
  kith profile get email:ada@example.org
  kith profile get crm:1017 --confidence 0.99    the record 1017 of the source crm, read strictly
  kith profile get profile:p000000000003f --json";

const SEARCH_HELP: &str = "\
Examples:
  kith profile search \"ada lovlace\"      forgives typing errors
  kith profile search 555-0117 --limit 5";

#[derive(Subcommand)]
enum Command {
    /// One customer, by any identifier.
    #[command(after_help = GET_HELP)]
    Get {
        /// An identifier and its value: email:…, phone:…, customer_id:…, profile:…, or SOURCE:KEY.
        #[arg(value_name = "TYPE:VALUE")]
        lookup: String,
        /// How sure each merge inside must be [default: the project's own].
        #[arg(long, value_parser = probability)]
        confidence: Option<f64>,
    },
    /// Find customers by name, e-mail, phone or address.
    #[command(after_help = SEARCH_HELP)]
    Search {
        /// What to look for.
        query: String,
        /// At most so many results.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
    },
}

impl Profile {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        match self.command {
            Command::Get { lookup: text, confidence } => {
                let lookup = lookup(&text)?;
                let project = open(context)?;
                // Events may have come just before the server was stopped.
                project.follow_events()?;
                let profile = project.profile(&lookup, confidence)?;
                if out.json { out.document(&profile) } else { show(&profile, out) }
            }
            Command::Search { query, limit } => {
                let found = open(context)?.search(&query, usize::from(limit))?;
                if out.json { out.document(&found) } else { show_found(&found, out) }
            }
        }
    }
}

fn show(profile: &Shape, out: &mut Output) -> Result<(), Failure> {
    heading(profile, out)?;
    let mut golden = Table::new(["field", "value", "from", "why", "instead of"]);
    for value in &profile.golden {
        golden.row(golden_row(value));
        for also in &value.also {
            let from = format!("{}:{}", also.source.as_str(), also.key);
            golden.row([String::new(), also.original.clone(), from, "also known".into(), String::new()]);
        }
    }
    out.line(golden.render())?;
    out.line("")?;
    let mut records = Table::new(["record", "node", "updated", "row"]);
    for record in &profile.records {
        let row: Vec<String> = record.row.values().filter_map(cell).collect();
        let name = format!("{}:{}", record.source.as_str(), record.key);
        let updated = record.updated_at.clone().unwrap_or_default();
        records.row([name, record.node_id.0.to_string(), updated, row.join(", ")]);
    }
    out.line(records.render())?;
    let known: Vec<String> =
        profile.identifiers.iter().map(|id| format!("{}:{}", id.kind, id.value)).collect();
    if !known.is_empty() {
        let more = known.len().saturating_sub(IDENTIFIERS_MAX);
        let more = if more > 0 { format!(" and {more} more; --json shows all") } else { String::new() };
        let shown = known.iter().take(IDENTIFIERS_MAX).cloned().collect::<Vec<_>>().join(", ");
        out.line(printable(&format!("Known by: {shown}{more}")))?;
    }
    if let Some(household) = &profile.household {
        show_household(household, out)?;
    }
    if let Some(activity) = &profile.activity {
        show_activity(activity, out)?;
    }
    let others = others(profile);
    if !others.is_empty() {
        out.line("")?;
        out.line(format!("At another confidence: {others}."))?;
    }
    if let [first, second, ..] = profile.records.as_slice() {
        let command = format!("kith explain {} {}", first.node_id.0, second.node_id.0);
        out.line(format!("Why these are one person: {}", out.bold(&command)))?;
    }
    Ok(())
}

/// Identifiers that fit on a screen.
const IDENTIFIERS_MAX: usize = 12;

fn show_household(household: &Household, out: &mut Output) -> Result<(), Failure> {
    let address = household.address.as_deref().map_or(String::new(), |at| format!(" at {at}"));
    out.line(format!("\nLives together{}:", printable(&address)))?;
    let mut members = Table::new(["name", "profile", "role", "sure", "shares"]);
    for member in &household.members {
        members.row([
            member.name.clone().unwrap_or_else(|| "(no name)".into()),
            member.profile_id.to_string(),
            member.role.clone(),
            format!("{:.3}", member.probability),
            member.shared.join(", "),
        ]);
    }
    out.line(members.render())
}

/// What they did: declared traits, and how often which event.
fn show_activity(activity: &Activity, out: &mut Output) -> Result<(), Failure> {
    const NAMES_MAX: usize = 12;
    let last = activity.last_at.as_deref().map_or(String::new(), |at| format!(", the last one {at}"));
    let of = activity.identities.len();
    let whose = if of == 1 { "1 identity".into() } else { format!("{of} identities") };
    out.line(format!("\nDid: {} events of {whose}{last}", grouped(activity.events)))?;
    let mut did = Table::new(["event", "times", "first", "last"]);
    for name in activity.by_name.iter().take(NAMES_MAX) {
        let NameCount { name, count, first_at, last_at } = name;
        did.row([name.clone(), grouped(*count), first_at.clone(), last_at.clone()]);
    }
    for (name, value) in activity.traits.iter().filter(|(_, value)| !value.is_null()) {
        let value = cell(value).unwrap_or_else(|| value.to_string());
        did.row([format!("{name} (trait)"), value, String::new(), String::new()]);
    }
    out.line(did.render())?;
    show_contexts(activity, out)?;
    if let Some(line) = came(&activity.came) {
        out.line(printable(&line))?;
    }
    match activity.by_name.len().checked_sub(NAMES_MAX) {
        Some(more) if more > 0 => out.line(format!("and {more} other names; --json shows all")),
        _ => Ok(()),
    }
}

/// Their orders, tickets, subscriptions: how those that changed last stand.
fn show_contexts(activity: &Activity, out: &mut Output) -> Result<(), Failure> {
    if activity.context_counts.is_empty() {
        return Ok(());
    }
    let kinds = activity.context_counts.iter().map(|kind| match (kind.count, kind.open) {
        (Some(count), Some(open)) => format!("{} {} ({} open)", grouped(count), kind.name, grouped(open)),
        _ => format!("too many {}", kind.name),
    });
    out.line(format!("\nHas: {}", kinds.collect::<Vec<_>>().join(", ")))?;
    let mut contexts = Table::new(["context", "id", "state", "value", "label", "opened", "changed"]);
    for context in &activity.contexts {
        let value = context.value.as_ref().and_then(cell).unwrap_or_default();
        contexts.row([
            context.name.clone(),
            context.id.clone(),
            context.state.clone().unwrap_or_default(),
            [value, context.currency.clone().unwrap_or_default()].join(" ").trim().to_string(),
            context.label.clone().unwrap_or_default(),
            context.opened_at.clone(),
            context.changed_at.clone(),
        ]);
    }
    out.line(contexts.render())
}

/// How they come, in one line: sessions, home, what brought them last; `None` = nothing of it is known.
fn came(came: &Came) -> Option<String> {
    let sessions = match came.sessions.count {
        0 => None,
        1 => Some("1 session".to_string()),
        count => Some(format!("{} sessions", grouped(count))),
    };
    let home = came.places.home.as_ref().map(|home| match home.region.as_str() {
        "" => format!("home in {}", home.country),
        region => format!("home in {region}, {}", home.country),
    });
    let touch = came.last_touch.as_ref().map(|touch| {
        let campaign = touch.campaign.as_ref().filter(|campaign| !campaign.name.is_empty());
        let campaign = campaign.map_or(String::new(), |campaign| format!(" ({})", campaign.name));
        format!("last came by {}{campaign}", touch.channel.name().replace('_', " "))
    });
    let bots = (came.bot_events > 0).then(|| format!("{} events of programs", grouped(came.bot_events)));
    let parts: Vec<String> = [sessions, home, touch, bots].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn heading(profile: &Shape, out: &mut Output) -> Result<(), Failure> {
    let value =
        |name: &str| profile.golden.iter().find(|g| g.field.name() == name).map(|g| &g.winner.original);
    let name = match (value("given_name"), value("family_name"), value("full_name")) {
        (Some(given), Some(family), _) => format!("{given} {family}"),
        (_, _, Some(full)) => full.clone(),
        _ => "(no name)".into(),
    };
    let id = profile.profile_id.map_or("no profile id yet".to_string(), |id| id.to_string());
    out.line(format!("{}  {}", out.bold(&printable(&name)), out.faint(&id)))?;
    if let Some(old) = profile.redirected_from {
        out.line(format!("{old} was merged into this profile."))?;
    }
    let records = match profile.records.len() {
        1 => "1 record".to_string(),
        n => format!("{n} records, one person with a certainty of {:.4}", profile.certainty),
    };
    out.line(format!("{records}; read at confidence {}\n", profile.confidence))
}

fn golden_row(value: &GoldenValue) -> [String; 5] {
    let mut losers: Vec<&Candidate> = value.losers.iter().filter(|l| l.value != value.winner.value).collect();
    losers.dedup_by(|a, b| a.value == b.value);
    let losers: Vec<String> = losers.into_iter().map(|l| l.original.clone()).collect();
    let from = format!("{}:{}", value.winner.source.as_str(), value.winner.key);
    [value.label.clone(), value.winner.original.clone(), from, value.rule.clone(), losers.join(", ")]
}

fn cell(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) if text.trim().is_empty() => None,
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The confidences at which the profile would have another size.
fn others(profile: &Shape) -> String {
    let now = profile.records.len() as u64;
    let say = |view: &OtherView| match view.records {
        1 => format!("1 record at {}", view.confidence),
        n => format!("{n} records at {}", view.confidence),
    };
    let all = profile.looser.iter().chain(&profile.stricter);
    all.filter(|view| view.records != now).map(say).collect::<Vec<_>>().join(", ")
}

fn show_found(found: &SearchResults, out: &mut Output) -> Result<(), Failure> {
    if found.results.is_empty() {
        return out.line("Nobody was found. Try fewer words, or another spelling.");
    }
    let mut table = Table::new(["profile", "name", "email", "phone", "city", "records", "sources", "score"]);
    for hit in &found.results {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        table.row([
            hit.profile_id.to_string(),
            text(&hit.name),
            text(&hit.email),
            text(&hit.phone),
            text(&hit.city),
            hit.records.to_string(),
            hit.sources.join(", "),
            format!("{:.2}", hit.score),
        ]);
    }
    out.line(table.render())
}
