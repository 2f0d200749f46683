//! Can the demo be solved? A plain rule, which knows what the slips look like but not the truth, joins two records when
//! they share a strong value (e-mail, telephone, card, birth date, house) and have a similar name. Pairs that it can not
//! reach even through other records are those that the data does not decide.

use super::*;
use crate::demo::people::plain;

/// Joined records, by the smallest of each set.
struct Sets(Vec<u32>);

impl Sets {
    fn find(&mut self, i: u32) -> u32 {
        let mut root = i;
        while self.0[root as usize] != root {
            root = self.0[root as usize];
        }
        self.0[i as usize] = root;
        root
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find(a), self.find(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

/// Strong values of a record: kind and text.
fn strong(r: &Record) -> Vec<(u8, String)> {
    let mut values = vec![];
    let usable = |text: &str, junk: &[&str]| !text.is_empty() && !junk.contains(&text);
    if usable(&r.email, &words::JUNK_EMAILS) {
        values.push((0, r.email.clone()));
    }
    if usable(&r.phone, &words::JUNK_PHONES) {
        values.push((1, r.phone.clone()));
    }
    if !r.card.is_empty() {
        values.push((2, r.card.clone()));
    }
    if let Birth::Day(day) = r.birth {
        values.push((3, format!("{day} {}", plain(&r.family).to_lowercase())));
        values.push((4, format!("{day} {}", plain(&r.given).to_lowercase())));
    }
    if let Some((number, _)) = r.street.split_once(' ') {
        values.push((5, format!("{number} {}", r.postcode.get(..5).unwrap_or_default())));
    }
    values
}

fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let cost = corner + usize::from(ca != *cb);
            corner = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

fn similar(world: &World, a: &Record, b: &Record) -> bool {
    let nick = |x: &str, y: &str| world.nicknames(x).contains(&y);
    let short = |x: &str, y: &str| x.chars().count() == 1 && y.starts_with(x);
    let [ga, gb] = [&a.given, &b.given].map(|n| plain(n));
    let shared_nick = world.nicknames_of(&a.given).iter().any(|g| nick(g, &b.given));
    let near = |x: &str, y: &str| edits(x, y) <= if x.len().min(y.len()) < 5 { 1 } else { 2 };
    let given = near(&ga, &gb)
        || nick(&a.given, &b.given)
        || nick(&b.given, &a.given)
        || shared_nick
        || short(&ga, &gb)
        || short(&gb, &ga);
    // A new surname is no objection: the strong value and the given name stand for it.
    let swapped = a.given == b.family && a.family == b.given;
    (given && (a.suffix == b.suffix || a.suffix.is_empty() || b.suffix.is_empty())) || swapped
}

#[test]
fn nearly_all_true_pairs_can_be_known_from_the_data() {
    let options = DemoOptions::default();
    let world = World::new(options.seed);
    let (_, records, _) = imagine(&options);
    let mut by_value: HashMap<(u8, String), Vec<u32>> = HashMap::new();
    for (i, r) in records.iter().enumerate() {
        for value in strong(r) {
            by_value.entry(value).or_default().push(i as u32);
        }
    }
    let mut sets = Sets((0..records.len() as u32).collect());
    for ((kind, _), members) in &by_value {
        // An address or a number that dozens share says nothing.
        for (n, &a) in members.iter().enumerate().filter(|_| members.len() <= 40) {
            for &b in &members[n + 1..] {
                let (left, right) = (&records[a as usize], &records[b as usize]);
                let nameless = left.given.is_empty() || right.given.is_empty();
                let one_mailbox = nameless && matches!(kind, 0 | 2);
                if one_mailbox || (!nameless && similar(&world, left, right)) {
                    sets.join(a, b);
                }
            }
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let mut keyed = records.clone();
    keyed.iter_mut().enumerate().for_each(|(i, r)| r.key = i.to_string());
    let truth = truth::write(dir.path(), &mut keyed).unwrap();
    let found = records.iter().enumerate();
    let found = found.map(|(i, r)| (r.source.name().to_string(), i.to_string(), sets.find(i as u32)));
    let score = score(&truth, found).unwrap();
    println!("a plain rule: {score:#?}");
    // Reach within a person alone: what no rule of this kind can join.
    let mut own = Sets((0..records.len() as u32).collect());
    let mut first: HashMap<(u32, u8, &String), u32> = HashMap::new();
    for ((kind, text), members) in &by_value {
        for &i in members.iter().filter(|_| members.len() <= 40) {
            let at = *first.entry((records[i as usize].person, *kind, text)).or_insert(i);
            own.join(at, i);
        }
    }
    let reach = records.iter().enumerate();
    let reach = reach.map(|(i, r)| (r.source.name().to_string(), i.to_string(), own.find(i as u32)));
    let reach = self::score(&truth, reach).unwrap();
    println!("undecidable: {:.4} of {} pairs", 1.0 - reach.pairwise.recall, reach.true_pairs);
    assert!(reach.pairwise.recall > 0.98, "{reach:?}");
    assert!(score.pairwise.recall > 0.96 && score.pairwise.precision > 0.95, "{score:?}");
}
