//! Taking decisions, and taking them back.
//!
//! 1. Each wish becomes a decision that names records by source and key, and values by their normal form.
//! 2. Each is checked against those in force and those before it in the same call.
//! 3. All go into the log at once, or none.

use super::shape::Wish;
use crate::error::{Error, Result};
use crate::profile::{Lookup, find_nodes};
use crate::project::Project;
use kith_core::decision::{Closure, Decision, RecordRef, Refusal};
use kith_core::entry::{DecisionEntry, Entry, WithdrawnEntry};
use kith_core::field::Field;
use kith_core::id::Position;
use kith_core::standard::{Context, Outcome, normalise};
use kith_dedupe::slot::kind_of;

/// As many decisions as one call takes.
const WISHES_MAX: usize = 1_000;

/// A reason is a sentence or two.
const REASON_CHARS_MAX: usize = 2_000;

/// Why something is decided, and who decides.
#[derive(Clone, Debug)]
pub struct Why {
    /// The reason.
    pub reason: String,
    /// Who.
    pub author: String,
}

impl Why {
    fn checked(&self) -> Result<(String, String)> {
        let (reason, author) = (self.reason.trim(), self.author.trim());
        let bad = |message: String| Err(Error::input("K-DECISION-FORM", message, FORM_HELP));
        match () {
            () if reason.is_empty() => bad("a decision needs a reason".into()),
            () if author.is_empty() => bad("a decision needs an author".into()),
            () if reason.chars().count() > REASON_CHARS_MAX => {
                bad(format!("the reason is longer than {REASON_CHARS_MAX} characters"))
            }
            () if author.chars().count() > 200 => bad("the author is longer than 200 characters".into()),
            () => Ok((reason.to_string(), author.to_string())),
        }
    }
}

const FORM_HELP: &str =
    "Say why and by whom: whoever meets the decision in a year wants to know whether it still holds.";

/// Appends the decisions and gives their names. The caller holds the project's writer.
pub(super) fn take(project: &Project, wishes: &[Wish], why: &Why) -> Result<Vec<Position>> {
    let (reason, author) = why.checked()?;
    if wishes.is_empty() || wishes.len() > WISHES_MAX {
        let message = format!("from 1 to {WISHES_MAX} decisions at a time, not {}", wishes.len());
        return Err(Error::input("K-DECISION-FORM", message, "Send them in parts."));
    }
    let decisions = checked(project, &mut project.live.decided()?, wishes)?;
    let decided_at_ms = project.live.now_ms();
    let entries: Vec<Entry> = decisions
        .into_iter()
        .map(|decision| {
            let (reason, author) = (reason.clone(), author.clone());
            Entry::Decision(DecisionEntry { decision, reason, author, decided_at_ms })
        })
        .collect();
    let last = project.live.append(&entries)?;
    Ok((last.0 + 1 - entries.len() as u64..=last.0).map(Position).collect())
}

/// The wishes as decisions that can stand beside those in force; these are added to the closure.
pub(super) fn checked(project: &Project, closure: &mut Closure, wishes: &[Wish]) -> Result<Vec<Decision>> {
    let next = project.live.position().0 + 1;
    let mut taken = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let decisions = decisions(project, wish)?;
        let several = decisions.len() > 1;
        let before = taken.len();
        let mut known = None;
        for decision in decisions {
            match closure.refusal(&decision) {
                // Of a whole profile some pairs may have been decided before.
                Some(refusal @ Refusal::Known(_)) if several => known = Some((decision, refusal)),
                Some(refusal) => return Err(refused(closure, &decision, refusal, next)),
                None => {
                    closure.add(Position(next + taken.len() as u64), decision.clone());
                    taken.push(decision);
                }
            }
        }
        if let Some((decision, refusal)) = known.filter(|_| taken.len() == before) {
            return Err(refused(closure, &decision, refusal, next));
        }
    }
    if taken.len() > WISHES_MAX {
        let message = format!("these are {} pairs of records, at most {WISHES_MAX} at a time", taken.len());
        return Err(Error::input("K-DECISION-FORM", message, "Name single records, or send them in parts."));
    }
    Ok(taken)
}

/// Appends the withdrawal. The caller holds the project's writer.
pub(super) fn take_back(project: &Project, id: Position, why: &Why) -> Result<()> {
    let (reason, author) = why.checked()?;
    in_force(project, id)?;
    let withdrawn_at_ms = project.live.now_ms();
    project.live.append(&[Entry::Withdrawn(WithdrawnEntry {
        decision: id,
        reason,
        author,
        withdrawn_at_ms,
    })])?;
    Ok(())
}

/// An error unless this names a decision in force.
pub(super) fn in_force(project: &Project, id: Position) -> Result<()> {
    let gone = |what: &str| {
        let message = format!("{} {what}", id.0);
        Error::not_found("K-DECISION-GONE", message, "`kith decisions --all` lists them all.")
    };
    match project.live.decision(id)? {
        None => Err(gone("is not a decision")),
        Some(decided) if decided.withdrawn.is_some() => Err(gone("was taken back already")),
        Some(_) => Ok(()),
    }
}

