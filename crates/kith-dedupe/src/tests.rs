//! What the user says stands above what is recognised; ids, sources and pieces are taken out as they should be.

use crate::{Clusters, Error, Ids, Prepared, Settings, Table, TableBuilder, recognise, truth};
use kith_core::field::{Field, Target};
use kith_resolve::{Merge, MergeTree};

fn people() -> Table {
    let mut table = TableBuilder::new(["nr", "given", "family", "dob", "joined", "year", "month", "day"]);
    for row in [
        ["1", "Ada", "Lovelace", "1815-12-10", "2020-01-05", "1815", "12", "10"],
        ["2", "Grace", "Hopper", "1906-12-09", "2021-02-06", "1906", "12", "9"],
        ["3", "Alan", "Turing", "1912-06-23", "2022-03-07", "1912", "6", "23"],
    ] {
        table.push(row.map(Some));
    }
    table.finish()
}

fn fields(settings: &Settings) -> Result<Vec<(String, Option<String>)>, Error> {
    Ok(recognise(&people(), settings)?.into_iter().map(|m| (m.column, m.field)).collect())
}

fn field_of<'a>(fields: &'a [(String, Option<String>)], column: &str) -> Option<&'a str> {
    fields.iter().find(|(name, _)| name == column).and_then(|(_, field)| field.as_deref())
}

#[test]
fn a_meaning_that_is_said_stands_and_takes_it_from_others() {
    let target = |text: &str| text.parse::<Target>().ok();
    let recognised = fields(&Settings::default()).expect("recognised");
    assert_eq!(field_of(&recognised, "dob"), Some("birth_date"));
    let meanings = vec![("joined".into(), target("birth_date")), ("given".into(), None)];
    let said = fields(&Settings { meanings, ..Settings::default() }).expect("recognised");
    assert_eq!(field_of(&said, "joined"), Some("birth_date"));
    assert_eq!((field_of(&said, "dob"), field_of(&said, "given")), (None, None));
    let meanings = vec![("joint".into(), target("date"))];
    let wrong = fields(&Settings { meanings, ..Settings::default() }).expect_err("no such column");
    assert_eq!((wrong.code(), wrong.help()), ("K-DEDUPE-COLUMNS", "Did you mean \"joined\"?"));
}

#[test]
fn the_id_is_the_one_that_was_named_else_recognised_else_the_row() {
    let ids = |settings: &Settings| {
        let meanings = recognise(&people(), settings).expect("recognised");
        Prepared::new(people(), &meanings, settings).expect("prepared").ids
    };
    assert_eq!(ids(&Settings::default()).to_string(), "the column \"nr\"");
    assert_eq!(ids(&Settings { id: Some("year".into()), ..Settings::default() }).get(1), "1906");
    let none = ids(&Settings { meanings: vec![("nr".into(), None)], ..Settings::default() });
    assert!(matches!(none, Ids::RowNumber { first: 1 }), "{none:?}");
    let id = Some("number".into());
    let wrong = recognise(&people(), &Settings { id, ..Settings::default() }).expect_err("no such column");
    assert_eq!(wrong.code(), "K-DEDUPE-ID");
}

#[test]
fn pieces_of_a_date_become_one_column() {
    let say = |column: &str, part: &str| (column.to_string(), part.parse::<Target>().ok());
    let meanings = vec![
        ("dob".into(), None),
        say("year", "birth_date.year"),
        say("month", "birth_date.month"),
        say("day", "birth_date.day"),
    ];
    let settings = Settings { meanings, ..Settings::default() };
    let meanings = recognise(&people(), &settings).expect("recognised");
    let mut prepared = Prepared::new(people(), &meanings, &settings).expect("prepared");
    let linker = prepared.linker(&settings.options()).expect("encoded");
    let born = linker.features().iter().find(|f| f.column.name == Field::BirthDate.name()).expect("a column");
    assert!(born.column.dict.iter().any(|date| date.contains("1906-12-09")), "{:?}", born.column.dict);
}

#[test]
fn there_must_be_something_to_compare_and_two_sources_to_link() {
    let mut table = TableBuilder::new(["x"]);
    table.push([Some("%%")]);
    let settings = Settings { meanings: vec![("x".into(), None)], ..Settings::default() };
    let meanings = recognise(&table.clone().finish(), &settings).expect("recognised");
    let mut prepared = Prepared::new(table.clone().finish(), &meanings, &settings).expect("prepared");
    let nothing = prepared.linker(&settings.options()).err().map(|e| e.code());
    assert_eq!(nothing, Some("K-DEDUPE-NOTHING"));
    let one = Prepared::new(table.finish(), &meanings, &Settings { link_only: true, ..settings });
    assert_eq!(one.err().map(|e| e.code()), Some("K-DEDUPE-LINK-ONLY"));
}

#[test]
fn a_cut_is_numbered_in_the_order_of_the_records_and_measured() {
    let merges = vec![Merge { a: 1, b: 3, confidence: 0.9 }, Merge { a: 0, b: 2, confidence: 0.6 }];
    let tree = MergeTree { len: 4, merges };
    let loose = Clusters::cut(&tree, 0.5);
    assert_eq!((loose.numbers.as_slice(), loose.count), ([1, 2, 1, 2].as_slice(), 2));
    let strict = Clusters::cut(&tree, 0.8);
    assert_eq!((strict.numbers.as_slice(), strict.certainty[1]), ([1, 2, 3, 2].as_slice(), 0.9));
    let mut known = TableBuilder::new(["record_id", "entity_id"]);
    for (record, entity) in [("1", "a"), ("2", "b"), ("3", "a"), ("4", "b")] {
        known.push([Some(record), Some(entity)]);
    }
    let known = known.finish();
    let ids = |first| Ids::RowNumber { first };
    let found = truth::measure(&known, "t", &ids(1), &strict.first, None).expect("measured");
    assert_eq!((found.pairwise.precision, found.pairwise.recall), (1.0, 0.5));
    let unknown = truth::measure(&known, "t", &ids(0), &strict.first, None).expect_err("no record 0");
    assert_eq!(unknown.code(), "K-DEDUPE-TRUTH");
}
