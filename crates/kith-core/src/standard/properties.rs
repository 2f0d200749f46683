//! What holds for any text.

use super::*;

proptest::proptest! {
    #[test]
    fn any_text_has_an_outcome_and_normal_forms_are_stable(text in "\\PC{0,40}", region in "US|GB|DE|AU") {
        let ctx = Context { region: Some(region.clone()), day_first: None };
        for field in Field::ALL {
            if let Outcome::Value(value) = normalise(*field, &text, &ctx) {
                proptest::prop_assert!(!value.is_empty());
                let exempt = matches!(field, Field::Number | Field::FullName | Field::Company | Field::FullAddress | Field::Street | Field::GivenName | Field::FamilyName | Field::FormerName | Field::MiddleName);
                if let (false, Outcome::Value(again)) = (exempt, normalise(*field, &value, &ctx)) {
                    proptest::prop_assert_eq!(&again, &value, "{:?}", field);
                }
            }
        }
        split_full_name(&text);
        split_full_address(&text, Some(&region));
    }
}
