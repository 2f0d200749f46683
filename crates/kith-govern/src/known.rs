//! What is known of each column.
//!
//! Kith's own tables declare it, and people can add to that, never take away. Columns of golden records take over what was said of
//! the columns that they come from. Of columns of sources and connections only that counts which somebody has confirmed.

use crate::labels::LabelFile;
use kith_core::config::Config;
use kith_core::field::{Field, Privacy};
use kith_core::govern::{Label, Labelled, TableRef};
use kith_core::table;
use std::collections::BTreeMap;

/// The schema of sources.
const SOURCE: &str = "source";
/// The table of golden records.
const GOLDEN: (&str, &str) = ("master", "customer");
/// Products, articles and the like, what events refer to, are nobody's own. And views: the tables that they read are masked already.
const OPEN: [&str; 2] = ["catalog", "gold"];

/// What is known of columns.
#[derive(Debug, Default)]
pub struct Known {
    said: LabelFile,
    /// Kith's own tables.
    declared: BTreeMap<(String, String), Privacy>,
    /// What `kith.toml` maps to each field: source and column.
    mapped: BTreeMap<Field, Vec<(String, String)>>,
}

impl Known {
    /// By what people have said, and what the configuration maps.
    pub fn new(said: LabelFile, config: &Config) -> Known {
        let mut mapped: BTreeMap<Field, Vec<(String, String)>> = BTreeMap::new();
        for source in &config.sources {
            for mapping in &source.fields {
                let from = (source.name.as_str().to_string(), mapping.column.clone());
                mapped.entry(mapping.target.field).or_default().push(from);
            }
        }
        let columns = table::tables().into_iter().flat_map(|table| {
            table
                .columns
                .into_iter()
                .map(move |column| ((table.name.to_string(), column.name.to_string()), column.privacy))
        });
        Known { said, declared: columns.collect(), mapped }
    }

    /// What people have said.
    pub fn said(&self) -> &LabelFile {
        &self.said
    }

    /// The field that `kith.toml` maps a source's column to.
    pub fn mapped(&self, table: &TableRef, column: &str) -> Option<Field> {
        let from = |(source, of): &(String, String)| *source == table.table && of == column;
        let found = self.mapped.iter().find(|(_, all)| all.iter().any(from));
        found.map(|(field, _)| *field).filter(|_| table.schema == SOURCE)
    }

    /// What a column holds.
    pub fn of(&self, table: &TableRef, column: &str) -> Labelled {
        let said = self.said.of(table, column);
        match self.declared(table, column) {
            Some(declared) => said.into_iter().fold(declared, Labelled::and),
            None if OPEN.contains(&table.schema.as_str()) => said.unwrap_or_else(|| Labelled::of([])),
            None => said.unwrap_or_else(Labelled::unknown),
        }
    }

    fn declared(&self, table: &TableRef, column: &str) -> Option<Labelled> {
        let name = match table.schema.as_str() {
            SOURCE => "source.<name>".to_string(),
            schema => format!("{schema}.{}", table.table),
        };
        let privacy = *self.declared.get(&(name, column.to_string()))?;
        let field: Option<Field> = column.parse().ok();
        let mut labelled = Labelled::of(field.map(Label::from)).at_least(privacy);
        if let (Some(field), true) = (field, (table.schema.as_str(), table.table.as_str()) == GOLDEN) {
            for (source, column) in self.mapped.get(&field).into_iter().flatten() {
                let from = TableRef { schema: SOURCE.into(), table: source.clone() };
                // What nobody has looked at is at least the field that it is mapped to, which is here already.
                labelled = self.said.of(&from, column).into_iter().fold(labelled, Labelled::and);
            }
        }
        Some(labelled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const CONFIG: &str = r#"
[project]
name = "test"

[[source]]
name = "crm"
kind = "csv"
path = "crm.csv"
[source.fields]
mail = "email"
remarks = "text"
"#;

    fn table(schema: &str, table: &str) -> TableRef {
        TableRef { schema: schema.into(), table: table.into() }
    }

    #[test]
    fn golden_values_take_over_what_was_said_of_their_columns() {
        let config = kith_core::config::parse(CONFIG, "kith.toml").expect("a configuration");
        let golden = table("master", "customer");
        let mut said = LabelFile::default();
        let before = Known::new(said.clone(), &config);
        assert_eq!(before.of(&golden, "text").privacy, Some(Privacy::Personal));
        assert_eq!(before.of(&golden, "email").labels, BTreeSet::from([Label::from(Field::Email)]));
        assert_eq!(
            before.of(&table("source", "crm"), "mail"),
            Labelled::unknown(),
            "a mapping is a proposal"
        );
        assert_eq!(before.mapped(&table("source", "crm"), "mail"), Some(Field::Email));

        let health = Label::parse("health").expect("a label");
        said.set(&table("source", "crm"), "remarks", [health].into());
        said.set(&golden, "email", BTreeSet::new());
        let after = Known::new(said, &config);
        let text = after.of(&golden, "text");
        assert_eq!(text.privacy, Some(Privacy::Special));
        assert!(text.labels.contains(&health));
        assert_eq!(after.of(&golden, "email").privacy, Some(Privacy::Identifying), "what is declared stays");
    }

    #[test]
    fn what_nobody_declared_or_said_is_unknown() {
        let known = Known::default();
        assert_eq!(known.of(&table("shop", "orders"), "email"), Labelled::unknown());
        assert_eq!(known.of(&table("master", "new_table"), "x"), Labelled::unknown());
        assert_eq!(known.of(&table("catalog", "products"), "price").privacy, Some(Privacy::Public));
    }
}
