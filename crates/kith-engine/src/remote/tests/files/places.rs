//! Places and what can be wrong with them.

use super::{house, parquet, place, rows};
use crate::remote::connections::Connected;
use crate::remote::tests::{one, told};
use std::fs;
use std::path::Path;

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, text).expect("written");
}

#[test]
fn every_query_sees_the_files_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = house(folder.path(), "path = \".\"");
    let session = house.session();
    assert!(told(&session, "SELECT * FROM f.a").expect_err("nothing is there").starts_with("K-SQL-PLAN"));
    write(folder.path(), "a.csv", "x\n1\n");
    assert_eq!(one(&session, "SELECT * FROM f.a"), "[String(\"1\")]");
    for n in 2..20 {
        // In place, of the same size, within the same moment.
        write(folder.path(), "a.csv", format!("x\n{}\n", n % 10));
        assert_eq!(one(&session, "SELECT * FROM f.a"), format!("[String(\"{}\")]", n % 10));
        parquet(&folder.path().join("p.parquet"), &rows(n, n + 1), 10);
        assert_eq!(one(&session, "SELECT max(id) FROM f.p"), format!("[Number({n})]"));
    }
    fs::remove_file(folder.path().join("a.csv")).expect("removed");
    assert!(told(&session, "SELECT * FROM f.a").is_err());
    write(folder.path(), "a/one.csv", "x,y\n1,2\n");
    write(folder.path(), "a/two.csv", "x,y\n3,4\n");
    write(folder.path(), "a/_SUCCESS", "");
    write(folder.path(), "a/notes.txt", "none of them");
    assert_eq!(one(&session, "SELECT count(*), max(y) FROM f.a"), "[Number(2), String(\"4\")]");
}

#[test]
fn what_a_column_holds_does_not_depend_on_the_first_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut lines: Vec<String> = (0..5_000).map(|i| format!("{{\"n\":{i},\"t\":{i},\"d\":{i}}}")).collect();
    lines.push("{\"n\":null,\"t\":\"x\",\"d\":0.5,\"late\":{\"a\":[1]},\"big\":18446744073709551615}".into());
    write(folder.path(), "j.json", lines.join("\n"));
    let csv: Vec<String> = (0..5_000).map(|i| i.to_string()).chain(["x".to_string()]).collect();
    write(
        folder.path(),
        "c.csv",
        format!("n;m\n{}", csv.iter().map(|n| format!("{n};1\n")).collect::<String>()),
    );
    let house = house(folder.path(), "path = \".\"");
    let session = house.session();
    let kinds =
        one(&session, "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'j'");
    for (name, kind) in [("n", "Int64"), ("t", "Utf8"), ("d", "Float64"), ("late", "Utf8"), ("big", "Utf8")] {
        assert!(kinds.contains(&format!("[String(\"{name}\"), String(\"{kind}\")]")), "{name} {kinds}");
    }
    assert_eq!(
        one(&session, "SELECT late, big, t FROM f.j WHERE late IS NOT NULL"),
        "[String(\"{\\\"a\\\":[1]}\"), String(\"18446744073709551615\"), String(\"x\")]"
    );
    assert_eq!(one(&session, "SELECT sum(n), count(*) FROM f.j"), "[Number(12497500), Number(5001)]");
    assert_eq!(one(&session, "SELECT max(n) FROM f.c"), "[String(\"x\")]");
}

#[test]
fn nothing_leads_out_of_the_folder() {
    let outside = tempfile::tempdir().expect("a folder");
    write(outside.path(), "secret.csv", "s\nhidden\n");
    write(outside.path(), "deep/secret.csv", "s\nhidden\n");
    let folder = tempfile::tempdir().expect("a folder");
    let link = std::os::unix::fs::symlink::<std::path::PathBuf, std::path::PathBuf>;
    link(outside.path().join("secret.csv"), folder.path().join("one.csv")).expect("linked");
    link(outside.path().join("deep"), folder.path().join("all")).expect("linked");
    write(folder.path(), "some/good.csv", "s\nfine\n");
    link(outside.path().join("secret.csv"), folder.path().join("some/other.csv")).expect("linked");
    write(folder.path(), "here.csv", "s\nfine\n");
    link(folder.path().join("here.csv"), folder.path().join("there.csv")).expect("linked");
    link(folder.path().to_path_buf(), folder.path().join("some/loop")).expect("linked");
    let house = house(folder.path(), "path = \".\"");
    let session = house.session();
    for table in ["one", "all", "\"../secret\"", "\"/etc/passwd\"", "\"..\"", "\".\"", "\"\""] {
        let told = told(&session, &format!("SELECT * FROM f.{table}"));
        assert!(told.is_err(), "{table}: {told:?}");
    }
    let refused = told(&session, "SELECT * FROM f.some").expect_err("it holds a link to the outside");
    assert!(refused.starts_with("K-SCAN-REFUSED") && refused.contains("other.csv"), "{refused}");
    assert_eq!(
        one(&session, "SELECT * FROM f.there"),
        "[String(\"fine\")]",
        "a link within the folder is one"
    );
    let file = outside.path().join("secret.csv");
    for sql in [
        format!("SELECT * FROM '{}'", file.display()),
        format!("SELECT * FROM \"{}\"", file.display()),
        format!("SELECT * FROM read_csv('{}')", file.display()),
        format!("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{}'", file.display()),
        "SELECT * FROM 'here.csv'".into(),
        "SELECT * FROM f.\"here.csv\"".into(),
    ] {
        assert!(told(&session, &sql).is_err(), "{sql}");
    }
}

