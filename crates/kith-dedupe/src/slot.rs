//! Which column of the library a field's values go to, and how they are compared.

use kith_core::field::Field;
use kith_resolve::Kind;
use std::borrow::Cow;

/// Says how a field is compared; `None` = it takes no part in matching.
///
/// Titles and countries say next to nothing of a person; whole names and addresses have been split into their parts
/// by standardisation, and would count the same evidence twice.
pub fn kind_of(field: Field) -> Option<Kind> {
    Some(match field {
        Field::GivenName => Kind::GivenName,
        Field::MiddleName => Kind::MiddleName,
        Field::FamilyName => Kind::FamilyName,
        Field::FormerName => Kind::FormerName,
        Field::NameSuffix => Kind::NameSuffix,
        Field::BirthDate | Field::Date => Kind::Date,
        Field::Gender => Kind::Gender,
        Field::Email => Kind::Email,
        Field::Phone => Kind::Phone,
        Field::Street => Kind::Street,
        Field::City => Kind::City,
        Field::Region => Kind::Region,
        Field::Postcode => Kind::Postcode,
        Field::Company => Kind::Company,
        Field::CustomerId | Field::NationalId => Kind::Identifier,
        Field::Category => Kind::Category,
        Field::Text => Kind::Text,
        Field::Number => Kind::Number,
        Field::FullName
        | Field::NameTitle
        | Field::EmailSha256
        | Field::Country
        | Field::FullAddress
        | Field::UpdatedAt
        | Field::CreatedAt
        | Field::Source
        | Field::RecordKey
        | Field::UserId
        | Field::AnonymousId
        | Field::FacebookId
        | Field::SocialId
        | Field::DeviceToken
        | Field::AdvertisingId
        | Field::Cookie => return None,
    })
}

/// The column of the library that a field's values go to, and how it is compared. Fields that describe an entity are
/// kept apart by the source's column name.
pub fn slot(field: Field, column: &str) -> Option<(Cow<'static, str>, Kind)> {
    let kind = kind_of(field)?;
    let name = match field {
        Field::Category | Field::Text | Field::Number | Field::Date => {
            format!("{} {column}", field.name()).into()
        }
        _ => field.name().into(),
    };
    Some((name, kind))
}

/// What stands in for an e-mail address of which only the hash is known.
pub fn opaque(hash: &str) -> String {
    format!("sha256:{}", hash.to_ascii_lowercase())
}
