//! `labels.toml`: what people have said that columns hold. It belongs into version control, beside `kith.toml`.
//!
//! ```toml
//! [shop.customers]
//! email = ["email"]
//! remarks = ["free_text", "health"]
//! total = []          # says nothing of a person
//! "*" = []            # all others
//! ```

use crate::bad::{Bad, line_of};
use kith_core::govern::{Label, Labelled, TableRef};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

/// The file's name.
pub const FILE: &str = "labels.toml";
/// All columns that are not named.
pub const OTHERS: &str = "*";

const HEAD: &str = "\
# What the columns of sources and connections hold, as people have confirmed it. Policies go by it; a column that is not here may
# hold anything, and is masked for all who may not see that. `kith label` writes this file, and so may you: [] = says nothing of a
# person, \"*\" = all other columns of the table. `kith label words` lists the words.
";

type Columns = BTreeMap<String, BTreeSet<Label>>;

/// What people have said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelFile {
    tables: BTreeMap<String, BTreeMap<String, Columns>>,
}

impl LabelFile {
    /// Reads it; one that is not there says nothing.
    pub fn load(project: &Path) -> Result<LabelFile, Bad> {
        let file = project.join(FILE);
        match std::fs::read_to_string(&file) {
            Ok(text) => LabelFile::parse(&text)
                .map_err(|(at, message, help)| bad(&file, at.map(|at| line_of(&text, at)), message, help)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(LabelFile::default()),
            Err(e) => {
                Err(bad(&file, None, format!("it can not be read: {e}"), "It should be UTF-8 text.".into()))
            }
        }
    }

    fn parse(text: &str) -> Result<LabelFile, (Option<usize>, String, String)> {
        type Raw = BTreeMap<String, BTreeMap<String, BTreeMap<String, Vec<toml::Spanned<String>>>>>;
        let raw: Raw = toml::from_str(text).map_err(|e| {
            let help = "Write a table for each table, and lists of words: [shop.customers], then email = [\"email\"].";
            (e.span().map(|span| span.start), e.message().to_string(), help.to_string())
        })?;
        let mut file = LabelFile::default();
        for (schema, tables) in raw {
            for (table, columns) in tables {
                for (column, words) in columns {
                    let mut labels = BTreeSet::new();
                    for word in words {
                        let label = Label::parse(word.get_ref()).map_err(|e| {
                            (
                                Some(word.span().start),
                                e.to_string(),
                                "`kith label words` lists the words.".to_string(),
                            )
                        })?;
                        labels.insert(label);
                    }
                    file.set(&TableRef { schema: schema.clone(), table: table.clone() }, &column, labels);
                }
            }
        }
        Ok(file)
    }

    /// What was said of a column, by its name or for all others of its table.
    pub fn of(&self, table: &TableRef, column: &str) -> Option<Labelled> {
        let columns = self.tables.get(&table.schema)?.get(&table.table)?;
        let labels = columns.get(column).or_else(|| columns.get(OTHERS))?;
        Some(Labelled::of(labels.iter().copied()))
    }

    /// Says what a column holds.
    pub fn set(&mut self, table: &TableRef, column: &str, labels: BTreeSet<Label>) {
        let columns =
            self.tables.entry(table.schema.clone()).or_default().entry(table.table.clone()).or_default();
        columns.insert(column.to_string(), labels);
    }

    /// Takes back what was said of a column. False = nothing was.
    pub fn clear(&mut self, table: &TableRef, column: &str) -> bool {
        let Some(tables) = self.tables.get_mut(&table.schema) else { return false };
        let Some(columns) = tables.get_mut(&table.table) else { return false };
        let there = columns.remove(column).is_some();
        if columns.is_empty() {
            tables.remove(&table.table);
        }
        there
    }

    /// All that was said: table, column, labels.
    pub fn all(&self) -> impl Iterator<Item = (TableRef, &str, &BTreeSet<Label>)> {
        self.tables.iter().flat_map(|(schema, tables)| {
            tables.iter().flat_map(move |(table, columns)| {
                let name = TableRef { schema: schema.clone(), table: table.clone() };
                columns.iter().map(move |(column, labels)| (name.clone(), column.as_str(), labels))
            })
        })
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        let mut out = String::from(HEAD);
        for (schema, tables) in &self.tables {
            for (table, columns) in tables {
                // Writing to a String can not fail.
                let _ = writeln!(out, "\n[{}.{}]", key(schema), key(table));
                for (column, labels) in columns {
                    let words: Vec<String> = labels.iter().map(|label| format!("\"{label}\"")).collect();
                    let _ = writeln!(out, "{} = [{}]", key(column), words.join(", "));
                }
            }
        }
        out
    }
}

/// A name as TOML writes it.
fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare {
        return name.to_string();
    }
    let sign = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", name.chars().map(sign).collect::<String>())
}

fn bad(file: &Path, line: Option<usize>, message: String, help: String) -> Bad {
    Bad { code: "K-LABEL-BAD", file: file.to_path_buf(), line, message, help }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table() -> TableRef {
        TableRef { schema: "shop".into(), table: "sales.orders".into() }
    }

    #[test]
    fn a_column_is_what_was_said_of_it_or_of_all_others() {
        let text = "[shop.\"sales.orders\"]\nemail = [\"email\"]\ntotal = []\n\"*\" = [\"free_text\"]\n";
        let file = LabelFile::parse(text).expect("labels");
        let names = |column: &str| {
            file.of(&table(), column).map(|l| l.labels.iter().map(|l| l.name()).collect::<Vec<_>>())
        };
        assert_eq!(names("email"), Some(vec!["email"]));
        assert_eq!(names("total"), Some(vec![]));
        assert_eq!(names("remark"), Some(vec!["free_text"]));
        assert_eq!(file.of(&TableRef { schema: "shop".into(), table: "other".into() }, "email"), None);
        assert_eq!(file.all().count(), 3);
    }

    #[test]
    fn a_slip_says_where() {
        let dir = tempfile::tempdir().expect("dir");
        for (text, line, part) in [
            ("[shop.orders]\nemail = [\"emial\"]\n", 2, "did you mean \"email\""),
            ("[shop.orders]\nemail = \"email\"\n", 2, "expected a sequence"),
            ("[shop]\nemail = [\"email\"]\n", 2, "expected a map"),
            ("[shop.orders\n", 1, "unclosed table"),
        ] {
            std::fs::write(dir.path().join(FILE), text).expect("written");
            let bad = LabelFile::load(dir.path()).expect_err(text);
            assert_eq!(bad.line, Some(line), "{text}: {bad}");
            assert!(bad.message.contains(part), "{bad}");
        }
        std::fs::remove_file(dir.path().join(FILE)).expect("removed");
        assert_eq!(LabelFile::load(dir.path()), Ok(LabelFile::default()));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(names in proptest::collection::vec((".{1,12}", ".{1,12}", ".{1,12}"), 0..8)) {
            let mut file = LabelFile::default();
            for (at, (schema, table, column)) in names.iter().enumerate() {
                let table = TableRef { schema: schema.clone(), table: table.clone() };
                file.set(&table, column, Label::all().skip(at).take(at % 3).collect());
            }
            let text = file.to_text();
            prop_assert_eq!(LabelFile::parse(&text), Ok(file), "{}", text);
        }
    }
}
