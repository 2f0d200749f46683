//! Landing against a plain map in place of the log.

use super::*;
use crate::connect;
use kith_core::config::{Mapping, SourceKind};
use kith_core::field::Field;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

/// What the log would hold, by key.
#[derive(Default)]
struct Memory {
    rows: BTreeMap<String, RecordEntry>,
    rejects: Vec<RejectedEntry>,
    pulled: Option<PulledEntry>,
}

impl Landing for Memory {
    fn hash(&self, row: &Map<String, Value>) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        serde_json::to_string(row).unwrap().hash(&mut hasher);
        hasher.finish()
    }

    fn row_hash(&self, _: &SourceName, key: &str) -> Result<Option<u64>> {
        Ok(self.rows.get(key).map(|record| self.hash(&record.row)))
    }

    fn keys(&self, _: &SourceName, each: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
        self.rows.keys().try_for_each(|key| each(key))
    }

    fn append(&mut self, entries: Vec<Entry>) -> Result<()> {
        for entry in entries {
            match entry {
                Entry::Record(record) => _ = self.rows.insert(record.key.clone(), record),
                Entry::Removed(removed) => _ = self.rows.remove(&removed.key),
                Entry::Rejected(reject) => self.rejects.push(reject),
                Entry::Pulled(pulled) => self.pulled = Some(pulled),
                _ => {}
            }
        }
        Ok(())
    }
}

fn source(kind: SourceKind, file: &str, key: &[&str], fields: &[(&str, &str)]) -> Source {
    let mut source = Source::new(SourceName::try_from("crm").unwrap(), kind, 1);
    source.path = Some(file.into());
    source.key = key.iter().map(|k| k.to_string()).collect();
    let mapping = |(column, field): &(&str, &str)| Mapping {
        column: column.to_string(),
        target: field.parse().unwrap(),
        note: String::new(),
    };
    source.fields = fields.iter().map(mapping).collect();
    source
}

fn run(source: &Source, base: &Path, memory: &mut Memory) -> Result<Landed> {
    let mut connector = connect::open(source, base)?;
    let previous = memory.pulled.clone();
    let around = Surroundings { region: Some("US".into()), clock: &|| 1, progress: &mut |_| {} };
    land(source, connector.as_mut(), previous.as_ref(), memory, around)
}

fn counts(landed: &Landed) -> [u64; 5] {
    let p = &landed.pulled;
    [p.read, p.landed, p.unchanged, p.rejected, p.removed]
}

#[test]
fn a_file_lands_once_and_then_only_what_changed() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| std::fs::write(folder.path().join("crm.csv"), text).unwrap();
    let source =
        source(SourceKind::Csv, "crm.csv", &["id"], &[("first", "given_name"), ("born", "birth_date")]);
    let mut memory = Memory::default();
    write("id,first,born\n1,Ada,25/12/1975\n2,Bob,03/04/1980\n3,Eve,30/02/2026\n2,Bobby,\n");
    let landed = run(&source, folder.path(), &mut memory).unwrap();
    assert_eq!(counts(&landed), [4, 3, 0, 1, 0]);
    assert_eq!(memory.rejects[0].code, "K-LAND-DUPLICATE-KEY");
    assert_eq!(memory.rejects[0].place, "line 5");
    assert_eq!(memory.rejects[0].original_hex, "322c426f6262792c", "2,Bobby,");
    let normal = |memory: &Memory, key: &str, field: Field| {
        memory.rows[key].values.iter().find(|v| v.field == field).map(|v| v.normal.clone())
    };
    assert_eq!(normal(&memory, "2", Field::BirthDate).as_deref(), Some("1980-04-03"), "25/12 decides");
    assert_eq!(normal(&memory, "3", Field::BirthDate), None);
    assert_eq!(memory.rows["3"].row["born"], "30/02/2026", "the original is kept");
    assert_eq!((landed.invalid[0].column.as_str(), landed.invalid[0].count), ("born", 1));

    assert!(run(&source, folder.path(), &mut memory).unwrap().untouched);
    write("id,first,born\n2,Robert,03/04/1980\n3,Eve,30/02/2026\n4,Zoe,01/02/1999\n");
    let landed = run(&source, folder.path(), &mut memory).unwrap();
    assert_eq!(counts(&landed), [3, 2, 1, 0, 1]);
    assert_eq!(normal(&memory, "4", Field::BirthDate).as_deref(), Some("1999-02-01"), "the decision stays");
    assert_eq!(memory.rows.keys().collect::<Vec<_>>(), ["2", "3", "4"]);
}

