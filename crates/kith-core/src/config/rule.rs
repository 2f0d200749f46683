//! The `[[rule]]` tables: rules of matching that a person writes, beside the model.
//!
//! The fields of a rule are one key together. `match`: records whose keys are equal are one entity. `differ`: records
//! whose keys are both there and different are never one entity, whatever else agrees, so that the key is a unique
//! identifier. A record that lacks one of the fields takes no part in the rule.

use super::ConfigError;
use super::parse::field_help;
use super::walk::Section;
use crate::field::Field;
use crate::suggest::closest;

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchRule {
    /// For people: reports and explanations name it.
    pub name: String,
    /// What the key is made of, in the order of the file.
    pub fields: Vec<Field>,
    /// What follows from it.
    pub verdict: Verdict,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Equal keys are one entity.
    Match {
        /// How sure that is: above 0, at most 1. Read more strictly, the records stand apart again.
        confidence: f64,
        /// A key that more records share than this links nobody, and is reported.
        group_max: u32,
    },
    /// Different keys are never one entity.
    Differ,
}

impl Verdict {
    /// The word in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Match { .. } => "match",
            Verdict::Differ => "differ",
        }
    }
}

impl MatchRule {
    /// A rule is believed nearly as much as a person.
    pub const CONFIDENCE: f64 = 0.99;
    /// One person rarely has more records than this; a card of the till that fifty people used is not one.
    pub const GROUP_MAX: u32 = 50;
}

/// The keys of a rule, for the configuration and its reference page: name, type, default, meaning.
pub const KEYS: &[(&str, &str, &str, &str)] = &[
    ("name", "text", "required", "What reports and explanations call the rule; each rule has its own."),
    ("fields", "list of fields", "required", "The fields that make up the key, all of them together."),
    (
        "verdict",
        "`match` or `differ`",
        "required",
        "`match`: records with equal keys are one person. `differ`: records with two different keys are never one person.",
    ),
    (
        "confidence",
        "number, above 0 and at most 1",
        "0.99",
        "Only for `match`: how sure the link is. Read at a higher confidence, the records are apart again.",
    ),
    (
        "group_max",
        "whole number from 2",
        "50",
        "Only for `match`: a key that more records share links nobody; the run reports it.",
    ),
];

/// Reads all rules.
pub(super) fn rules(root: &Section) -> Result<Vec<MatchRule>, ConfigError> {
    let Some(node) = root.get("rule") else { return Ok(Vec::new()) };
    let Some(array) = node.get_ref().as_array() else {
        let message = "\"rule\" should be a list of tables";
        let help = "write [[rule]], with two brackets";
        return Err(root.text.error("K-CONFIG-TYPE", node.span(), message, help));
    };
    let mut rules: Vec<MatchRule> = Vec::new();
    for node in array.iter() {
        let section = root.as_section(node, "[[rule]]")?;
        section.only(&KEYS.iter().map(|(key, ..)| *key).collect::<Vec<_>>())?;
        let (name, span) = section.needed("name", "name = \"same loyalty card\"")?;
        if rules.iter().any(|r| r.name == name) {
            let message = format!("there are two rules with the name {name:?}");
            let help = "give each rule its own name";
            return Err(root.text.error("K-CONFIG-DUPLICATE", span, message, help));
        }
        let section = Section { name: format!("rule {name:?}"), ..section };
        let (fields, verdict) = (fields(&section)?, verdict(&section)?);
        rules.push(MatchRule { name, fields, verdict });
    }
    Ok(rules)
}

