//! Decides by policies and labels.
//!
//! Cedar is asked twice about each thing: among the permits, and among the forbids. So all that apply are known, and the strictest
//! of their masks counts; Cedar's own answer would name the forbids alone. A policy that fails on a question says no.

use crate::known::Known;
use crate::policies::{Policies, Saying};
use cedar_policy::{
    Authorizer, Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression,
};
use kith_core::field::Privacy;
use kith_core::govern::{
    ColumnVerdict, Decide, Kind, Labelled, Mask, RowFilter, Subject, TableFacts, TableRef, Verdict,
};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::collections::HashSet;

/// Verdicts that are kept; the same tables are asked for again and again by the same people.
const KEPT_MAX: usize = 4_096;

type Question = (Subject, TableRef, Vec<(String, Kind)>);

/// What is in force.
#[derive(Debug)]
pub struct Rules {
    policies: Policies,
    known: Known,
    version: u64,
    kept: Mutex<FxHashMap<Question, Verdict>>,
}

/// What the policies say to one question.
struct Said<'a> {
    permits: Vec<&'a Saying>,
    forbids: Vec<&'a Saying>,
    /// A policy that could not be evaluated.
    failed: Option<String>,
}

impl Rules {
    /// By these policies and labels. `version` names them: another version may say otherwise.
    pub fn new(policies: Policies, known: Known, version: u64) -> Rules {
        Rules { policies, known, version, kept: Mutex::default() }
    }

    /// The policies.
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// What is known of columns.
    pub fn known(&self) -> &Known {
        &self.known
    }

    fn ask(&self, subject: &Subject, action: &str, resource: &EntityUid, entities: &Entities) -> Said<'_> {
        let (mut said, mut failed) = ([Vec::new(), Vec::new()], None);
        for (set, said) in [&self.policies.permits, &self.policies.forbids].into_iter().zip(&mut said) {
            match self.applying(set, subject, action, resource, entities) {
                Ok(sayings) => *said = sayings,
                Err(why) => failed = Some(why),
            }
        }
        let [permits, forbids] = said;
        Said { permits, forbids, failed }
    }

    fn applying(
        &self,
        set: &PolicySet,
        subject: &Subject,
        action: &str,
        resource: &EntityUid,
        entities: &Entities,
    ) -> Result<Vec<&Saying>, String> {
        let said = |what: &dyn std::fmt::Display| what.to_string();
        let mut context = vec![("door".to_string(), text(subject.door.as_str()))];
        context.extend(subject.purpose.iter().map(|purpose| ("purpose".to_string(), text(purpose))));
        let context = Context::from_pairs(context).map_err(|e| said(&e))?;
        let (principal, action) = (uid("User", &subject.user)?, uid("Action", action)?);
        let request =
            Request::new(principal, action, resource.clone(), context, None).map_err(|e| said(&e))?;
        let response = Authorizer::new().is_authorized(&request, set, entities);
        if let Some(error) = response.diagnostics().errors().next() {
            return Err(said(error));
        }
        let sayings = response.diagnostics().reason().map(|id| self.policies.sayings.get(id));
        let mut sayings = sayings.collect::<Option<Vec<_>>>().ok_or("a policy without a name")?;
        sayings.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(sayings)
    }

    fn column(
        &self,
        subject: &Subject,
        facts: &TableFacts,
        name: &str,
        entities: &Entities,
    ) -> ColumnVerdict {
        let (mask, why) = match uid("Column", &column_id(&facts.name, name)) {
            Ok(resource) => self.ask(subject, "see", &resource, entities).mask(),
            Err(why) => (Mask::Hidden, why),
        };
        ColumnVerdict { column: name.to_string(), mask, why }
    }

    fn decided(&self, subject: &Subject, facts: &TableFacts) -> Result<Verdict, String> {
        let labelled = |name: &str| self.known.of(&facts.name, name);
        let columns = facts.columns.iter().map(|(name, _)| (name.as_str(), labelled(name)));
        let entities = entities(subject, table_entities(&facts.name, columns)?)?;
        let said = self.ask(subject, "read", &uid("Table", &table_id(&facts.name))?, &entities);
        if !said.allows() {
            return Ok(Verdict::nothing());
        }
        let columns = facts.columns.iter().map(|(name, _)| self.column(subject, facts, name, &entities));
        Ok(Verdict { read: true, rows: said.rows(), columns: columns.collect(), version: self.version })
    }
}