#[test]
fn a_bad_file_is_named_and_harms_who_reads_it() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "good.csv", "a,b\n1,2\n");
    write(folder.path(), "ragged.csv", "a,b\n1,2\n1,2,3\n");
    write(folder.path(), "latin.csv", b"a,b\nM\xfcller,1\n");
    write(folder.path(), "empty.csv", "");
    write(folder.path(), "cut.json", "{\"a\":1}\n{\"a\":");
    write(folder.path(), "list.json", "[1,2]");
    write(folder.path(), "text.parquet", "PAR1 this is not Parquet PAR1");
    parquet(&folder.path().join("torn.parquet"), &rows(0, 1_000), 100);
    let torn = folder.path().join("torn.parquet");
    let mut bytes = fs::read(&torn).expect("read");
    bytes[200..2_000].fill(0xa5);
    fs::write(&torn, bytes).expect("written");
    write(folder.path(), "mixed/a.csv", "a\n1\n");
    write(folder.path(), "mixed/b.json", "{\"a\":1}");
    write(folder.path(), "twice.csv", "a\n1\n");
    write(folder.path(), "twice.json", "{\"a\":1}");
    write(folder.path(), "unlike/a.csv", "a\n1\n");
    write(folder.path(), "unlike/b.csv", "b\n1\n");
    write(folder.path(), "log/_delta_log/00000000000000000000.json", "{ broken");
    let house = house(folder.path(), "path = \".\"");
    let session = house.session();
    for (table, word) in [
        ("ragged", "line 3"),
        ("latin", "UTF-8"),
        ("empty", "empty.csv"),
        ("cut", "line 2"),
        ("list", "line 1"),
        ("text", "text.parquet"),
        ("torn", "f.torn"),
        ("mixed", "b.json"),
        ("twice", "twice.json"),
        ("unlike", "unlike/b.csv"),
        ("log", "Delta log"),
    ] {
        for sql in [format!("SELECT * FROM f.{table}"), format!("SELECT count(a) FROM f.{table}")] {
            if table == "torn" && sql.contains("count") {
                continue;
            }
            let said = told(&session, &sql).expect_err(table);
            assert!(said.starts_with("K-SCAN-FILE") && said.contains(word), "{sql}: {said}");
            assert!(!said.contains("ller"), "no values: {said}");
        }
    }
    assert_eq!(one(&session, "SELECT * FROM f.good"), "[String(\"1\"), String(\"2\")]");
    assert!(one(&session, "SHOW TABLES").contains("good"), "lists go on");
    assert!(one(&session, "SELECT count(*) FROM information_schema.columns").contains("Number"));
}

#[test]
fn limits_hold() {
    let folder = tempfile::tempdir().expect("a folder");
    parquet(&folder.path().join("p.parquet"), &rows(0, 20_000), 1_000);
    write(folder.path(), "wide.csv", (0..30).map(|i| format!("c{i}")).collect::<Vec<_>>().join(",") + "\n");
    write(folder.path(), "long.json", format!("{{\"a\":\"{}\"}}", "x".repeat(5_000)));
    let limits = "path = \".\"\nlimits = { rows = 5_000, columns = 20, cell_bytes = 4_000, bytes = 100_000 }";
    let house = house(folder.path(), limits);
    let session = house.session();
    for (sql, word) in
        [("SELECT id FROM f.p", "rows"), ("SELECT * FROM f.p", "f"), ("SELECT * FROM f.wide", "columns")]
    {
        let said = told(&session, sql).expect_err(sql);
        assert!(said.starts_with("K-SCAN-LIMIT") && said.contains(word), "{sql}: {said}");
    }
    assert!(told(&session, "SELECT * FROM f.long").expect_err("long").contains("longer than 4000"));
    assert_eq!(
        one(&session, "SELECT count(*) FROM f.p WHERE id = 17"),
        "[Number(1)]",
        "what is left out is not counted"
    );
}

#[test]
fn a_place_can_be_tried() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "a.csv", "x\n1\n");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let tried = |lines: &str| runtime.block_on(place(folder.path(), lines).check());
    assert_eq!(tried("path = \".\"").expect("it is there"), 1);
    assert_eq!(tried("path = \"nowhere\"").expect_err("it is not").code(), "K-SCAN-DOWN");
    assert_eq!(tried("path = \"a.csv\"").expect_err("no folder").code(), "K-SCAN-DOWN");
    let missing = tried("path = \".\"\ntables = [\"b\"]").expect_err("no such table");
    assert!(missing.to_string().contains("\"b\""), "{missing}");
    let away = tried("url = \"s3://bucket\"\nendpoint = \"http://127.0.0.1:1\"");
    assert_eq!(away.expect_err("nobody is there").code(), "K-SCAN-DOWN");
    let keys = "url = \"s3://bucket\"\nendpoint = \"http://127.0.0.1:1\"\naccess_key = \"env:KITH_TEST_NOT_SET\"\n\
                secret_key = \"env:KITH_TEST_NOT_SET\"";
    assert!(tried(keys).expect_err("no key").to_string().contains("f"));
}
