use super::*;
use kith_core::decision::Closure;
use kith_resolve::{Column, Kind, Records};
use proptest::prelude::*;

const GIVEN: [&str; 6] = ["ada", "adah", "grace", "gracie", "alan", "alana"];
const FAMILY: [&str; 5] = ["lovelace", "lovlace", "hopper", "turing", "turin"];
const BORN: [&str; 4] = ["1815-12-10", "1815-12-11", "1906-12-09", "1912-06-23"];

/// A record: given name, family name, birth date, and its unique key, if it has one.
type Row = (usize, usize, usize, Option<u8>);

fn records(rows: &[Row]) -> Records {
    let column = |name: &str, kind, value: &dyn Fn(&Row) -> &'static str| {
        Column::from_values(name, kind, rows.iter().map(|row| Some(value(row))))
    };
    let columns = vec![
        column("given_name", Kind::GivenName, &|row| GIVEN[row.0]),
        column("family_name", Kind::FamilyName, &|row| FAMILY[row.1]),
        column("birth_date", Kind::Date, &|row| BORN[row.2]),
    ];
    Records { columns, len: rows.len(), ..Records::default() }
}

fn ground(rows: &[Row], groups: &[Vec<u32>]) -> Ground {
    let fields = vec![Field::NationalId];
    let mut keys = RuleKeys::of(MatchRule { name: "id".into(), fields, verdict: Verdict::Differ });
    let blocked = Blocked::of(&Closure::default());
    for (record, row) in rows.iter().enumerate() {
        let normal = row.3.map(|key| key.to_string()).unwrap_or_default();
        let (original, column) = (normal.clone(), String::new());
        let value = FieldValue { field: Field::NationalId, normal, original, column };
        keys.push(record as u32, &[value], &blocked);
    }
    let join = |pair: &[u32]| Joined { a: pair[0], b: pair[1], confidence: 1.0 };
    Ground {
        nodes: (1..=rows.len() as u64).map(NodeId).collect(),
        sources: Vec::new(),
        records: Records::default(),
        constraints: Constraints {
            joined: groups.iter().flat_map(|g| g.windows(2).map(join)).collect(),
            apart: Vec::new(),
        },
        unique: vec![keys],
        group_of: groups.iter().enumerate().flat_map(|(n, g)| g.iter().map(move |r| (*r, n))).collect(),
        outcomes: Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Keeping apart only what had met gives what keeping all different keys apart gives.
    #[test]
    fn pairs_found_on_the_way_are_as_good_as_all_pairs(
        rows in prop::collection::vec((0..6usize, 0..5usize, 0..4usize, prop::option::of(0..3u8)), 4..40),
        said in any::<bool>(),
    ) {
        let groups = if said { vec![vec![0, 1, 3]] } else { Vec::new() };
        let ground = ground(&rows, &groups);
        let options = Options::default();
        let Ok(linker) = Linker::new(records(&rows), &options) else { return Ok(()) };
        let Ok(model) = kith_resolve::train(&linker, &options) else { return Ok(()) };
        let (found, _) = resolve(&ground, &linker, &model, &options).expect("resolved");

        let unique = Unique::of(&ground.unique[0], &ground.group_of);
        let mut all = ground.constraints.clone();
        for a in 0..rows.len() as u32 {
            all.apart.extend((a + 1..rows.len() as u32).filter(|b| unique.differ(a, *b)).map(|b| (a, b)));
        }
        let expected = kith_resolve::resolve_with(&linker, &model, &all, &options).expect("resolved");
        prop_assert_eq!(&found.tree.merges, &expected.tree.merges);

        // In no cluster are two different keys, at any confidence, but where people have said so.
        let clusters = found.tree.clusters(0.0);
        for a in 0..rows.len() {
            for b in 0..a {
                let apart = unique.differ(a as u32, b as u32);
                prop_assert!(clusters[a] != clusters[b] || !apart, "{a} and {b}");
            }
        }
        for group in &groups {
            prop_assert!(group.iter().all(|r| clusters[*r as usize] == clusters[group[0] as usize]));
        }
    }
}

/// The property above would hold of a program that never keeps anybody apart, if no rule were ever broken.
#[test]
fn without_the_rule_it_would_often_be_broken() {
    let mut dice = 7u64;
    let mut roll = |sides: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((dice >> 33) % sides) as usize
    };
    let (mut resolved, mut broken) = (0, 0);
    for _ in 0..100 {
        let rows: Vec<Row> = (0..30)
            .map(|_| (roll(6), roll(5), roll(4), Some(roll(4) as u8).filter(|key| *key < 3)))
            .collect();
        let ground = ground(&rows, &[]);
        let options = Options::default();
        let linker = Linker::new(records(&rows), &options).expect("records");
        let Ok(model) = kith_resolve::train(&linker, &options) else { continue };
        let (_, outcomes) = resolve(&ground, &linker, &model, &options).expect("resolved");
        resolved += 1;
        broken += usize::from(outcomes[0].keys > 0);
    }
    assert!(resolved > 90 && broken > 30, "{broken} of {resolved}");
}
