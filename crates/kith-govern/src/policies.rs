//! Policies as they stand in files: read, held against the schema, annotations understood.

use crate::bad::{Bad, line_of};
use cedar_policy::{Effect, Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};
use kith_core::govern::{Mask, RowFilter};
use kith_core::suggest::closest;
use miette::Diagnostic;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// What policies can speak of.
pub const SCHEMA: &str = include_str!("schema.cedarschema");
/// Kith's own policy.
pub const USUAL: &str = include_str!("usual.cedar");
/// The folder of a project's own.
pub const FOLDER: &str = "policies";

/// Annotations that mean something; another is a slip that could show what was to be hidden.
const ANNOTATIONS: [&str; 4] = ["id", "mask", "rows", "why"];
/// Policies of a project; each decision asks all of them.
const POLICIES_MAX: usize = 2_000;

/// What a policy says beside yes or no.
#[derive(Clone, Debug, PartialEq)]
pub struct Saying {
    /// Its name: the file and its `@id`.
    pub name: String,
    /// How much of a column is shown where it applies.
    pub mask: Mask,
    /// Which rows are there where it applies.
    pub rows: Option<RowFilter>,
}

/// Policies that can be asked. Permits and forbids are kept apart: of each kind all that apply are wanted.
#[derive(Debug)]
pub struct Policies {
    pub(crate) permits: PolicySet,
    pub(crate) forbids: PolicySet,
    pub(crate) sayings: BTreeMap<PolicyId, Saying>,
    /// The roles that they name.
    pub roles: Vec<String>,
}

impl Policies {
    /// Those of a project's folder; Kith's own where it has none.
    pub fn load(project: &Path) -> Result<Policies, Bad> {
        Policies::parse(&texts(project)?)
    }

    /// Those of some texts, each with the name of its file.
    pub fn parse(texts: &[(PathBuf, String)]) -> Result<Policies, Bad> {
        let mut all = Policies {
            permits: PolicySet::new(),
            forbids: PolicySet::new(),
            sayings: BTreeMap::new(),
            roles: Vec::new(),
        };
        for (file, text) in texts {
            all.add(file, text)?;
        }
        if all.sayings.len() > POLICIES_MAX {
            let message = format!("there are {} policies; {POLICIES_MAX} are the most", all.sayings.len());
            return Err(bad(Path::new(FOLDER), None, message, "Say what is alike in one policy."));
        }
        all.roles.sort();
        all.roles.dedup();
        Ok(all)
    }

    fn add(&mut self, file: &Path, text: &str) -> Result<(), Bad> {
        let set = PolicySet::from_str(text).map_err(|e| {
            let line = place(&e).map(|at| line_of(text, at));
            bad(
                file,
                line,
                e.to_string(),
                "See https://docs.cedarpolicy.com for the language; `kith policy show` has examples.",
            )
        })?;
        if let Some(template) = set.templates().next() {
            let message = format!("{} is a template, with ?principal or ?resource", template.id());
            return Err(bad(file, None, message, "Write a policy: name the role or the table."));
        }
        validated(&set, file, text)?;
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut policies: Vec<&Policy> = set.policies().collect();
        policies.sort_by_key(|p| number(p.id()));
        for (at, policy) in policies.into_iter().enumerate() {
            let named = policy.annotation("id").filter(|id| !id.is_empty());
            let name =
                format!("{stem}: {}", named.map_or_else(|| format!("policy {}", at + 1), str::to_string));
            let id = PolicyId::new(&name);
            let saying = saying(policy, name).map_err(|(message, help)| bad(file, None, message, help))?;
            let set = match policy.effect() {
                Effect::Permit => &mut self.permits,
                Effect::Forbid => &mut self.forbids,
            };
            if self.sayings.contains_key(&id) {
                let message = format!("there are two policies called {:?}", saying.name);
                return Err(bad(file, None, message, "Give each @id once."));
            }
            set.add(policy.new_id(id.clone()))
                .map_err(|e| bad(file, None, e.to_string(), "Take one of them out."))?;
            self.roles.extend(policy.entity_literals().into_iter().filter_map(role));
            self.sayings.insert(id, saying);
        }
        Ok(())
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.sayings.len()
    }
}

