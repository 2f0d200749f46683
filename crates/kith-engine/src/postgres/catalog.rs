//! The tables of `pg_catalog`. Each is made when a query names it, from the session's own catalogue.

use super::functions::SETTINGS;
use super::rows::{Cell, batch, schema};
use super::tables::TABLES;
use super::{ALL, DATABASE, oid_of, type_of};
use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, MemTable, SchemaProvider, TableProvider};
use datafusion::error::{DataFusionError, Result};
use std::sync::Arc;

pub(super) const PG_CATALOG: &str = "pg_catalog";
/// The owner of everything, as far as clients are told.
const OWNER: i64 = 10;
/// The namespace of `pg_catalog`; PostgreSQL's own number.
const PG_NAMESPACE: i64 = 11;

type Row = Vec<(&'static str, Cell)>;

/// A session's catalogue and `pg_catalog`.
#[derive(Debug)]
pub(crate) struct WithPgCatalog {
    inner: Arc<dyn CatalogProvider>,
    user: String,
}

impl WithPgCatalog {
    /// Over the session's own, governed, catalogue.
    pub(crate) fn over(inner: Arc<dyn CatalogProvider>, user: &str) -> WithPgCatalog {
        WithPgCatalog { inner, user: user.to_string() }
    }
}

impl CatalogProvider for WithPgCatalog {
    fn schema_names(&self) -> Vec<String> {
        self.inner.schema_names()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        match name {
            PG_CATALOG => Some(Arc::new(PgCatalog { inner: self.inner.clone(), user: self.user.clone() })),
            name => self.inner.schema(name),
        }
    }
}

#[derive(Debug)]
struct PgCatalog {
    inner: Arc<dyn CatalogProvider>,
    user: String,
}

#[async_trait]
impl SchemaProvider for PgCatalog {
    fn table_names(&self) -> Vec<String> {
        TABLES.iter().map(|(name, _)| name.to_string()).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let Some((_, columns)) = TABLES.iter().find(|(known, _)| *known == name) else { return Ok(None) };
        let schema = schema(columns);
        let rows = batch(&schema, &self.rows(name).await?)?;
        Ok(Some(Arc::new(MemTable::try_new(schema, vec![vec![rows]])?)))
    }

    fn table_exist(&self, name: &str) -> bool {
        TABLES.iter().any(|(known, _)| *known == name)
    }
}

impl PgCatalog {
    async fn rows(&self, name: &str) -> Result<Vec<Row>> {
        Ok(match name {
            "pg_namespace" => self.namespaces(),
            "pg_class" => self.classes().await?,
            "pg_attribute" => self.attributes().await?,
            "pg_tables" => {
                let row = |(schema, table): (String, String)| {
                    vec![
                        ("schemaname", schema.as_str().into()),
                        ("tablename", table.as_str().into()),
                        ("tableowner", DATABASE.into()),
                        ("hasindexes", false.into()),
                        ("hasrules", false.into()),
                        ("hastriggers", false.into()),
                        ("rowsecurity", false.into()),
                    ]
                };
                self.tables().into_iter().map(row).collect()
            }
            "pg_type" => types(),
            "pg_database" => vec![database()],
            "pg_roles" => vec![role(OWNER, DATABASE), role(oid_of(&self.user), &self.user)],
            "pg_user" => vec![vec![
                ("usename", self.user.as_str().into()),
                ("usesysid", oid_of(&self.user).into()),
                ("usesuper", false.into()),
            ]],
            "pg_settings" => {
                let row = |(name, setting): &(&str, &str)| {
                    vec![("name", (*name).into()), ("setting", (*setting).into())]
                };
                SETTINGS.iter().map(row).collect()
            }
            "pg_am" => vec![vec![("oid", 2.into()), ("amname", "heap".into()), ("amtype", "t".into())]],
            "pg_tablespace" => vec![vec![("oid", 1663.into()), ("spcname", "pg_default".into())]],
            "pg_language" => vec![vec![("oid", 12.into()), ("lanname", "internal".into())]],
            _ => Vec::new(),
        })
    }

    fn schemas(&self) -> Vec<String> {
        self.inner.schema_names()
    }

    fn tables(&self) -> Vec<(String, String)> {
        let of = |schema: String| {
            let mut tables = self.inner.schema(&schema).map(|s| s.table_names()).unwrap_or_default();
            tables.sort();
            tables.into_iter().map(move |table| (schema.clone(), table))
        };
        self.schemas().into_iter().flat_map(of).collect()
    }

    fn namespaces(&self) -> Vec<Row> {
        let fixed = [(PG_NAMESPACE, PG_CATALOG.to_string()), (13_000, "information_schema".to_string())];
        let own = self.schemas().into_iter().map(|name| (oid_of(&name), name));
        let row = |(oid, name): (i64, String)| {
            vec![("oid", oid.into()), ("nspname", name.as_str().into()), ("nspowner", OWNER.into())]
        };
        fixed.into_iter().chain(own).map(row).collect()
    }

    /// Each table that can be read, with its columns.
    async fn readable(&self) -> Result<Vec<(String, String, Arc<dyn TableProvider>)>> {
        let mut found = Vec::new();
        for (schema, table) in self.tables() {
            let Some(tables) = self.inner.schema(&schema) else { continue };
            if let Some(provider) = tables.table(&table).await? {
                found.push((schema, table, provider));
            }
        }
        Ok(found)
    }

    async fn classes(&self) -> Result<Vec<Row>> {
        let row = |(schema, table, provider): (String, String, Arc<dyn TableProvider>)| {
            let mut row: Row = vec![
                ("oid", oid_of(&format!("{schema}.{table}")).into()),
                ("relname", table.as_str().into()),
                ("relnamespace", oid_of(&schema).into()),
                ("relowner", OWNER.into()),
                ("relam", 2.into()),
                ("reltuples", (-1).into()),
                ("relpersistence", "p".into()),
                ("relkind", "r".into()),
                ("relreplident", "d".into()),
                ("relispopulated", true.into()),
                ("relnatts", (provider.schema().fields().len() as i64).into()),
            ];
            let none = [
                "reltype",
                "reloftype",
                "reltablespace",
                "relpages",
                "reltoastrelid",
                "relchecks",
                "relrewrite",
            ];
            row.extend(none.map(|name| (name, 0.into())));
            let no = [
                "relhasindex",
                "relisshared",
                "relhasrules",
                "relhastriggers",
                "relhassubclass",
                "relrowsecurity",
            ];
            row.extend(no.map(|name| (name, false.into())));
            row.extend(
                ["relforcerowsecurity", "relispartition", "relhasoids"].map(|name| (name, false.into())),
            );
            row
        };
        Ok(self.readable().await?.into_iter().map(row).collect())
    }

    async fn attributes(&self) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        for (schema, table, provider) in self.readable().await? {
            let oid = oid_of(&format!("{schema}.{table}"));
            for (place, field) in provider.schema().fields().iter().enumerate() {
                let kind = type_of(field.data_type());
                let mut row: Row = vec![
                    ("attrelid", oid.into()),
                    ("attname", field.name().as_str().into()),
                    ("atttypid", i64::from(kind.oid).into()),
                    ("attlen", i64::from(kind.size).into()),
                    ("attnum", (place as i64 + 1).into()),
                    ("atttypmod", (-1).into()),
                    ("attnotnull", (!field.is_nullable()).into()),
                    ("attislocal", true.into()),
                    ("attstorage", if kind.size < 0 { "x" } else { "p" }.into()),
                    ("attalign", "i".into()),
                ];
                row.extend(["attndims", "attinhcount", "attcollation"].map(|name| (name, 0.into())));
                row.extend(["attstattarget", "attcacheoff"].map(|name| (name, (-1).into())));
                row.extend(["atthasdef", "atthasmissing", "attisdropped"].map(|name| (name, false.into())));
                row.extend(["attidentity", "attgenerated", "attcompression"].map(|name| (name, "".into())));
                rows.push(row);
            }
        }
        Ok(rows)
    }
}

