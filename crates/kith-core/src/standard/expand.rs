//! Values that follow from others, and values put together from pieces.

use super::{Context, Outcome, date, name, normalise, split_full_address, split_full_name};
use crate::field::{Field, FieldValue, Part};

/// The values with those that follow from them: names out of a whole name, address parts out of a whole address, the
/// generation that stands after a family name. A derived value keeps column and original of what it came from. A
/// field that the record has by itself is not derived.
pub fn expand(values: &[FieldValue], ctx: &Context) -> Vec<FieldValue> {
    let mut all = values.to_vec();
    for value in values {
        match value.field {
            Field::FullName => {
                let parts = split_full_name(&value.original);
                // One word alone may be any name: nothing follows from it.
                if parts.family.is_some() {
                    add(&mut all, value, Field::GivenName, parts.given);
                    add(&mut all, value, Field::MiddleName, parts.middle);
                    add(&mut all, value, Field::FamilyName, parts.family);
                    add(&mut all, value, Field::NameSuffix, parts.suffix);
                }
            }
            Field::FamilyName | Field::GivenName => {
                add(&mut all, value, Field::NameSuffix, name::generation(&value.original));
            }
            Field::FullAddress => {
                let parts = split_full_address(&value.original, ctx.region.as_deref());
                let pieces = [
                    (Field::Street, parts.street),
                    (Field::City, parts.city),
                    (Field::Region, parts.region),
                    (Field::Postcode, parts.postcode),
                    (Field::Country, parts.country),
                ];
                for (field, piece) in pieces {
                    let normal = piece.and_then(|text| normalise(field, &text, ctx).value());
                    add(&mut all, value, field, normal);
                }
            }
            _ => {}
        }
    }
    all
}

fn add(all: &mut Vec<FieldValue>, from: &FieldValue, field: Field, normal: Option<String>) {
    let Some(normal) = normal.filter(|n| !n.is_empty()) else { return };
    if !all.iter().any(|v| v.field == field) {
        all.push(FieldValue { field, normal, original: from.original.clone(), column: from.column.clone() });
    }
}

/// One text out of the pieces that a source spreads over columns, to be given to [`normalise`]: `1972`, `6`, `5` as
/// `1972-06-05`; `12` and `Main St` as `12 Main St`. `None` where nothing is left, or a date has no year.
pub fn join(pieces: &[(Part, &str)]) -> Option<String> {
    let missing = |text: &str| normalise(Field::Category, text, &Context::default()) == Outcome::Missing;
    let piece = |part: Part| {
        pieces.iter().find(|(p, text)| *p == part && !missing(text)).map(|(_, text)| text.trim())
    };
    if pieces.iter().any(|(part, _)| matches!(part, Part::Year | Part::Month | Part::Day)) {
        let (year, month, day) = (piece(Part::Year)?, piece(Part::Month), piece(Part::Day));
        // What is no date is handed on, so that normalise can say what is wrong with it.
        return date::from_parts(year, month, day)
            .or_else(|| Some([Some(year), month, day].into_iter().flatten().collect::<Vec<_>>().join("-")));
    }
    let texts: Vec<&str> = Part::ALL.iter().filter_map(|part| piece(*part)).collect();
    (!texts.is_empty()).then(|| texts.join(" "))
}