#[test]
fn a_changed_mapping_lands_all_rows_again() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("crm.csv"), "id,name\n1,Ada\n2,Bob\n").unwrap();
    let mut memory = Memory::default();
    let before = source(SourceKind::Csv, "crm.csv", &["id"], &[("name", "family_name")]);
    run(&before, folder.path(), &mut memory).unwrap();
    let after = source(SourceKind::Csv, "crm.csv", &["id"], &[("name", "given_name")]);
    let landed = run(&after, folder.path(), &mut memory).unwrap();
    assert_eq!(counts(&landed), [2, 2, 0, 0, 0]);
    assert_eq!(memory.rows["1"].values[0].field, Field::GivenName);
}

#[test]
fn a_refused_row_is_not_taken_for_removed() {
    let folder = tempfile::tempdir().unwrap();
    let write = |bytes: &[u8]| std::fs::write(folder.path().join("crm.csv"), bytes).unwrap();
    let source = source(SourceKind::Csv, "crm.csv", &["id"], &[]);
    let mut memory = Memory::default();
    write("id,name\n1,Zoë\n2,Bob\n3,Eve\n".as_bytes());
    run(&source, folder.path(), &mut memory).unwrap();
    write(b"id,name\n1,Zo\xc3\xab\n2,B\xffb\xff\n");
    let landed = run(&source, folder.path(), &mut memory).unwrap();
    assert_eq!(counts(&landed), [2, 0, 1, 1, 1], "3 is gone, 2 is broken but there");
    assert_eq!(memory.rows.keys().collect::<Vec<_>>(), ["1", "2"]);
    write("id,name\n1,Zoë\n,Nobody\n".as_bytes());
    let landed = run(&source, folder.path(), &mut memory).unwrap();
    assert!(!landed.removals_postponed || memory.rows.contains_key("2"));
    assert_eq!(memory.rejects.last().unwrap().code, "K-LAND-KEY");
}

#[test]
fn a_column_that_vanished_stops_the_pull_before_anything_lands() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("crm.csv"), "id,Mail\n1,a@b.org\n").unwrap();
    std::fs::write(folder.path().join("t.ndjson"), "{\"a\":1}\n{\"a\":2}\n").unwrap();
    let mut memory = Memory::default();
    let csv = source(SourceKind::Csv, "crm.csv", &["id"], &[("mail", "email")]);
    let error = run(&csv, folder.path(), &mut memory).unwrap_err();
    assert_eq!(error.code(), "K-SOURCE-COLUMN");
    assert!(
        error.to_string().contains("mail") && error.help().contains("\"Mail\""),
        "{error} {}",
        error.help()
    );
    let ndjson = source(SourceKind::Ndjson, "t.ndjson", &["id"], &[]);
    assert_eq!(run(&ndjson, folder.path(), &mut memory).unwrap_err().code(), "K-SOURCE-COLUMN");
    assert!(memory.rows.is_empty() && memory.pulled.is_none());
}

#[test]
fn a_sqlite_table_is_read_from_where_the_last_pull_ended() {
    let folder = tempfile::tempdir().unwrap();
    let db = rusqlite::Connection::open(folder.path().join("shop.db")).unwrap();
    db.execute_batch(
        "CREATE TABLE customer (no INTEGER PRIMARY KEY, mail TEXT, spent REAL, changed TEXT, note BLOB);
         INSERT INTO customer VALUES (1, 'ada@example.org', 1.5, '2026-01-01T00:00:00Z', x'ff00'),
           (2, 'Bob@Example.org', NULL, '2026-01-02T00:00:00Z', NULL), (3, NULL, 3, NULL, NULL),
           (4, CAST(x'ff41' AS TEXT), 1, '2026-01-01T00:00:00Z', NULL);",
    )
    .unwrap();
    let mut source = source(SourceKind::Sqlite, "shop.db", &[], &[("mail", "email")]);
    source.table = Some("customer".into());
    source.updated_at = Some("changed".into());
    let mut memory = Memory::default();
    assert_eq!(counts(&run(&source, folder.path(), &mut memory).unwrap()), [4, 3, 0, 1, 0]);
    assert_eq!(memory.rejects[0].code, "K-LAND-ENCODING");
    assert_eq!(memory.rejects[0].original_hex, "ff41");
    assert_eq!(memory.rows["1"].row["note"], "\\xff00");
    assert_eq!(memory.rows["1"].updated_at_ms, Some(1_767_225_600_000));
    assert_eq!(memory.rows["2"].values[0].normal, "bob@example.org");

    db.execute_batch(
        "DELETE FROM customer WHERE no = 1; DELETE FROM customer WHERE no = 4;
         INSERT INTO customer VALUES (5, 'eve@example.org', 2, '2026-01-03T00:00:00Z', NULL);",
    )
    .unwrap();
    let landed = run(&source, folder.path(), &mut memory).unwrap();
    assert_eq!(counts(&landed), [3, 1, 2, 0, 1], "2 and 3 are read again, 1 is gone");
    assert_eq!(memory.rows.keys().collect::<Vec<_>>(), ["2", "3", "5"]);

    source.table = Some("Customers".into());
    let error = run(&source, folder.path(), &mut memory).unwrap_err();
    assert_eq!(error.code(), "K-SOURCE-TABLE");
    assert!(error.help().contains("customer"), "{}", error.help());
    std::fs::write(folder.path().join("no.db"), "this is not a database, but long enough to look").unwrap();
    source.path = Some("no.db".into());
    assert_eq!(run(&source, folder.path(), &mut memory).unwrap_err().code(), "K-SOURCE-SQLITE");
    source.path = Some("missing.db".into());
    assert_eq!(run(&source, folder.path(), &mut memory).unwrap_err().code(), "K-SOURCE-MISSING");
    assert!(!folder.path().join("missing.db").exists(), "a source is never made");
}

