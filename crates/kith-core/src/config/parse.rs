//! From the text of `kith.toml` to a [`Config`].
//!
//! 1. The TOML parser finds faults of syntax.
//! 2. Each table is walked; keys that are not known are refused.
//! 3. Each value is checked on its own.
//! 4. What must hold between values is checked: names are unique, a kind of source has what it needs and
//!    nothing that it would ignore.

use super::catalogs::{catalogs, throughs};
use super::collect::collect;
use super::connection::connections;
use super::contexts::contexts;
use super::copies::copies;
use super::figures::figures;
use super::rule::rules;
use super::sign_on::sign_on;
use super::source::{connected, source};
use super::traits::traits;
use super::walk::{Section, Text};
use super::{Config, ConfigError, Connection, Project};
use crate::field::Field;
use crate::id::Tenant;
use crate::standard::country;
use crate::suggest::closest;
use crate::survivorship::Rule;
use toml::de::DeTable;

/// Reads the configuration. `file` is only used to name the place of a fault.
pub fn parse(text: &str, file: &str) -> Result<Config, ConfigError> {
    let text = Text { text, file };
    let root = DeTable::parse(text.text).map_err(|e| {
        let span = e.span().unwrap_or(0..0);
        let help = "TOML is: [table], [[list of tables]], key = \"text\", key = 1; see https://toml.io";
        text.error("K-CONFIG-SYNTAX", span, format!("not valid TOML: {}", e.message().trim()), help)
    })?;
    let root =
        Section { text: &text, table: root.get_ref(), span: 0..0, name: "the file's top level".to_string() };
    root.only(&[
        "project",
        "source",
        "survivorship",
        "rule",
        "trait",
        "context",
        "collect",
        "catalog",
        "connection",
        "copies",
        "copy",
        "sign_on",
    ])?;
    let project = project(&root)?;
    let connections = connections(&root)?;
    let copies = copies(&root, &connections)?;
    let sources = sources(&root, &connections)?;
    let survivorship = survivorship(&root)?;
    let rules = rules(&root)?;
    let traits = traits(&root)?;
    let collect = collect(&root)?;
    let mut contexts = contexts(&root)?;
    let figures = figures(&root, &traits, &mut contexts)?;
    let catalogs = catalogs(&root, &sources)?;
    let throughs = throughs(&root, &traits, &catalogs)?;
    let sign_on = sign_on(&root)?;
    Ok(Config {
        project,
        sources,
        survivorship,
        rules,
        traits,
        collect,
        contexts,
        figures,
        catalogs,
        throughs,
        connections,
        copies,
        sign_on,
    })
}

fn project(root: &Section) -> Result<Project, ConfigError> {
    let Some(section) = root.section("project")? else {
        let help = "begin the file with:\n[project]\nname = \"acme\"";
        return Err(root.text.error("K-CONFIG-MISSING", 0..0, "there is no [project] table", help));
    };
    section.only(&["name", "tenant", "region", "confidence"])?;
    let (name, _) = section.needed("name", "name = \"acme\"")?;
    let tenant = match section.text("tenant")? {
        None => Tenant::default_tenant(),
        Some((tenant, span)) => Tenant::try_from(tenant).map_err(|e| {
            section.text.error("K-CONFIG-NAME", span, e.to_string(), "for example: tenant = \"acme\"")
        })?,
    };
    let region = match section.text("region")? {
        None => None,
        Some((region, span)) => match country::alpha2(&region) {
            Some(code) => Some(code.to_string()),
            None => {
                let message = format!("{region:?} is not a country");
                return Err(section.value(
                    span,
                    message,
                    "use two letters as in ISO 3166-1: US, GB, DE, AU …",
                ));
            }
        },
    };
    let confidence = match section.number("confidence")? {
        None => Project::CONFIDENCE,
        Some((c, _)) if c > 0.0 && c < 1.0 => c,
        Some((c, span)) => {
            let help = if c > 1.0 && c < 100.0 {
                format!("percent? then write {}", c / 100.0)
            } else {
                "it is a probability: above 0 and below 1, for example 0.95".to_string()
            };
            return Err(section.value(span, format!("the confidence {c} is out of range"), help));
        }
    };
    Ok(Project { name, tenant, region, confidence })
}

fn sources(root: &Section, connections: &[Connection]) -> Result<Vec<super::Source>, ConfigError> {
    let Some(node) = root.get("source") else { return Ok(Vec::new()) };
    let Some(array) = node.get_ref().as_array() else {
        let message = "\"source\" should be a list of tables";
        return Err(root.text.error(
            "K-CONFIG-TYPE",
            node.span(),
            message,
            "write [[source]], with two brackets",
        ));
    };
    let mut sources: Vec<super::Source> = Vec::new();
    for (i, node) in array.iter().enumerate() {
        let section = root.as_section(node, "[[source]]")?;
        let order = u32::try_from(i + 1).unwrap_or(u32::MAX);
        let mut source = source(section, order)?;
        connected(&root.as_section(node, "[[source]]")?, &mut source, connections)?;
        if sources.iter().any(|s| s.name == source.name) {
            let span = root.as_section(node, "[[source]]")?.needed("name", "")?.1;
            let message = format!("there are two sources with the name {:?}", source.name.as_str());
            return Err(root.text.error(
                "K-CONFIG-DUPLICATE",
                span,
                message,
                "give each source its own name",
            ));
        }
        sources.push(source);
    }
    Ok(sources)
}

fn survivorship(root: &Section) -> Result<Vec<(Field, Vec<Rule>)>, ConfigError> {
    let Some(section) = root.section("survivorship")? else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for (key, node) in section.entries() {
        let field = key.get_ref().parse::<Field>().map_err(|e| {
            section.text.error("K-CONFIG-FIELD", key.span(), e.to_string(), field_help(key.get_ref()))
        })?;
        let Some(array) = node.get_ref().as_array() else {
            return Err(section.wrong_type(node, key.get_ref(), "a list such as [\"rank\", \"recency\"]"));
        };
        let rules = array.iter().map(|node| {
            let word = node.get_ref().as_str().ok_or_else(|| section.wrong_type(node, "rule", "a text"))?;
            Rule::ALL.iter().copied().find(|r| r.name() == word).ok_or_else(|| {
                let names = Rule::ALL.iter().map(|r| r.name());
                let help = match closest(word, names.clone()) {
                    Some(near) => format!("did you mean {near:?}?"),
                    None => format!("the rules are: {}", names.collect::<Vec<_>>().join(", ")),
                };
                section.value(node.span(), format!("{word:?} is not a survivorship rule"), help)
            })
        });
        let rules: Vec<Rule> = rules.collect::<Result<_, _>>()?;
        if rules.is_empty() {
            return Err(section.value(
                node.span(),
                "the list of rules is empty".into(),
                "name at least one rule",
            ));
        }
        all.push((field, rules));
    }
    Ok(all)
}

pub(super) fn field_help(word: &str) -> String {
    match closest(word, Field::ALL.iter().map(|f| f.name())) {
        Some(near) => format!("did you mean {near:?}?"),
        None => {
            let names: Vec<_> = Field::ALL.iter().map(|f| f.name()).collect();
            format!("the fields are: {}", names.join(", "))
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
