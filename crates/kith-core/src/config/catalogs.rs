//! The `[[catalog]]` tables: products, articles, films, whatever events refer to by an id.

use super::source::{fitting, kind, place};
use super::traits::known_path;
use super::walk::Section;
use super::write::{self, entry, line, quoted};
use super::{ConfigError, Source, SourceKind};
use crate::event::measure::{Aggregate, Definition};
use crate::event::through::{Through, translates};
use crate::id::SourceName;
use crate::suggest::closest;

/// The keys of a catalogue, for the configuration and its reference page: name, type, default, meaning.
pub const KEYS: &[(&str, &str, &str, &str)] = &[
    ("name", "text", "required", "Its name: `through = \"products.category\"`, `catalog.products` in SQL."),
    (
        "kind",
        "text",
        "required",
        "Where it comes from: csv, ndjson, parquet, sqlite or postgres; or push, where other systems send its items to \
         `POST /v1/catalogs/{name}`.",
    ),
    (
        "path",
        "path",
        "required for files",
        "The file, relative to `kith.toml`. It is read anew when it has changed.",
    ),
    ("url", "text", "required for postgres", "The database, as for a source."),
    ("password", "reference", "none", "Its password, as for a source: `env:NAME` or `file:PATH`."),
    ("table", "text", "required for sqlite and postgres", "The table."),
    ("delimiter", "character", "recognised", "Between the columns of a CSV file."),
    ("encoding", "text", "recognised", "The encoding of a text file."),
    ("key", "text or list", "`id`", "The column by which events refer to an item."),
    ("label", "text", "`name`, else `title`", "The column that is shown beside the id."),
    (
        "refers",
        "path or list",
        "none",
        "Where events name an item, so that timelines show its name: `properties.product_id`, `properties.products[].product_id`.",
    ),
];

/// A catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalog {
    /// Its name, and where its items come from; nothing is mapped.
    pub source: Source,
    /// The column that is shown beside the id; `None` = `name`, else `title`.
    pub label: Option<String>,
    /// Where events name an item.
    pub refers: Vec<String>,
}

impl Catalog {
    /// Its name.
    pub fn name(&self) -> &SourceName {
        &self.source.name
    }

    /// The columns that may hold what is shown beside the id, the best first.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        let usual: &[&str] = if self.label.is_none() { &["name", "title"] } else { &[] };
        self.label.as_deref().into_iter().chain(usual.iter().copied())
    }
}

/// Reads all catalogues.
pub(super) fn catalogs(root: &Section, sources: &[Source]) -> Result<Vec<Catalog>, ConfigError> {
    let Some(node) = root.get("catalog") else { return Ok(Vec::new()) };
    let Some(array) = node.get_ref().as_array() else {
        let (message, help) =
            ("\"catalog\" should be a list of tables", "write [[catalog]], with two brackets");
        return Err(root.text.error("K-CONFIG-TYPE", node.span(), message, help));
    };
    let mut all: Vec<Catalog> = Vec::new();
    for node in array.iter() {
        let section = root.as_section(node, "[[catalog]]")?;
        section.only(&KEYS.iter().map(|(key, ..)| *key).collect::<Vec<_>>())?;
        let (name, span) = section.needed("name", "name = \"products\"")?;
        let name = SourceName::try_from(name).map_err(|e| {
            let help = "for example: name = \"products\"";
            section.text.error("K-CONFIG-NAME", span.clone(), e.to_string(), help)
        })?;
        // What was refused of it, and where its next pull begins, is kept under its name.
        if all.iter().any(|known| *known.name() == name) || sources.iter().any(|known| known.name == name) {
            let message = format!("there are two sources or catalogues with the name {:?}", name.as_str());
            let help = "give each catalogue its own name";
            return Err(root.text.error("K-CONFIG-DUPLICATE", span, message, help));
        }
        all.push(catalog(Section { name: format!("catalog {:?}", name.as_str()), ..section }, name)?);
    }
    Ok(all)
}

fn catalog(section: Section, name: SourceName) -> Result<Catalog, ConfigError> {
    let kind = kind(&section)?;
    if kind == SourceKind::Events {
        let span = section.get("kind").map_or(0..0, |node| node.span());
        let help = "use csv, ndjson, parquet, sqlite, postgres or push";
        return Err(section.value(span, "events are no items of a catalogue".into(), help));
    }
    if kind == SourceKind::Connection {
        let span = section.get("kind").map_or(0..0, |node| node.span());
        let help = "use csv, ndjson, parquet, sqlite, postgres or push";
        return Err(section.value(span, "a catalogue is not read from a connection".into(), help));
    }
    fitting(&section, kind)?;
    let mut source = Source::new(name, kind, 1);
    place(&section, kind, &mut source)?;
    if source.key.is_empty() {
        source.key = vec!["id".into()];
    }
    let refers = match section.get("refers") {
        None => Vec::new(),
        Some(node) => {
            let paths = section.texts("refers")?.into_iter();
            paths.map(|path| known_path(&section, path, node.span())).collect::<Result<_, _>>()?
        }
    };
    Ok(Catalog { source, label: section.text("label")?.map(|(text, _)| text), refers })
}