fn fields(section: &Section) -> Result<Vec<Field>, ConfigError> {
    let example = "fields = [\"customer_id\"]";
    let Some(node) = section.get("fields") else {
        return Err(section.needed("fields", example).err().unwrap_or_else(|| {
            section.value(section.span.clone(), "\"fields\" is missing".into(), example)
        }));
    };
    let items: Vec<_> = match node.get_ref().as_array() {
        Some(array) => array.iter().collect(),
        None => vec![node],
    };
    let mut fields = Vec::new();
    for item in items {
        let word = item.get_ref().as_str();
        let word = word.ok_or_else(|| section.wrong_type(item, "fields", "a list of fields"))?;
        let field = word.parse::<Field>();
        let field = field.map_err(|e| {
            section.text.error("K-CONFIG-FIELD", item.span(), e.to_string(), field_help(word))
        })?;
        if matches!(field, Field::RecordKey | Field::Source | Field::UpdatedAt | Field::CreatedAt) {
            let message = format!("{word:?} says nothing of the person, so no rule can use it");
            return Err(section.value(item.span(), message, "use a field such as customer_id or email"));
        }
        if fields.contains(&field) {
            let message = format!("{word:?} is named twice");
            return Err(section.value(item.span(), message, "name each field once"));
        }
        fields.push(field);
    }
    if fields.is_empty() {
        return Err(section.value(node.span(), "the list of fields is empty".into(), example));
    }
    Ok(fields)
}

fn verdict(section: &Section) -> Result<Verdict, ConfigError> {
    let (word, span) = section.needed("verdict", "verdict = \"match\"")?;
    let (confidence, group_max) = (section.number("confidence")?, section.number("group_max")?);
    match word.as_str() {
        "match" => {
            let confidence = match confidence {
                None => MatchRule::CONFIDENCE,
                Some((c, _)) if c > 0.0 && c <= 1.0 => c,
                Some((c, span)) => {
                    let help = "it is a probability: above 0 and at most 1, for example 0.99";
                    return Err(section.value(span, format!("the confidence {c} is out of range"), help));
                }
            };
            let group_max = match group_max {
                None => MatchRule::GROUP_MAX,
                Some((n, _)) if (2.0..=1e6).contains(&n) && n.fract() == 0.0 => n as u32,
                Some((n, span)) => {
                    let help = "a whole number from 2 to 1,000,000, for example 50";
                    return Err(section.value(span, format!("group_max = {n} is out of range"), help));
                }
            };
            Ok(Verdict::Match { confidence, group_max })
        }
        "differ" => match confidence.or(group_max) {
            None => Ok(Verdict::Differ),
            Some((_, span)) => {
                let message = "confidence and group_max mean nothing for a rule that keeps records apart";
                Err(section.value(span, message.into(), "take the line out"))
            }
        },
        _ => {
            let help = match closest(&word, ["match", "differ"]) {
                Some(near) => format!("did you mean {near:?}?"),
                None => "use \"match\" or \"differ\"".into(),
            };
            Err(section.value(span, format!("{word:?} is not a verdict"), help))
        }
    }
}

/// The reference page, Markdown.
pub fn render_reference() -> String {
    let mut out = String::from(HEAD);
    for (key, kind, default, text) in KEYS {
        out.push_str(&format!("| `{key}` | {kind} | {default} | {text} |\n"));
    }
    out.push_str(TAIL);
    out
}

const HEAD: &str = "\
# Rules of matching

Generated from `kith_core::config::rule`; `KITH_BLESS=1 cargo test -p kith-core` writes it anew.

The model weighs evidence; a rule states what you know. Rules stand in `kith.toml` and hold from the next `kith run` on:

```toml
[[rule]]
name = \"same loyalty card\"
fields = [\"customer_id\"]
verdict = \"match\"
confidence = 0.99

[[rule]]
name = \"one social security number each\"
fields = [\"national_id\"]
verdict = \"differ\"
```

| Key | Type | Default | Meaning |
|-|-|-|-|
";

const TAIL: &str = "
- The fields are one key together: values are compared in their normal form, all of them must be there, and a value that is a
  filler (`0000000000`) or that a steward has blocked does not count. Where a record has several values of a field, any of them does.
- `match` links the records of one key one after the other, in the order in which they first came. A link is never surer than
  the rule says, and cutting at a higher confidence takes it away again.
- `differ` makes a unique identifier: two records with different keys never come together, neither directly nor through others.
  A slip of the keyboard in such a key keeps a person in two; use it where the key is checked on entry. It costs a second
  clustering when, and only when, the first one would have broken the rule.
- A steward's decision is stronger than a rule, a rule stronger than the model: `always` joins what `differ` would keep apart,
  `never` keeps apart what `match` would join.
- See what a rule would do before it does it: change `kith.toml`, then `kith preview`.
";

#[cfg(test)]
#[path = "rule/tests.rs"]
mod tests;
