//! A program that gives out the rows of an application: a Singer tap, or a source of Airbyte.

use super::super::source::checked_reference;
use super::super::walk::{Node, Section};
use super::super::write::{entry, quoted};
use super::super::{ConfigError, Secret};
use serde_json::{Map, Value};
use std::fmt::Write;
use std::path::PathBuf;
use toml::de::DeValue;

/// Keys that nothing but a program has.
pub(super) const KEYS: &[&str] = &["command", "config", "config_file", "environment", "catalog"];

/// A program that gives out rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tap {
    /// The program and what stands before the arguments of the protocol; never empty. A program with a slash in its name is found
    /// from the folder of `kith.toml`, others as the system finds them.
    pub command: Vec<String>,
    /// What it is told. Texts that begin with `env:` or `file:` are references.
    pub config: Map<String, Value>,
    /// A file with what it is told, JSON, as it is; relative to `kith.toml`. Instead of `config`.
    pub config_file: Option<PathBuf>,
    /// Variables of its environment.
    pub environment: Vec<(String, Secret)>,
    /// Whether it is told which streams it is to read. Some taps can not be: they read all.
    pub catalog: bool,
}

impl Tap {
    /// As the file says it.
    pub(super) fn write(&self, out: &mut String) {
        let command: Vec<_> = self.command.iter().map(|word| quoted(word)).collect();
        entry(out, "command", &format!("[{}]", command.join(", ")), "");
        if !self.config.is_empty() {
            entry(out, "config", &inline(&Value::Object(self.config.clone())), "");
        }
        self.config_file.iter().for_each(|p| entry(out, "config_file", &quoted(&p.to_string_lossy()), ""));
        if !self.environment.is_empty() {
            let pair = |(name, value): &(String, Secret)| format!("{name} = {}", quoted(&value.to_text()));
            let pairs: Vec<_> = self.environment.iter().map(pair).collect();
            entry(out, "environment", &format!("{{ {} }}", pairs.join(", ")), "");
        }
        if !self.catalog {
            entry(out, "catalog", "false", "");
        }
    }
}

pub(super) fn tap(section: &Section) -> Result<Tap, ConfigError> {
    let command = section.texts("command")?;
    let empty = command.is_empty() || command.iter().any(|word| word.contains('\0'));
    if empty || command.first().is_some_and(|program| program.trim().is_empty()) {
        section.needed("command", "command = [\"tap-zendesk\"]")?;
        let span = section.get("command").map_or(section.span.clone(), |node| node.span());
        return Err(section.value(span, "there is no program to run".into(), "command = [\"tap-zendesk\"]"));
    }
    let config_file = section.text("config_file")?;
    if let (Some(_), Some((_, span))) = (section.get("config"), &config_file) {
        let message = "a program is told what is in \"config\" or in \"config_file\", not both";
        return Err(section.text.error("K-CONFIG-KEY", span.clone(), message, "take one of the two out"));
    }
    let config = match section.get("config") {
        Some(node) => table(section, node, "config")?,
        None => Map::new(),
    };
    let environment = environment(section)?;
    let catalog = match section.get("catalog") {
        None => true,
        Some(node) => {
            node.get_ref().as_bool().ok_or_else(|| section.wrong_type(node, "catalog", "true or false"))?
        }
    };
    Ok(Tap { command, config, config_file: config_file.map(|(path, _)| path.into()), environment, catalog })
}

fn environment(section: &Section) -> Result<Vec<(String, Secret)>, ConfigError> {
    let Some(node) = section.get("environment") else { return Ok(Vec::new()) };
    let table = section.as_section(node, "environment")?;
    let variable = |(key, node): (&toml::Spanned<std::borrow::Cow<str>>, &Node)| {
        let name = key.get_ref().to_string();
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(fits) {
            let help = "letters, digits and _";
            return Err(section.value(key.span(), format!("{name:?} is not the name of a variable"), help));
        }
        let text = node.get_ref().as_str().ok_or_else(|| section.wrong_type(node, &name, "a text"))?;
        let secret = Secret::from_text(text);
        checked_reference(section, &secret, node.span())?;
        guarded(section, &name, node)?;
        Ok((name, secret))
    };
    table.entries().into_iter().map(variable).collect()
}

/// Whether a key is one of a secret: then its value is a reference.
fn secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let holds = ["password", "passwd", "passphrase", "secret", "token", "private_key", "api_key", "apikey"];
    let about = ["url", "uri", "name", "type", "field", "path", "file", "endpoint", "header", "expires_in"];
    holds.iter().any(|word| key.contains(word)) && !about.iter().any(|word| key.ends_with(word))
}

fn guarded(section: &Section, key: &str, node: &Node) -> Result<(), ConfigError> {
    let plain = node.get_ref().as_str().is_some_and(|text| {
        !text.is_empty()
            && (text.starts_with("file://") || matches!(Secret::from_text(text), Secret::Plain(_)))
    });
    if secret(key) && plain {
        let message = format!("{key} stands in the file, readable by everyone who can read it");
        let help = format!("write {key} = \"env:NAME\" and set that variable, or {key} = \"file:PATH\"");
        return Err(section.text.error("K-CONFIG-SECRET", node.span(), message, help));
    }
    Ok(())
}

fn table(section: &Section, node: &Node, name: &str) -> Result<Map<String, Value>, ConfigError> {
    let table = section.as_section(node, name)?;
    let pair = |(key, node): (&toml::Spanned<std::borrow::Cow<str>>, &Node)| {
        guarded(section, key.get_ref(), node)?;
        Ok((key.get_ref().to_string(), value(section, node, key.get_ref())?))
    };
    table.entries().into_iter().map(pair).collect()
}

/// A value of TOML as one of JSON; times are texts.
fn value(section: &Section, node: &Node, name: &str) -> Result<Value, ConfigError> {
    let number = |text: &str| serde_json::from_str(text.replace('_', "").trim_start_matches('+'));
    let number =
        |text: &str| number(text).map_err(|_| section.wrong_type(node, name, "a number that JSON can write"));
    Ok(match node.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(whole) if whole.radix() == 10 => number(whole.as_str())?,
        DeValue::Integer(_) => return Err(section.wrong_type(node, name, "a number in decimal digits")),
        DeValue::Float(float) => number(float.as_str())?,
        DeValue::Boolean(truth) => Value::Bool(*truth),
        DeValue::Datetime(time) => Value::String(time.to_string()),
        DeValue::Array(all) => {
            let all: Result<_, _> = all.iter().map(|node| value(section, node, name)).collect();
            Value::Array(all?)
        }
        DeValue::Table(_) => Value::Object(table(section, node, name)?),
    })
}

/// A value of JSON as one of TOML, on one line.
fn inline(value: &Value) -> String {
    let mut out = String::new();
    match value {
        // TOML has no null; none comes out of a file.
        Value::Null => out.push_str("\"\""),
        Value::String(text) => out.push_str(&quoted(text)),
        Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
        Value::Array(all) => {
            let all: Vec<_> = all.iter().map(inline).collect();
            _ = write!(out, "[{}]", all.join(", "));
        }
        Value::Object(pairs) => {
            let pair = |(key, value): (&String, &Value)| format!("{} = {}", quoted(key), inline(value));
            let pairs: Vec<_> = pairs.iter().map(pair).collect();
            _ = write!(out, "{{ {} }}", pairs.join(", "));
        }
    }
    out
}
