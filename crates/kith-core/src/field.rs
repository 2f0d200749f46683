//! Semantic fields: what a column of a source *means*. One table declares them; recognition, standardisation,
//! matching, survivorship, masking and the reference page read it.

use serde::{Deserialize, Serialize};

/// How sensitive a field is; the strictest label of a value wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Privacy {
    /// Says nothing of one person.
    Public,
    /// About a person, but does not name or reach them.
    Personal,
    /// Names, reaches or singles out a person.
    Identifying,
    /// What the law protects most: health, belief, origin (GDPR, articles 9 and 10).
    Special,
}

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident $name:literal $privacy:ident $many:literal $text:literal;)*) => {
        /// What a value is about a customer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Field { $($(#[$doc])* #[doc = $text] $variant,)* }

        impl Field {
            /// Every field, in display order.
            pub const ALL: &'static [Field] = &[$(Field::$variant),*];
            /// The name used in configuration, SQL and the API.
            pub fn name(self) -> &'static str { match self { $(Field::$variant => $name),* } }
            /// One sentence for people.
            pub fn describe(self) -> &'static str { match self { $(Field::$variant => $text),* } }
            /// How sensitive the values are.
            pub fn privacy(self) -> Privacy { match self { $(Field::$variant => Privacy::$privacy),* } }
            /// True where one person can rightly have several values at once (e-mails, phones), so all are kept
            /// on the profile and one is chosen as primary.
            pub fn many(self) -> bool { match self { $(Field::$variant => $many),* } }
        }
    };
}

fields! {
    GivenName "given_name" Identifying false "Given (first) name.";
    MiddleName "middle_name" Identifying false "Middle name or initial.";
    FamilyName "family_name" Identifying false "Family (last) name today.";
    FormerName "former_name" Identifying true "A family name used before, such as a maiden name.";
    FullName "full_name" Identifying false "The whole name in one text.";
    NameSuffix "name_suffix" Personal false "Jr, Sr, III …";
    NameTitle "name_title" Personal false "Mr, Ms, Dr …";
    BirthDate "birth_date" Identifying false "Date of birth, YYYY-MM-DD.";
    Gender "gender" Personal false "Gender: f, m or x.";
    Email "email" Identifying true "E-mail address.";
    EmailSha256 "email_sha256" Identifying true "SHA-256 (hex) of the lower-case e-mail address, as data vendors send it.";
    Phone "phone" Identifying true "Phone number, E.164.";
    Street "street" Identifying false "Street, house number and unit.";
    City "city" Personal false "City or town.";
    Region "region" Personal false "State, province or county.";
    Postcode "postcode" Personal false "Postal code.";
    Country "country" Public false "Country, ISO 3166-1 alpha-2.";
    FullAddress "full_address" Identifying false "The whole postal address in one text.";
    Company "company" Personal false "Employer or company name.";
    CustomerId "customer_id" Identifying true "An identifier of the customer that several sources share, such as a loyalty card.";
    NationalId "national_id" Identifying false "National or social security number.";
    UserId "user_id" Identifying true "The user of a site or an app, as its own accounts know them; records with one user id are one person.";
    AnonymousId "anonymous_id" Identifying true "A visitor, as a browser or a device knows them.";
    FacebookId "facebook_id" Identifying true "The person's id at Facebook.";
    SocialId "social_id" Identifying true "The person's id at another social network, with its name in front where there are several: `x:ada`.";
    DeviceToken "device_token" Identifying true "The token by which an app on a mobile device is reached.";
    AdvertisingId "advertising_id" Identifying true "The advertising id of a device (IDFA, GAID).";
    Cookie "cookie" Identifying true "The value of a browser's cookie.";
    Category "category" Personal false "A value out of a short list that describes the person, such as an occupation.";
    Text "text" Personal false "Free text that describes the entity; compared by its words.";
    Number "number" Personal false "A number that describes the entity.";
    Date "date" Personal false "A date that describes the entity, other than the birth date.";
    UpdatedAt "updated_at" Public false "When the source last changed the record.";
    CreatedAt "created_at" Public false "When the source made the record.";
    Source "source" Public false "The name of the system that the row comes from, in a file that holds several.";
    RecordKey "record_key" Personal false "The key of the row in its source.";
}

