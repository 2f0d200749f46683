//! What the columns of somebody whom events hang on mean, without being told.

use super::Mapping;
use crate::field::Field;

/// The column of the record that stands for somebody events hang on (`user_id:u1`).
pub const CARRIER: &str = "kith_carrier";

/// What the traits of the Segment specification mean, in the spellings that clients use.
const USUAL_TRAITS: &[(&str, Field)] = &[
    ("user_id", Field::UserId),
    ("alias_user_id", Field::UserId),
    ("anonymous_id", Field::AnonymousId),
    ("facebook_id", Field::FacebookId),
    ("facebookId", Field::FacebookId),
    ("social_id", Field::SocialId),
    ("email", Field::Email),
    ("phone", Field::Phone),
    ("name", Field::FullName),
    ("firstName", Field::GivenName),
    ("first_name", Field::GivenName),
    ("firstname", Field::GivenName),
    ("lastName", Field::FamilyName),
    ("last_name", Field::FamilyName),
    ("lastname", Field::FamilyName),
    ("birthday", Field::BirthDate),
    ("gender", Field::Gender),
    ("company", Field::Company),
    ("company.name", Field::Company),
    ("address.street", Field::Street),
    ("address.city", Field::City),
    ("address.state", Field::Region),
    ("address.postalCode", Field::Postcode),
    ("address.postal_code", Field::Postcode),
    ("address.country", Field::Country),
    ("createdAt", Field::CreatedAt),
    ("created_at", Field::CreatedAt),
];

/// Adds what the file does not say itself.
pub(super) fn usual_traits(fields: &mut Vec<Mapping>) {
    for (column, field) in USUAL_TRAITS {
        if fields.iter().all(|mapping| mapping.column != *column) {
            fields.push(Mapping { column: column.to_string(), target: (*field).into(), note: String::new() });
        }
    }
}
