//! Columns that say one thing together are brought into the shape that comparisons expect.
//!
//! 1. A whole name without given and family name beside it is cut into given, middle and family name.
//! 2. A whole name beside them fills their gaps, and what it holds more becomes the middle name. It is not compared
//!    itself: the same evidence would count twice.

use crate::records::{Column, Kind};

/// The columns of so many records after preparation.
pub fn prepare(columns: Vec<Column>, records: usize) -> Vec<Column> {
    let (full, mut columns): (Vec<Column>, Vec<Column>) =
        columns.into_iter().partition(|c| c.kind == Kind::FullName);
    if full.is_empty() {
        return columns;
    }
    let position = |columns: &[Column], kind| columns.iter().position(|c| c.kind == kind);
    let given = position(&columns, Kind::GivenName);
    let family = position(&columns, Kind::FamilyName);
    let middle = position(&columns, Kind::MiddleName);
    let mut parts: Vec<[Option<String>; 3]> = Vec::with_capacity(records);
    for record in 0..records {
        let known = |at: Option<usize>| at.and_then(|i| columns[i].value(record));
        let whole = full.iter().filter_map(|c| c.value(record)).max_by_key(|text| text.len());
        parts.push(name_parts(whole, known(given), known(middle), known(family)));
    }
    let places = [(given, Kind::GivenName), (middle, Kind::MiddleName), (family, Kind::FamilyName)];
    for (part, (at, kind)) in places.into_iter().enumerate() {
        let name = at.map_or_else(|| format!("{}:{part}", full[0].name), |i| columns[i].name.clone());
        let values = parts.iter().map(|p| p[part].as_deref());
        let column = Column::from_values(name, kind, values);
        match at {
            Some(i) => columns[i] = column,
            None if column.dict.is_empty() => {}
            None => columns.push(column),
        }
    }
    columns
}

/// Given, middle and family name from a whole name and what is known already.
fn name_parts(
    whole: Option<&str>,
    given: Option<&str>,
    middle: Option<&str>,
    family: Option<&str>,
) -> [Option<String>; 3] {
    let mut out = [given, middle, family].map(|v| v.map(str::to_string));
    let Some(whole) = whole else { return out };
    let mut rest: Vec<&str> = whole.split_ascii_whitespace().collect();
    for known in [given, middle, family].into_iter().flatten() {
        for token in known.split_ascii_whitespace() {
            if let Some(at) = rest.iter().position(|t| *t == token) {
                rest.remove(at);
            }
        }
    }
    if given.is_none() && rest.len() > usize::from(family.is_none()) {
        out[0] = Some(rest.remove(0).to_string());
    }
    if family.is_none() {
        out[2] = rest.pop().map(str::to_string);
    }
    if middle.is_none() && !rest.is_empty() {
        out[1] = Some(rest.join(" "));
    }
    out
}

/// How often each code of a column occurs; index 0 counts the missing.
pub fn frequencies(column: &Column) -> Vec<u32> {
    let mut counts = vec![0u32; column.dict.len() + 1];
    for code in &column.codes {
        counts[*code as usize] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_name_is_cut_or_gives_what_the_parts_lack() {
        let text = |p: [Option<String>; 3]| p.map(|v| v.unwrap_or_default());
        assert_eq!(
            text(name_parts(Some("henry thomas dawson"), None, None, None)),
            ["henry", "thomas", "dawson"]
        );
        assert_eq!(
            text(name_parts(Some("henry thomas dawson"), Some("henry"), None, Some("dawson"))),
            ["henry", "thomas", "dawson"]
        );
        assert_eq!(text(name_parts(Some("dawson"), None, None, None)), ["", "", "dawson"]);
        assert_eq!(
            text(name_parts(Some("henry dawson"), None, None, Some("dawson"))),
            ["henry", "", "dawson"]
        );
        assert_eq!(text(name_parts(None, Some("henry"), None, None)), ["henry", "", ""]);
    }
}
