//! What holds for any candidates.

use super::tests::candidate;
use super::*;
use proptest::prelude::*;

fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
    let fields = prop::sample::select(vec![
        Field::GivenName,
        Field::Email,
        Field::Street,
        Field::City,
        Field::Region,
        Field::Postcode,
    ]);
    let one = (0..5u64, fields, "[abc]{1,2}", 0..3usize, 1..3u32, prop::option::of(0..3i64), 0..2i64);
    let one = one.prop_map(|(node, field, normal, source, rank, updated, received)| Candidate {
        received_at_ms: received,
        ..candidate(node, field, &normal, ["crm", "shop", "till"][source], rank, updated)
    });
    prop::collection::vec(one, 0..14)
}

proptest! {
    #[test]
    fn the_order_of_candidates_does_not_matter((all, shuffled) in candidates().prop_flat_map(|all| {
        (Just(all.clone()), Just(all).prop_shuffle())
    })) {
        prop_assert_eq!(golden(&all, &Policy::default()), golden(&shuffled, &Policy::default()));
    }

    #[test]
    fn no_candidate_is_lost(all in candidates()) {
        let golden = golden(&all, &Policy::default());
        let mut kept: Vec<Candidate> =
            golden.into_iter().flat_map(|g| g.winner.into_iter().chain(g.losers).chain(g.also)).collect();
        let mut all = all;
        kept.sort_by(|a, b| a.precedence().cmp(&b.precedence()));
        all.sort_by(|a, b| a.precedence().cmp(&b.precedence()));
        prop_assert_eq!(kept, all);
    }

    #[test]
    fn the_address_shown_contradicts_no_record_it_comes_from(all in candidates()) {
        let golden = golden(&all, &Policy::default());
        let street = golden.iter().find(|g| g.field == Field::Street).and_then(|g| g.winner.clone());
        let city = golden.iter().find(|g| g.field == Field::City).and_then(|g| g.winner.clone());
        if let (Some(street), Some(city)) = (street, city) {
            // Either one record gave both, or the city's record has no other street.
            let same = (street.node, &street.source) == (city.node, &city.source);
            let other_street = all.iter().any(|c| {
                c.value.field == Field::Street && (c.node, &c.source, &c.key) == (city.node, &city.source, &city.key)
            });
            let other_city = all.iter().any(|c| {
                c.value.field == Field::City && (c.node, &c.source, &c.key) == (street.node, &street.source, &street.key)
            });
            prop_assert!(same || !other_street || !other_city);
        }
    }
}
