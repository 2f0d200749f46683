//! Files as tables: the same rows in every format give the same answers, nothing leads out of the folder, and a bad file harms who
//! reads it and nobody else.

mod places;
mod s3;

use super::{House, North, one, told};
use crate::govern::Session;
use crate::lake::{Lake, TableName};
use crate::remote::connections::Connected;
use crate::remote::files::Place;
use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, UInt32Array};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::file::properties::WriterProperties;
use kith_core::config::parse;
use kith_core::id::{Position, Tenant};
use std::path::Path;
use std::sync::Arc;

fn place(base: &Path, lines: &str) -> Arc<Place> {
    let text = format!("[project]\nname = \"t\"\n[[connection]]\nname = \"f\"\nkind = \"files\"\n{lines}\n");
    let config = parse(&text, "kith.toml").unwrap_or_else(|e| panic!("{}", e.message));
    Arc::new(Place::new(&config.connections[0], base))
}

fn house(base: &Path, lines: &str) -> House {
    House::new().with_schema("f", place(base, lines).schema())
}

/// Rows `from..to`: id, name, amount, region.
fn rows(from: i64, to: i64) -> RecordBatch {
    let name = |i: i64| match i % 5 {
        0 => None,
        n => Some(format!("Zoë, \"{n}\"\n{}", i / 5)),
    };
    let region = |i: i64| if i % 2 == 0 { "north" } else { "süd" };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from_iter_values(from..to))),
        ("name", Arc::new((from..to).map(name).collect::<StringArray>())),
        ("amount", Arc::new(Float64Array::from_iter_values((from..to).map(|i| i as f64 / 4.0)))),
        ("region", Arc::new((from..to).map(|i| Some(region(i))).collect::<StringArray>())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
        .expect("a batch")
}

fn parquet(path: &Path, batch: &RecordBatch, group: usize) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
    let file = std::fs::File::create(path).expect("made");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).expect("a writer");
    writer.write(batch).expect("written");
    writer.close().expect("closed");
}

fn ndjson(path: &Path, batch: &RecordBatch) {
    let rows = crate::exec::rows_as_json(std::slice::from_ref(batch));
    let names: Vec<String> = batch.schema().fields().iter().map(|f| f.name().clone()).collect();
    let line = |row: &Vec<serde_json::Value>| {
        let object: serde_json::Map<_, _> = names.iter().cloned().zip(row.iter().cloned()).collect();
        serde_json::to_string(&object).expect("JSON")
    };
    let lines: Vec<String> = rows.iter().map(line).collect();
    std::fs::write(path, lines.join("\n")).expect("written");
}

fn csv(path: &Path, batch: &RecordBatch) {
    let mut out = Vec::new();
    datafusion::arrow::csv::Writer::new(&mut out).write(batch).expect("CSV");
    std::fs::write(path, out).expect("written");
}

/// The same rows as `pq`, `js`, `cs` (all text), `parts` (by region) and `delta`.
fn everywhere(folder: &Path) {
    let all = rows(0, 1_000);
    parquet(&folder.join("pq.parquet"), &all, 100);
    ndjson(&folder.join("js.ndjson"), &all);
    csv(&folder.join("cs.csv"), &all);
    for (place, range) in [(0, 0..400), (400, 400..1_000)] {
        let batch = rows(range.start, range.end);
        for (at, region) in ["north", "süd"].iter().enumerate() {
            let picked: Vec<u32> =
                (0..batch.num_rows() as u32).filter(|i| (place + i64::from(*i)) % 2 == at as i64).collect();
            let picked = datafusion::arrow::compute::take_record_batch(&batch, &UInt32Array::from(picked))
                .expect("taken");
            let picked = picked.project(&[0, 1, 2]).expect("without the region");
            parquet(&folder.join(format!("parts/region={region}/p{place}.parquet")), &picked, 50);
        }
    }
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("runtime");
    let aside = tempfile::tempdir().expect("a folder");
    let lake = Lake::open(aside.path(), &Tenant::default_tenant(), Arc::new(threads));
    let name = TableName::new("source", "delta");
    lake.append(&name, vec![rows(0, 500)], Position(1)).expect("written");
    lake.append(&name, vec![rows(500, 1_000)], Position(2)).expect("written");
    copy(&lake.dir().join("source/delta"), &folder.join("delta"));
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("made");
    for entry in std::fs::read_dir(from).expect("read").flatten() {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).expect("copied")),
        }
    }
}