impl Field {
    /// Fields by whose value somebody can be asked for: their normal forms are indexed.
    pub const IDENTIFIERS: [Field; 12] = [
        Field::Email,
        Field::EmailSha256,
        Field::Phone,
        Field::CustomerId,
        Field::NationalId,
        Field::UserId,
        Field::AnonymousId,
        Field::FacebookId,
        Field::SocialId,
        Field::DeviceToken,
        Field::AdvertisingId,
        Field::Cookie,
    ];
}

impl std::str::FromStr for Field {
    type Err = UnknownField;
    fn from_str(name: &str) -> Result<Self, UnknownField> {
        Field::ALL
            .iter()
            .copied()
            .find(|f| f.name() == name)
            .ok_or_else(|| UnknownField { name: name.into() })
    }
}

/// A name that is not a semantic field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is not a field that Kith knows")]
pub struct UnknownField {
    /// The name as given.
    pub name: String,
}

/// One value of a field on a node: the normal form that matching and look-ups use, beside what the source said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldValue {
    /// What it is about.
    pub field: Field,
    /// The normal form: `+15551234567`, `1975-09-13`, `ada lovelace`.
    pub normal: String,
    /// As the source said it, untouched.
    pub original: String,
    /// The source's column, or dotted path, that held it.
    pub column: String,
}

/// A piece of a field that a source spreads over several columns: birth year, month and day; house number and
/// street name. [`crate::standard::join`] puts the pieces together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The year of a date.
    Year,
    /// The month of a date, by number or name.
    Month,
    /// The day of a date.
    Day,
    /// The house number of a street.
    HouseNumber,
    /// The first line of an address, or the first piece of a name.
    First,
    /// The second line of an address, or the second piece of a name.
    Second,
}

impl Part {
    /// Every part, in the order in which text pieces are joined.
    pub const ALL: &'static [Part] =
        &[Part::Year, Part::Month, Part::Day, Part::HouseNumber, Part::First, Part::Second];

    /// The name used in configuration, after the field's: `birth_date.year`.
    pub fn name(self) -> &'static str {
        match self {
            Part::Year => "year",
            Part::Month => "month",
            Part::Day => "day",
            Part::HouseNumber => "house_number",
            Part::First => "first",
            Part::Second => "second",
        }
    }

    /// True where a field can have such a piece.
    pub fn fits(self, field: Field) -> bool {
        match self {
            Part::Year | Part::Month | Part::Day => matches!(field, Field::BirthDate | Field::Date),
            Part::HouseNumber => field == Field::Street,
            Part::First | Part::Second => {
                matches!(field, Field::Street | Field::GivenName | Field::FamilyName | Field::FullAddress)
            }
        }
    }
}

/// What a column means: a field, or a piece of one. Text form `birth_date` or `birth_date.year`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    /// The field.
    pub field: Field,
    /// Which piece of it; `None` = the whole.
    pub part: Option<Part>,
}

impl From<Field> for Target {
    fn from(field: Field) -> Self {
        Target { field, part: None }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.field.name())?;
        match self.part {
            Some(part) => write!(f, ".{}", part.name()),
            None => Ok(()),
        }
    }
}

impl std::str::FromStr for Target {
    type Err = UnknownField;
    fn from_str(text: &str) -> Result<Self, UnknownField> {
        let Some((field, part)) = text.split_once('.') else { return Ok(text.parse::<Field>()?.into()) };
        let field: Field = field.parse()?;
        let part = Part::ALL.iter().copied().find(|p| p.name() == part && p.fits(field));
        part.map(|part| Target { field, part: Some(part) }).ok_or_else(|| UnknownField { name: text.into() })
    }
}