#[test]
fn sources_are_previewed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("crm.csv"), "id,name\n1,Ada\n2,\n3,Ada\n").unwrap();
    std::fs::write(folder.path().join("README.md"), "# not a source").unwrap();
    let db = rusqlite::Connection::open(folder.path().join("shop.db")).unwrap();
    db.execute_batch("CREATE TABLE a (x TEXT PRIMARY KEY); CREATE TABLE b (y INT); INSERT INTO b VALUES (7)")
        .unwrap();
    let found = connect::preview(&folder.path().display().to_string(), 2000).unwrap();
    let names: Vec<_> = found.iter().map(|p| (p.name.as_str(), p.kind.name(), p.rows)).collect();
    assert_eq!(names, [("crm", "csv", 3), ("a", "sqlite", 0), ("b", "sqlite", 1)]);
    let name = &found[0].columns[1];
    assert_eq!((name.name.as_str(), name.nulls, name.distinct, name.samples.len()), ("name", 1, 1, 2));
    assert_eq!(found[1].key, ["x"]);
    let readme = folder.path().join("README.md").display().to_string();
    assert_eq!(connect::preview(&readme, 10).unwrap_err().code(), "K-SOURCE-KIND");
    assert_eq!(connect::preview("no/such/place", 10).unwrap_err().code(), "K-SOURCE-MISSING");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Whatever a file holds: read = landed + unchanged + rejected, what landed is there, and nothing lands twice.
    #[test]
    fn every_row_is_accounted_for(
        lines in prop::collection::vec("[1-9]{0,1},[a-zé]{0,4}(,x){0,1}", 0..40),
        broken in prop::collection::vec(any::<u8>(), 0..30),
        keyed in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = format!("id,name\n{}\n", lines.join("\n")).into_bytes();
        bytes.extend(broken.iter().filter(|b| **b != 0));
        std::fs::write(folder.path().join("crm.csv"), &bytes).unwrap();
        let key: &[&str] = if keyed { &["id"] } else { &[] };
        let mut source = source(SourceKind::Csv, "crm.csv", key, &[("name", "given_name")]);
        source.encoding = Some("utf-8".into());
        source.delimiter = Some(',');
        let mut memory = Memory::default();
        let Ok(landed) = run(&source, folder.path(), &mut memory) else { return Ok(()) };
        let [read, fresh, unchanged, rejected, _] = counts(&landed);
        prop_assert_eq!(read, fresh + unchanged + rejected);
        prop_assert!(read >= lines.len() as u64);
        prop_assert_eq!(fresh, memory.rows.len() as u64);
        prop_assert_eq!(rejected, memory.rejects.len() as u64);

        prop_assert!(run(&source, folder.path(), &mut memory).unwrap().untouched);
        // The same bytes, as if written anew: the hash says that nothing changed.
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
        std::fs::File::options().append(true).open(folder.path().join("crm.csv")).unwrap().set_modified(later).unwrap();
        prop_assert_eq!(run(&source, folder.path(), &mut memory).unwrap().pulled.read, 0);
        // One more line: everything is read, and only that line lands.
        bytes.extend(b"\n99,new\n");
        std::fs::write(folder.path().join("crm.csv"), &bytes).unwrap();
        if broken.contains(&b'"') {
            return Ok(());
        }
        let landed = run(&source, folder.path(), &mut memory).unwrap();
        let [read, fresh, unchanged, rejected, removed] = counts(&landed);
        prop_assert_eq!(read, fresh + unchanged + rejected);
        prop_assert_eq!((fresh, removed), (1, 0));
    }
}
