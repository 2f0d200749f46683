//! The simple values of keywords: numbers, counts, names, patterns.

use super::compile::{Compiler, Read, inside};
use super::schema::{Counts, Range};
use regex::Regex;
use serde_json::{Map, Value};

impl Compiler<'_> {
    /// Bounds of a number; in draft 4 `exclusiveMinimum` is a word about `minimum`.
    pub(super) fn range(&self, rules: &Map<String, Value>, at: &str) -> Read<Range> {
        let said = |name: &str| rules.get(name) == Some(&Value::Bool(true));
        let bound = |name: &str, out: &str| -> Read<Option<(f64, bool)>> {
            let plain = self.number(rules, name, at)?.map(|n| (n, said(out)));
            let strict = match rules.get(out) {
                Some(Value::Bool(_)) | None => None,
                Some(_) => self.number(rules, out, at)?.map(|n| (n, true)),
            };
            // Where both say the same, the strict one is the tighter.
            let tighter = |a: (f64, bool), b: (f64, bool)| {
                if a.0 != b.0 && (a.0 > b.0) == (name == "minimum") { a } else { b }
            };
            Ok(match (plain, strict) {
                (Some(a), Some(b)) => Some(tighter(a, b)),
                (a, b) => a.or(b),
            })
        };
        Ok(Range {
            least: bound("minimum", "exclusiveMinimum")?,
            most: bound("maximum", "exclusiveMaximum")?,
        })
    }

    pub(super) fn number(&self, rules: &Map<String, Value>, name: &str, at: &str) -> Read<Option<f64>> {
        match rules.get(name) {
            None => Ok(None),
            Some(n) if n.is_number() => Ok(n.as_f64()),
            Some(_) => self.wrong(&inside(at, name), format!("{name} is no number"), "Write a number."),
        }
    }

    pub(super) fn counts(&self, rules: &Map<String, Value>, names: (&str, &str), at: &str) -> Read<Counts> {
        let one = |name: &str| match self.number(rules, name, at)? {
            None => Ok(None),
            Some(n) if n >= 0.0 && n.fract() == 0.0 => Ok(Some(n as u64)),
            Some(_) => self.wrong(&inside(at, name), format!("{name} is no count"), "Write 0, 1, 2 …"),
        };
        Ok(Counts { least: one(names.0)?, most: one(names.1)? })
    }

    pub(super) fn names(&self, said: Option<&Value>, at: &str) -> Read<Vec<String>> {
        let Some(said) = said else { return Ok(Vec::new()) };
        let names = said.as_array().and_then(|all| all.iter().map(|n| Some(n.as_str()?.into())).collect());
        names.map_or_else(|| self.wrong(at, "this is no list of names", "Write [\"a\", \"b\"]."), Ok)
    }

    pub(super) fn members(
        &self,
        rules: &Map<String, Value>,
        name: &str,
        at: &str,
    ) -> Read<Vec<(String, Value)>> {
        match rules.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Object(members)) => Ok(members.iter().map(|(k, v)| (k.clone(), v.clone())).collect()),
            Some(_) => {
                self.wrong(&inside(at, name), format!("{name} is no object"), "Write {\"name\": {…}}.")
            }
        }
    }

    pub(super) fn pattern(&self, pattern: &Value, at: &str) -> Read<Regex> {
        let Some(text) = pattern.as_str() else {
            return self.wrong(at, "a pattern is a text", "For example \"^[a-z]+$\".");
        };
        Regex::new(text).or_else(|e| {
            let why = e.to_string();
            let message = format!("the pattern is not understood: {}", why.lines().last().unwrap_or_default());
            let help = "Patterns run in linear time on whatever is sent, so there is no looking ahead or behind, and no \
                        referring back; say it another way.";
            self.wrong(at, message, help)
        })
    }
}