/// The texts in force, each with its file.
pub fn texts(project: &Path) -> Result<Vec<(PathBuf, String)>, Bad> {
    let folder = project.join(FOLDER);
    if !folder.is_dir() {
        return Ok(vec![(PathBuf::from("usual.cedar"), USUAL.to_string())]);
    }
    files(&folder)?.into_iter().map(|file| Ok((file.clone(), read(&file)?))).collect()
}

/// The policy files of a folder, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Bad> {
    let unread =
        |e: std::io::Error| bad(folder, None, format!("it can not be read: {e}"), "Check its rights.");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unread)? {
        let path = entry.map_err(unread)?.path();
        if path.extension().is_some_and(|e| e == "cedar") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read(file: &Path) -> Result<String, Bad> {
    std::fs::read_to_string(file)
        .map_err(|e| bad(file, None, format!("it can not be read: {e}"), "It should be UTF-8 text."))
}

fn validated(set: &PolicySet, file: &Path, text: &str) -> Result<(), Bad> {
    let (schema, _) = Schema::from_cedarschema_str(SCHEMA)
        .map_err(|e| bad(file, None, e.to_string(), "This is a fault of Kith: please report it."))?;
    let result = Validator::new(schema).validate(set, ValidationMode::Strict);
    match result.validation_errors().next() {
        None => Ok(()),
        Some(error) => {
            let line = place(error).map(|at| line_of(text, at));
            let help = error
                .help()
                .map_or_else(|| "`kith policy schema` says what there is.".to_string(), |h| h.to_string());
            Err(bad(file, line, error.to_string(), help))
        }
    }
}

/// Understands the annotations of a policy. An error is what is wrong and how to mend it.
fn saying(policy: &Policy, name: String) -> Result<Saying, (String, String)> {
    for (key, _) in policy.annotations() {
        if !ANNOTATIONS.contains(&key) {
            let help = match closest(key, ANNOTATIONS) {
                Some(near) => format!("Did you mean @{near}?"),
                None => format!("The annotations are @{}.", ANNOTATIONS.join(", @")),
            };
            return Err((format!("{name} has an annotation @{key}, which means nothing"), help));
        }
    }
    let permit = policy.effect() == Effect::Permit;
    let mask = match policy.annotation("mask") {
        None if permit => Mask::None,
        None => Mask::Hidden,
        Some(text) => Mask::parse(text).ok_or_else(|| {
            let help = "The masks are none, year, month, domain, last4, bucket:10 (or another width), fixed, null, hidden.";
            (format!("{name}: @mask({text:?}) is not a mask"), help.to_string())
        })?,
    };
    if mask == Mask::None && !permit {
        let help = "Take the policy out, or say how much is shown.".to_string();
        return Err((format!("{name} forbids, and @mask(\"none\") shows everything"), help));
    }
    let rows = match policy.annotation("rows") {
        None => None,
        Some(_) if !permit => {
            let help = "Write @rows on a permit: what it permits is those rows.".to_string();
            return Err((format!("{name} forbids, and has @rows"), help));
        }
        Some(text) => Some(RowFilter::parse(text).map_err(|e| {
            (
                format!("{name}: {e}"),
                "For example: @rows(\"region = user.region and status <> 'closed'\").".to_string(),
            )
        })?),
    };
    Ok(Saying { name, mask, rows })
}

/// The role that an entity is.
fn role(uid: cedar_policy::EntityUid) -> Option<String> {
    (uid.type_name().to_string() == "Role").then(|| uid.id().unescaped().to_string())
}

/// Cedar numbers what it reads: policy0, policy1 …
fn number(id: &PolicyId) -> usize {
    id.to_string().trim_start_matches("policy").parse().unwrap_or(usize::MAX)
}

fn place(error: &dyn Diagnostic) -> Option<usize> {
    error.labels()?.next().map(|label| label.offset())
}

fn bad(file: &Path, line: Option<usize>, message: impl Into<String>, help: impl Into<String>) -> Bad {
    Bad { code: "K-POLICY-BAD", file: file.to_path_buf(), line, message: message.into(), help: help.into() }
}

#[cfg(test)]
#[path = "policies/tests.rs"]
mod tests;