fn types() -> Vec<Row> {
    let row = |oid: i64, name: &str, size: i64, category: &str, element: i64, array: i64| {
        vec![
            ("oid", oid.into()),
            ("typname", name.into()),
            ("typnamespace", PG_NAMESPACE.into()),
            ("typowner", OWNER.into()),
            ("typlen", size.into()),
            ("typtype", "b".into()),
            ("typcategory", category.into()),
            ("typisdefined", true.into()),
            ("typdelim", ",".into()),
            ("typrelid", 0.into()),
            ("typelem", element.into()),
            ("typarray", array.into()),
            ("typnotnull", false.into()),
            ("typbasetype", 0.into()),
            ("typtypmod", (-1).into()),
            ("typndims", 0.into()),
            ("typcollation", 0.into()),
            ("typinput", format!("{name}in").as_str().into()),
        ]
    };
    let plain = |t: &super::PgType| row(t.oid.into(), t.name, t.size.into(), t.category, 0, t.array.into());
    let arrays = ALL.iter().filter(|t| t.array != 0);
    let arrays = arrays.map(|t| row(t.array.into(), &format!("_{}", t.name), -1, "A", t.oid.into(), 0));
    ALL.iter().map(plain).chain(arrays).collect()
}

fn database() -> Row {
    vec![
        ("oid", oid_of(DATABASE).into()),
        ("datname", DATABASE.into()),
        ("datdba", OWNER.into()),
        ("encoding", 6.into()),
        ("datlocprovider", "c".into()),
        ("datistemplate", false.into()),
        ("datallowconn", true.into()),
        ("datconnlimit", (-1).into()),
        ("dattablespace", 1663.into()),
        ("datcollate", "C".into()),
        ("datctype", "C".into()),
    ]
}

fn role(oid: i64, name: &str) -> Row {
    let mut row: Row = vec![
        ("oid", oid.into()),
        ("rolname", name.into()),
        ("rolcanlogin", true.into()),
        ("rolconnlimit", (-1).into()),
    ];
    let no = ["rolsuper", "rolinherit", "rolcreaterole", "rolcreatedb", "rolreplication", "rolbypassrls"];
    row.extend(no.map(|name| (name, false.into())));
    row
}
