//! "Did you mean": the nearest of the words that would have been right.

/// The option nearest to `word`, if it is near enough to be a slip of the keyboard: at most one edit in three letters.
pub fn closest<'a>(word: &str, options: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    options
        .into_iter()
        .map(|option| (edits(&word, &option.to_lowercase()), option))
        .filter(|(distance, option)| *distance * 3 <= option.chars().count().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, option)| option)
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let substituted = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = substituted.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn slips_are_mended_and_strangers_are_not() {
        let keys = ["name", "kind", "path", "delimiter", "given_name"];
        assert_eq!(closest("nmae", keys), Some("name"));
        assert_eq!(closest("Delimeter", keys), Some("delimiter"));
        assert_eq!(closest("givenname", keys), Some("given_name"));
        assert_eq!(closest("colour", keys), None);
    }
}
