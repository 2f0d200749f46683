//! A first look at a pair: the most bits that a comparison can give, from equal codes alone.
//!
//! Most candidates are strangers, and most of them can be told by what is equal and what is missing, before any two
//! texts are compared.

use crate::compare::{Aspect, Bound, NONE};
use crate::feature::Feature;
use crate::weights::{Rarity, Table};

/// The most that one comparison can give.
pub(crate) enum Screen {
    /// Of one column: where its values are equal, and where they are not.
    Single { equal: Reach, unequal: Reach },
    /// Of a locality: where the postcodes are equal, else the cities, else the regions, else where nothing is.
    Locality([Reach; 4]),
}

/// The most of some levels.
pub(crate) struct Reach {
    /// Of those at which rarity does not count.
    plain: f32,
    /// Of those at which it does, without it; and where it comes from.
    rare: Option<(f32, Rarity)>,
}

impl Screen {
    pub(crate) fn new(bound: &Bound, table: &Table) -> Screen {
        let reach = |levels: &[usize]| Reach::new(table, levels);
        let inexact: Vec<usize> = (2..table.levels()).collect();
        match bound.aspect {
            Aspect::Locality => {
                Screen::Locality([&[1, 2][..], &[3, 4, 5, 6], &[7, 8, 9, 10], &[7, 8, 10]].map(reach))
            }
            _ => Screen::Single { equal: reach(&[1]), unequal: reach(&inexact) },
        }
    }

    /// No two records with these values can get more from the comparison.
    pub(crate) fn most(&self, bound: &Bound, features: &[Feature], a: &[u32], b: &[u32]) -> f32 {
        match self {
            Screen::Single { equal, unequal } => {
                let own = bound.slots[0];
                if own == NONE || a[own] == 0 || b[own] == 0 {
                    0.0
                } else if a[own] == b[own] {
                    equal.most(features, a)
                } else {
                    unequal.most(features, a)
                }
            }
            Screen::Locality(reaches) => {
                let slots = bound.slots.iter().copied().enumerate().filter(|(_, slot)| *slot != NONE);
                let mut known = slots.filter(|(_, slot)| a[*slot] != 0 && b[*slot] != 0).peekable();
                if known.peek().is_none() {
                    return 0.0;
                }
                let same = known.find(|(_, slot)| a[*slot] == b[*slot]).map_or(3, |(place, _)| place);
                reaches[same].most(features, a)
            }
        }
    }
}

impl Reach {
    fn new(table: &Table, levels: &[usize]) -> Reach {
        let mut reach = Reach { plain: f32::NEG_INFINITY, rare: None };
        for (bits, rarity) in levels.iter().map(|level| table.reach(*level)) {
            match (rarity, &mut reach.rare) {
                (None, _) => reach.plain = reach.plain.max(bits),
                (Some(rarity), None) => reach.rare = Some((bits, *rarity)),
                (Some(rarity), Some((most, known))) if known.same(rarity) => *most = most.max(bits),
                (Some(rarity), Some(_)) => reach.plain = reach.plain.max(bits + rarity.most),
            }
        }
        reach
    }

    /// The rarity that counts is that of the commoner of two values: so it is that of the first at most.
    fn most(&self, features: &[Feature], a: &[u32]) -> f32 {
        let rare =
            self.rare.as_ref().map_or(f32::NEG_INFINITY, |(bits, rarity)| bits + rarity.bits(features, a));
        self.plain.max(rare)
    }
}