/// What a wish means, record by record. A profile stands for all its records: to be one person, each is joined with the
/// first; to be two, each of the one is kept apart from each of the other.
fn decisions(project: &Project, wish: &Wish) -> Result<Vec<Decision>> {
    Ok(match wish {
        Wish::Always { a, b } => {
            let (left, right) = (records(project, a)?, records(project, b)?);
            let single = left.len() == 1 && right.len() == 1;
            let Some(first) = left.first().cloned() else { return Ok(Vec::new()) };
            let others = left.into_iter().skip(1).chain(right).filter(|r| single || *r != first);
            let join = |b: RecordRef| Decision::Always { a: first.clone(), b };
            let mut joined: Vec<Decision> = others.map(join).collect();
            let mut seen = Vec::new();
            joined.retain(|d| {
                !seen.contains(d) && {
                    seen.push(d.clone());
                    true
                }
            });
            joined
        }
        Wish::Never { a, b } => {
            let (left, right) = (records(project, a)?, records(project, b)?);
            let pairs = left.iter().flat_map(|a| right.iter().map(move |b| (a.clone(), b.clone())));
            pairs.map(|(a, b)| Decision::Never { a, b }).collect()
        }
        Wish::Blocked { field, value } => vec![blocked(project, field, value)?],
    })
}

/// Exactly one live record, or all those of a profile that is named as one.
fn records(project: &Project, text: &str) -> Result<Vec<RecordRef>> {
    let lookup: Lookup = text.parse()?;
    let help =
        "Name the record by its source and key, such as crm:17, or by its node's number; or a whole profile.";
    let found = find_nodes(&project.reader(), &lookup)?;
    let mut named = Vec::with_capacity(found.len());
    for node in found {
        named.extend(project.live.node(node)?.map(|n| RecordRef { source: n.source, key: n.key }));
    }
    if named.len() == 1 || matches!(lookup, Lookup::Profile(_)) {
        return Ok(named);
    }
    let names: Vec<String> = named.iter().take(5).map(RecordRef::to_string).collect();
    let more = if named.len() > names.len() { " …" } else { "" };
    let message = format!("{lookup} is {} records: {}{more}", named.len(), names.join(", "));
    Err(Error::input("K-DECISION-RECORD", message, help))
}

fn blocked(project: &Project, field: &str, value: &str) -> Result<Decision> {
    let form = |message: String, help: &str| Error::input("K-DECISION-FORM", message, help);
    let fields: Vec<&str> = Field::ALL.iter().filter(|f| matched(**f)).map(|f| f.name()).collect::<Vec<_>>();
    let known = field.parse::<Field>().ok().filter(|f| matched(*f));
    let Some(known) = known else {
        let message = format!("{field:?} is not a field that records are matched by");
        return Err(form(message, &format!("The fields are: {}.", fields.join(", "))));
    };
    let context = Context { region: project.config().project.region.clone(), day_first: None };
    match normalise(known, value, &context) {
        Outcome::Value(value) => Ok(Decision::Blocked { field: known, value }),
        Outcome::Junk(value) => Err(form(
            format!("{value:?} is known as a filler and links nobody already"),
            "Nothing needs to be done.",
        )),
        Outcome::Missing => Err(form("the value is empty".into(), "Say which value.")),
        Outcome::Invalid { reason } => {
            Err(form(format!("{value:?} is not a value of {field}: {reason}"), "Correct the value."))
        }
    }
}

/// Fields that take part in matching, or stand in for one that does.
fn matched(field: Field) -> bool {
    kind_of(field).is_some() || field == Field::EmailSha256
}

/// The error, naming what is in the way. Positions from `next` on are those of the same call.
fn refused(closure: &Closure, decision: &Decision, refusal: Refusal, next: u64) -> Error {
    let name = |position: &Position| match position.0.checked_sub(next) {
        Some(place) => format!("number {} of these", place + 1),
        None => position.0.to_string(),
    };
    let said = |position: &Position| {
        let found = closure.decisions().iter().find(|(p, _)| p == position);
        found.map(|(p, d)| format!("{} ({d})", name(p))).unwrap_or_else(|| name(position))
    };
    match refusal {
        Refusal::Known(position) => Error::conflict(
            "K-DECISION-KNOWN",
            format!("{decision} already, by decision {}", name(&position)),
            "Nothing needs to be done.",
        ),
        Refusal::OneRecord => Error::input(
            "K-DECISION-FORM",
            "both sides are the same record",
            "Name two different records, such as crm:17 and shop:4711.",
        ),
        Refusal::Against(positions) => {
            let all: Vec<String> = positions.iter().map(said).collect();
            Error::conflict(
                "K-DECISION-AGAINST",
                format!("that {decision} goes against {}", all.join(", ")),
                "Take one of them back first: `kith decide undo NUMBER --reason …`.",
            )
        }
    }
}
