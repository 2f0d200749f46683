//! Files of a few rows: what is plain to a reader must come out.

use kith_resolve::{Column, Kind, Linker, Model, Options, Records, explain, resolve, train};

const KINDS: [Kind; 8] = [
    Kind::GivenName,
    Kind::FamilyName,
    Kind::NameSuffix,
    Kind::Date,
    Kind::Email,
    Kind::Phone,
    Kind::Street,
    Kind::FormerName,
];

/// Rows whose values are parted by `|`, and a model that is trained on them.
fn trained(rows: &[&str]) -> (Linker, Model) {
    let linker = Linker::new(records(rows), &Options::default()).expect("records are well formed");
    let model = train(&linker, &Options::default()).expect("there is something to compare");
    (linker, model)
}

fn records(rows: &[&str]) -> Records {
    let value = |row: &&str, at: usize| {
        row.split('|').nth(at).map(str::trim).filter(|v| !v.is_empty()).map(str::to_string)
    };
    let columns = KINDS.iter().enumerate().map(|(at, kind)| {
        let values: Vec<Option<String>> = rows.iter().map(|row| value(row, at)).collect();
        Column::from_values(format!("{kind:?}"), *kind, values.iter().map(|v| v.as_deref()))
    });
    Records { columns: columns.collect(), len: rows.len(), ..Records::default() }
}

/// Their clusters at .5.
fn clusters(rows: &[&str]) -> Vec<u32> {
    let (linker, model) = trained(rows);
    resolve(&linker, &model, &Options::default()).expect("the model fits").tree.clusters(0.5)
}

#[test]
fn one_row_is_one_cluster_and_so_are_rows_that_are_all_alike() {
    let row = "ada|lovelace||1815-12-10|ada@example.org||12 st james square";
    assert_eq!(clusters(&[row]), [0]);
    assert_eq!(clusters(&[row; 2]), [0, 0]);
    assert_eq!(clusters(&[row; 40]), [0; 40]);
}

/// Neighbours: one family name, addresses and numbers that differ by a digit, and no two of one given name.
fn neighbours() -> Vec<String> {
    let given = [
        "ada", "zoe", "bjorn", "chloe", "dmitri", "elif", "fatima", "grace", "hakon", "ines", "kofi", "rosa",
    ];
    let row = |(n, given)| format!("{given}|abara|||p{n:04}.web@example.org|441514960{n:03}|");
    (0..).zip(given).map(row).collect()
}

#[test]
fn a_model_of_few_people_does_not_make_one_of_those_who_come_later() {
    let people = neighbours();
    let all: Vec<&str> = people.iter().map(String::as_str).collect();
    for few in 1..all.len() {
        let (linker, model) = trained(&all[..few]);
        let read = Model::from_toml(&model.to_toml()).unwrap_or_else(|e| panic!("of {few}: {e}"));
        let options = Options::default();
        let linker =
            Linker::with_frequencies(records(&all), &linker.frequencies(), &options).expect("they fit");
        let found = resolve(&linker, &read, &options).expect("the model fits").tree.clusters(0.8);
        let apart: Vec<u32> = (0..all.len() as u32).collect();
        assert_eq!(found, apart, "a model of {few}");
    }
}

#[test]
fn one_address_and_a_slip_is_one_person_also_among_three_rows() {
    let rows = [
        "ada|lovelace|||ada@example.org||",
        "ada|lovlace|||ada@example.org||",
        "grace|hopper|||grace@example.org||",
    ];
    let (linker, model) = trained(&rows);
    let found = resolve(&linker, &model, &Options::default()).expect("the model fits").tree.clusters(0.9);
    assert_eq!(found, [0, 0, 2]);
}

#[test]
fn who_comes_again_with_a_slip_is_known_however_few_there_are() {
    let people: Vec<String> = neighbours().iter().map(|row| row.replace("441514960", "")).collect();
    for few in 1..people.len() {
        let again = people[..few].iter().map(|row| row.replace("|abara|", "|abar|"));
        let all: Vec<String> = people[..few].iter().cloned().chain(again).collect();
        let (linker, model) = trained(&all.iter().map(String::as_str).collect::<Vec<_>>());
        let found = resolve(&linker, &model, &Options::default()).expect("the model fits").tree.clusters(0.9);
        let wanted: Vec<u32> = (0..few as u32).chain(0..few as u32).collect();
        assert_eq!(found, wanted, "{few} who came twice");
    }
}

#[test]
fn a_model_is_its_own_until_somebody_changes_a_number() {
    let people = neighbours();
    let all: Vec<&str> = people.iter().map(String::as_str).collect();
    let (_, mut model) = trained(&all);
    assert!(!model.is_own(), "nobody has signed it");
    model.sign();
    let mut read = Model::from_toml(&model.to_toml()).expect("a model");
    assert!(read.is_own());
    read.comparisons[0].levels[0].u *= 1.01;
    assert!(!Model::from_toml(&read.to_toml()).expect("a model").is_own());
}

#[test]
fn twins_and_father_and_son_stay_apart_and_plain_duplicates_do_not() {
    let rows = [
        "anna|berger||1984-03-12|anna.berger@example.org|4915112345|7 linden st",
        "anna|berger||1984-03-12|anna.berger@example.org|4915112345|7 linden st",
        "lena|berger||1984-03-12|lena.b@example.com|4915112345|7 linden st",
        "john|miller|jr|1988-05-01||2025550143|41 oak ave",
        "john|miller|sr|1955-11-23||2025550143|41 oak ave",
        "maria|rossi||1990-07-30|m.rossi@example.org|3906123456|3 via roma",
        "maria|rosi||1990-07-30|m.rossi@example.org||3 via roma",
        "peter|novak||1979-01-09|pnovak@example.net|4201234567|18 dlouha",
        "chen|wei||1992-10-14|wei.chen@example.org|8613812345|5 nanjing road",
        "fatima|haddad||1968-02-27|fatima@example.org|9613123456|22 hamra st",
        "olga|petrova||1981-12-03|olga.p@example.net|7495123456|9 arbat",
        "olga|petrova||1981-12-03||7495123456|9 arbat",
    ];
    let found = clusters(&rows);
    assert_eq!(found, [0, 0, 2, 3, 4, 5, 5, 7, 8, 9, 10, 10]);
}

#[test]
fn a_maiden_name_in_one_source_speaks_for_the_married_name_in_another() {
    let family_name = |former: &str| {
        let married = format!("grace|hopper||1906-12-09|grace@example.org|||{former}");
        let rows = [
            "grace|murray||1906-12-09|grace@example.org||",
            &married,
            "grace|hall||1951-03-22||13125550150|",
            "ada|lovelace||1815-12-10||442075550111|",
            "ada|lovelace||1815-12-10|||",
            "alan|turing||1912-06-23||441615550112|",
            "alan|turing||1912-06-23||441615550112|",
            "edsger|dijkstra||1930-05-11||31205550113|",
        ];
        let (linker, model) = trained(&rows);
        let explained = explain(&linker, &model, 0, 1).expect("both are there");
        explained.fields.into_iter().find(|field| field.columns[0] == "FamilyName").expect("it is compared")
    };
    let (known, unknown) = (family_name("murray"), family_name("king"));
    assert_eq!((known.level.as_str(), unknown.level.as_str()), ("shared token", "different"));
    assert_eq!((known.columns[1].as_str(), known.right[1].as_deref()), ("FormerName", Some("murray")));
    assert!(known.weight_bits > unknown.weight_bits + 3.0, "{known:?} {unknown:?}");
}