impl Said<'_> {
    fn allows(&self) -> bool {
        self.failed.is_none() && self.forbids.is_empty() && !self.permits.is_empty()
    }

    /// How much of a column is shown, and by which policies.
    fn mask(&self) -> (Mask, String) {
        if let Some(failed) = &self.failed {
            return (Mask::Hidden, failed.clone());
        }
        if self.permits.is_empty() {
            return (Mask::Hidden, "no policy permits it".to_string());
        }
        let all = || self.permits.iter().chain(&self.forbids);
        let mask = all().map(|saying| saying.mask).fold(Mask::None, Mask::stricter);
        let told = |saying: &&&Saying| mask.shows_all() || !saying.mask.shows_all();
        let names: Vec<&str> = all().filter(told).map(|saying| saying.name.as_str()).collect();
        (mask, names.join(", "))
    }

    /// What every permit leaves of the rows.
    fn rows(&self) -> Option<RowFilter> {
        self.permits.iter().filter_map(|saying| saying.rows.clone()).reduce(RowFilter::and)
    }
}

impl Decide for Rules {
    fn reads(&self, subject: &Subject, table: &TableRef) -> bool {
        if subject.owns() {
            return true;
        }
        let facts = TableFacts { name: table.clone(), columns: Vec::new() };
        self.decided(subject, &facts).is_ok_and(|verdict| verdict.read)
    }

    fn verdict(&self, subject: &Subject, facts: &TableFacts) -> Verdict {
        if subject.owns() {
            return Verdict { version: self.version, ..Verdict::everything(facts, "owner") };
        }
        let question: Question = (subject.clone(), facts.name.clone(), facts.columns.clone());
        if let Some(verdict) = self.kept.lock().get(&question) {
            return verdict.clone();
        }
        let verdict = self.decided(subject, facts).unwrap_or_else(|_| Verdict::nothing());
        let mut kept = self.kept.lock();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(question, verdict.clone());
        verdict
    }

    fn calls(&self, subject: &Subject, route: &str, change: bool) -> bool {
        if subject.owns() {
            return true;
        }
        let asked = || -> Result<bool, String> {
            let resource = uid("Route", route)?;
            let entities = entities(subject, vec![Entity::with_uid(resource.clone())])?;
            let action = if change { "change" } else { "call" };
            Ok(self.ask(subject, action, &resource, &entities).allows())
        };
        asked().unwrap_or(false)
    }
}

fn uid(kind: &str, id: &str) -> Result<EntityUid, String> {
    let kind: EntityTypeName = kind.parse().map_err(|e| format!("{kind}: {e}"))?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_string())
}

fn table_id(table: &TableRef) -> String {
    format!("{}.{}", table.schema, table.table)
}

fn column_id(table: &TableRef, column: &str) -> String {
    format!("{}.{}.{column}", table.schema, table.table)
}

/// The subject and what it asks for.
fn entities(subject: &Subject, mut asked: Vec<Entity>) -> Result<Entities, String> {
    let roles: HashSet<EntityUid> =
        subject.roles.iter().map(|role| uid("Role", role)).collect::<Result<_, _>>()?;
    asked.extend(roles.iter().cloned().map(Entity::with_uid));
    let attributes = subject.attributes.iter().map(|(name, value)| (name.clone(), text(value)));
    let user = Entity::new_with_tags(uid("User", &subject.user)?, [], roles, attributes)
        .map_err(|e| e.to_string())?;
    asked.push(user);
    Entities::from_entities(asked, None).map_err(|e| e.to_string())
}

/// A table and its columns.
fn table_entities<'a>(
    table: &TableRef,
    columns: impl Iterator<Item = (&'a str, Labelled)>,
) -> Result<Vec<Entity>, String> {
    let (schema, own) = (uid("Schema", &table.schema)?, uid("Table", &table_id(table))?);
    let named = [("schema".to_string(), text(&table.schema)), ("name".to_string(), text(&table.table))];
    let entity = |uid, attributes: Vec<(String, RestrictedExpression)>, parent: &EntityUid| {
        Entity::new(uid, attributes.into_iter().collect(), HashSet::from([parent.clone()]))
            .map_err(|e| e.to_string())
    };
    let mut all = vec![Entity::with_uid(schema.clone()), entity(own.clone(), named.to_vec(), &schema)?];
    // Two columns of one name are one to a policy; the verdict on it counts for both.
    let mut seen = HashSet::new();
    for (name, labelled) in columns.filter(|(name, _)| seen.insert(name.to_string())) {
        let privacy = labelled.privacy;
        let at_least = |least| RestrictedExpression::new_bool(privacy.is_none_or(|privacy| privacy >= least));
        let labels = RestrictedExpression::new_set(labelled.labels.iter().map(|label| text(label.name())));
        let attributes = vec![
            ("schema".into(), text(&table.schema)),
            ("table".into(), text(&table.table)),
            ("name".into(), text(name)),
            ("labels".into(), labels),
            ("labelled".into(), RestrictedExpression::new_bool(privacy.is_some())),
            ("personal".into(), at_least(Privacy::Personal)),
            ("identifying".into(), at_least(Privacy::Identifying)),
            ("special".into(), RestrictedExpression::new_bool(privacy == Some(Privacy::Special))),
        ];
        all.push(entity(uid("Column", &column_id(table, name))?, attributes, &own)?);
    }
    Ok(all)
}

#[cfg(test)]
#[path = "rules/tests.rs"]
mod tests;
