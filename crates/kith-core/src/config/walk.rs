//! Walking a parsed TOML text without losing sight of where each key and value stands in it.

use super::error::{ConfigError, place};
use crate::suggest::closest;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(super) type Node<'a> = Spanned<DeValue<'a>>;

/// The text, to make errors that point into it.
pub(super) struct Text<'t> {
    pub text: &'t str,
    pub file: &'t str,
}

impl Text<'_> {
    pub fn error(
        &self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> ConfigError {
        let (line, column) = place(self.text, span.start);
        let (message, help, file) = (message.into(), help.into(), self.file.to_string());
        ConfigError { code, message, help, file, line, column, span }
    }
}

/// A table, where it stands, and how to name it in messages.
pub(super) struct Section<'t, 'a> {
    pub text: &'t Text<'t>,
    pub table: &'t DeTable<'a>,
    pub span: Range<usize>,
    pub name: String,
}

impl<'t, 'a> Section<'t, 'a> {
    /// Refuses every key that is not in `known`.
    pub fn only(&self, known: &[&str]) -> Result<(), ConfigError> {
        let Some((key, _)) = self.entries().into_iter().find(|(k, _)| !known.contains(&k.get_ref().as_ref()))
        else {
            return Ok(());
        };
        let word = key.get_ref();
        let help = match closest(word, known.iter().copied()) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("known here: {}", known.join(", ")),
        };
        let message = format!("{word:?} is not a key of {}", self.name);
        Err(self.text.error("K-CONFIG-KEY", key.span(), message, help))
    }

    /// Keys and values in the order of the file.
    pub fn entries(&self) -> Vec<(&'t Spanned<std::borrow::Cow<'a, str>>, &'t Node<'a>)> {
        let mut entries: Vec<_> = self.table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries
    }

    pub fn get(&self, key: &str) -> Option<&'t Node<'a>> {
        self.table.get(key)
    }

    pub fn section(&self, key: &str) -> Result<Option<Section<'t, 'a>>, ConfigError> {
        self.get(key).map(|node| self.as_section(node, &format!("[{key}]"))).transpose()
    }

    pub fn as_section(&self, node: &'t Node<'a>, name: &str) -> Result<Section<'t, 'a>, ConfigError> {
        let table = node.get_ref().as_table().ok_or_else(|| self.wrong_type(node, name, "a table"))?;
        Ok(Section { text: self.text, table, span: node.span(), name: name.to_string() })
    }

    pub fn text(&self, key: &str) -> Result<Option<(String, Range<usize>)>, ConfigError> {
        let Some(node) = self.get(key) else { return Ok(None) };
        let text = node.get_ref().as_str().ok_or_else(|| self.wrong_type(node, key, "a text in quotes"))?;
        if text.trim().is_empty() {
            let help = "give it a value, or leave the line out where it is optional";
            return Err(self.value(node.span(), format!("{key:?} is empty"), help));
        }
        Ok(Some((text.to_string(), node.span())))
    }

    pub fn needed(&self, key: &str, example: &str) -> Result<(String, Range<usize>), ConfigError> {
        self.text(key)?.ok_or_else(|| {
            let message = format!("{} has no {key:?}", self.name);
            self.text.error(
                "K-CONFIG-MISSING",
                self.span.clone(),
                message,
                format!("add for example: {example}"),
            )
        })
    }

    pub fn number(&self, key: &str) -> Result<Option<(f64, Range<usize>)>, ConfigError> {
        let Some(node) = self.get(key) else { return Ok(None) };
        let value = node.get_ref();
        let digits = value.as_float().map(|f| f.as_str()).or(value.as_integer().map(|i| i.as_str()));
        let number = digits.and_then(|d| d.replace('_', "").parse().ok());
        let number: f64 = number.ok_or_else(|| self.wrong_type(node, key, "a number"))?;
        Ok(Some((number, node.span())))
    }

    /// One text or a list of texts.
    pub fn texts(&self, key: &str) -> Result<Vec<String>, ConfigError> {
        let Some(node) = self.get(key) else { return Ok(Vec::new()) };
        if let Some(array) = node.get_ref().as_array() {
            let text = |n: &Node<'a>| {
                n.get_ref()
                    .as_str()
                    .map(String::from)
                    .ok_or_else(|| self.wrong_type(n, key, "a list of texts"))
            };
            return array.iter().map(text).collect();
        }
        Ok(self.text(key)?.into_iter().map(|(text, _)| text).collect())
    }

    pub fn wrong_type(&self, node: &Node<'a>, what: &str, expected: &str) -> ConfigError {
        let message = format!("{what:?} should be {expected}, and is {}", node.get_ref().type_str());
        self.text.error("K-CONFIG-TYPE", node.span(), message, format!("write {expected} here"))
    }

    pub fn value(&self, span: Range<usize>, message: String, help: impl Into<String>) -> ConfigError {
        self.text.error("K-CONFIG-VALUE", span, message, help)
    }
}
