//! Given names that stand for each other: Bill and William, Lupe and Guadalupe, Sascha and Alexander.
//!
//! A name may belong to several groups (Pat: Patrick, Patricia); two names match if they share one. The list was
//! written for this project from common usage; a line is a group, the formal name first.

use rustc_hash::FxHashMap;

const GROUPS: &str = include_str!("nickname.txt");

/// Which groups each known name is in.
pub struct Nicknames {
    groups: FxHashMap<&'static str, Vec<u16>>,
}

impl Nicknames {
    /// Reads the built-in list.
    pub fn builtin() -> Nicknames {
        let mut groups: FxHashMap<&'static str, Vec<u16>> = FxHashMap::default();
        let lines = GROUPS.lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
        for (number, line) in lines.enumerate() {
            for name in line.split_ascii_whitespace() {
                groups.entry(name).or_default().push(number as u16);
            }
        }
        Nicknames { groups }
    }

    /// The groups of a name, ascending; empty if it is in none.
    pub fn of(&self, name: &str) -> &[u16] {
        self.groups.get(name).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_share_a_group_with_their_formal_name() {
        let names = Nicknames::builtin();
        let share = |a: &str, b: &str| names.of(a).iter().any(|g| names.of(b).contains(g));
        assert!(share("bill", "william") && share("peggy", "margaret") && share("pepe", "jose"));
        assert!(share("pat", "patrick") && share("pat", "patricia"));
        assert!(!share("patrick", "patricia"));
    }
}