/// `T` is the table.
const QUESTIONS: &[&str] = &[
    "SELECT count(*) FROM T",
    "SELECT count(name), min(id), max(id) FROM T",
    "SELECT id, name, amount, region FROM T WHERE id BETWEEN 95 AND 105",
    "SELECT id FROM T WHERE region = 'süd' AND amount > 200.5",
    "SELECT region, count(*), sum(amount) FROM T GROUP BY region",
    "SELECT id FROM T WHERE name IS NULL AND id > 900",
    "SELECT id FROM T WHERE name LIKE 'Zoë, \"3%' AND id < 100",
    "SELECT count(*) FROM T WHERE region NOT IN ('north')",
    "SELECT id FROM T WHERE region IS NULL",
    "SELECT id FROM T WHERE region = 'east'",
    "SELECT id FROM T ORDER BY id DESC LIMIT 3",
    "SELECT a.id FROM T a JOIN T b ON a.id = b.id + 990",
    "SELECT count(*) FROM (SELECT id FROM T LIMIT 7) x",
    "SELECT 1 FROM T WHERE false",
];

#[test]
fn the_same_rows_in_every_format_give_the_same_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    everywhere(folder.path());
    let house = house(folder.path(), "path = \".\"");
    let session = house.session();
    let texts = "(SELECT CAST(id AS bigint) id, name, CAST(amount AS double) amount, region FROM f.cs) t";
    for question in QUESTIONS {
        let wanted = told(&session, &over(question, "f.pq"));
        assert!(wanted.is_ok(), "{question}: {wanted:?}");
        for table in ["f.js", "f.parts", "f.delta"] {
            let asked = over(question, table);
            assert_eq!(told(&session, &asked), wanted, "{asked}");
        }
        if !question.contains("JOIN") {
            assert_eq!(told(&session, &over(question, texts)), wanted, "{question}");
        }
    }
    let listed = one(&session, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'f'");
    assert_eq!(listed.lines().count(), 5, "{listed}");
}

/// A question over a table.
fn over(question: &str, table: &str) -> String {
    let words = question.split(' ').map(|word| if word == "T" { table } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn explained(session: &Session, sql: &str) -> String {
    one(session, sql).replace("\\n", "\n")
}

#[test]
fn filters_leave_out_files_and_row_groups_and_explain_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    everywhere(folder.path());
    let house = house(folder.path(), "path = \".\"");
    let session = house.session();
    let plan = explained(&session, "EXPLAIN ANALYZE SELECT name FROM f.pq WHERE id = 950");
    assert!(plan.contains("FileScan: f.pq, format=parquet, files=1 of 1"), "{plan}");
    assert!(
        plan.contains("predicate=id@") && plan.contains("projection=[") && !plan.contains("amount"),
        "{plan}"
    );
    assert!(plan.contains("row_groups_pruned_statistics=10 total"), "{plan}");
    assert!(plan.contains("bytes_read=") && plan.contains("bytes_scanned="), "{plan}");
    let plan = explained(&session, "EXPLAIN SELECT id FROM f.parts WHERE region = 'süd'");
    assert!(plan.contains("files=2 of 4"), "{plan}");
    // What the footers say is enough to count.
    let plan = explained(&session, "EXPLAIN SELECT count(*) FROM f.pq");
    assert!(!plan.contains("DataSourceExec: file_groups"), "{plan}");
}

#[test]
fn the_policy_holds_for_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = "{\"id\":1,\"region\":\"north\",\"salary\":4242,\"mail\":\"ann@x.example\",\"ssn\":\"S1\"}\n\
                 {\"id\":2,\"region\":\"south\",\"salary\":17,\"mail\":\"eve@y.example\",\"ssn\":\"S2\"}\n";
    std::fs::write(folder.path().join("p.ndjson"), lines).expect("written");
    std::fs::write(folder.path().join("payroll.ndjson"), lines).expect("written");
    let house = house(folder.path(), "path = \".\"");
    let analyst = house.under(Arc::new(North));
    let seen = one(&analyst, "SELECT * FROM f.p");
    assert!(seen.contains("x.example") && seen.lines().count() == 1, "{seen}");
    for hidden in ["4242", "ann@", "eve", "S1", "S2"] {
        assert!(!seen.contains(hidden), "{hidden}: {seen}");
    }
    let plan = explained(&analyst, "EXPLAIN ANALYZE SELECT id FROM f.p");
    assert!(plan.contains("GovernedScan: f.p") && !plan.contains("ndjson"), "{plan}");
    assert!(told(&analyst, "SELECT * FROM f.payroll").is_err());
    assert!(one(&house.session(), "SELECT * FROM f.p").contains("S2"), "who may see everything sees it");
}