/// Which traits are read through a catalogue; checked against the catalogues that there are.
pub(super) fn throughs(
    root: &Section,
    traits: &[Definition],
    catalogs: &[Catalog],
) -> Result<Vec<(String, Through)>, ConfigError> {
    let Some(array) = root.get("trait").and_then(|node| node.get_ref().as_array()) else {
        return Ok(Vec::new());
    };
    let mut all = Vec::new();
    for node in array.iter() {
        let section = root.as_section(node, "[[trait]]")?;
        let Some((name, _)) = section.text("name")? else { continue };
        let Some(definition) = traits.iter().find(|known| known.name == name) else { continue };
        lists(&section, definition)?;
        if let Some(through) = through(&section, definition, catalogs)? {
            all.push((name, through));
        }
    }
    Ok(all)
}

/// A path through a list has many values, which only some aggregates can take.
fn lists(section: &Section, definition: &Definition) -> Result<(), ConfigError> {
    let many = matches!(definition.aggregate, Aggregate::Top | Aggregate::Set | Aggregate::Distinct);
    match section.get("of") {
        Some(node) if definition.of.contains("[]") && !many => {
            let message = format!(
                "{:?} takes one value, and {:?} has many",
                definition.aggregate.name(),
                definition.of
            );
            Err(section.value(node.span(), message, "use top, set or distinct, or a path without []"))
        }
        _ => Ok(()),
    }
}

fn through(
    section: &Section,
    definition: &Definition,
    catalogs: &[Catalog],
) -> Result<Option<Through>, ConfigError> {
    let Some((text, span)) = section.text("through")? else { return Ok(None) };
    if !translates(definition.aggregate) {
        let message =
            format!("{:?} is of numbers, and a catalogue translates ids", definition.aggregate.name());
        return Err(section.value(
            span,
            message,
            "use top, set, distinct, first or last, or take the line out",
        ));
    }
    let Some((catalog, column)) = text.split_once('.').filter(|(_, column)| !column.is_empty()) else {
        let message = format!("{text:?} does not name a catalogue and a column");
        return Err(section.value(span, message, "for example: through = \"products.category\""));
    };
    let Some(known) = catalogs.iter().find(|known| known.name().as_str() == catalog) else {
        let help = match closest(catalog, catalogs.iter().map(|known| known.name().as_str())) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("add a table: [[catalog]] with name = {catalog:?}"),
        };
        return Err(section.value(span, format!("there is no catalogue {catalog:?}"), help));
    };
    Ok(Some(Through { catalog: known.name().clone(), column: column.to_string() }))
}

/// One catalogue, as the file says it.
pub(super) fn write(out: &mut String, catalog: &Catalog) {
    line(out, "");
    line(out, "[[catalog]]");
    entry(out, "name", &quoted(catalog.name().as_str()), "");
    entry(out, "kind", &quoted(catalog.source.kind.name()), "");
    write::place(out, &catalog.source);
    let list =
        |all: &[String]| format!("[{}]", all.iter().map(|one| quoted(one)).collect::<Vec<_>>().join(", "));
    entry(out, "key", &list(&catalog.source.key), "by which events refer to an item");
    catalog.label.iter().for_each(|label| entry(out, "label", &quoted(label), ""));
    if !catalog.refers.is_empty() {
        entry(out, "refers", &list(&catalog.refers), "");
    }
}

/// The reference page, Markdown.
pub fn render_reference() -> String {
    let mut out = String::from(HEAD);
    for (key, kind, default, text) in KEYS {
        out.push_str(&format!("| `{key}` | {kind} | {default} | {text} |\n"));
    }
    out
}

const HEAD: &str = "\
# Catalogues

Generated from `kith_core::config::catalogs`; `KITH_BLESS=1 cargo test -p kith-core` writes it anew. What is done with them: the
guide to [catalogues](../guide/catalogs.md).

```toml
[[catalog]]
name = \"products\"
kind = \"csv\"
path = \"products.csv\"
key = \"id\"
refers = [\"properties.product_id\", \"properties.products[].product_id\"]

[[trait]]
name = \"favourite_category\"
event = \"Product Viewed\"
aggregate = \"top\"
of = \"properties.product_id\"
through = \"products.category\"
```

| Key | Type | Default | Meaning |
|-|-|-|-|
";

#[cfg(test)]
#[path = "catalogs/tests.rs"]
mod tests;
