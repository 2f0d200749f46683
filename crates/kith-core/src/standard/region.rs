//! States, provinces and counties.

use super::{Outcome, fold};

const US: &str = "AL alabama|AK alaska|AZ arizona|AR arkansas|CA california|CO colorado|CT connecticut|DE delaware|\
DC district of columbia|DC washington dc|FL florida|GA georgia|HI hawaii|ID idaho|IL illinois|IN indiana|IA iowa|\
KS kansas|KY kentucky|LA louisiana|ME maine|MD maryland|MA massachusetts|MI michigan|MN minnesota|MS mississippi|\
MO missouri|MT montana|NE nebraska|NV nevada|NH new hampshire|NJ new jersey|NM new mexico|NY new york|\
NC north carolina|ND north dakota|OH ohio|OK oklahoma|OR oregon|PA pennsylvania|RI rhode island|SC south carolina|\
SD south dakota|TN tennessee|TX texas|UT utah|VT vermont|VA virginia|WA washington|WA washington state|\
WV west virginia|WI wisconsin|WY wyoming|PR puerto rico|GU guam|VI us virgin islands";

const CA: &str = "AB alberta|BC british columbia|MB manitoba|NB new brunswick|NL newfoundland and labrador|\
NL newfoundland|NS nova scotia|NT northwest territories|NU nunavut|ON ontario|PE prince edward island|QC quebec|\
SK saskatchewan|YT yukon";

const AU: &str = "ACT australian capital territory|NSW new south wales|NT northern territory|QLD queensland|\
SA south australia|TAS tasmania|VIC victoria|WA western australia";

fn table(region: Option<&str>) -> &'static str {
    match region {
        Some("CA") => CA,
        Some("AU") => AU,
        // Without a country the names of American states are read as such: their words are hardly used elsewhere.
        Some("US") | None => US,
        Some(_) => "",
    }
}

/// The code for a name of the country's states, else codes in upper case and names folded.
pub(super) fn normalise(text: &str, country: Option<&str>) -> Outcome {
    let folded = fold(text);
    let code = code_of(&folded, country).map(String::from);
    Outcome::Value(code.unwrap_or_else(|| if folded.len() <= 3 { folded.to_uppercase() } else { folded }))
}

/// The code of a folded name.
fn code_of(folded: &str, country: Option<&str>) -> Option<&'static str> {
    let named =
        |entry: &'static str| entry.split_once(' ').filter(|(_, name)| *name == folded).map(|(code, _)| code);
    table(country).split('|').find_map(named)
}

/// The code, if the word is a code or a name of a state.
pub(crate) fn known(word: &str, country: Option<&str>) -> Option<&'static str> {
    let folded = fold(word);
    let upper = folded.to_uppercase();
    let code =
        |entry: &'static str| entry.split_once(' ').map(|(code, _)| code).filter(|code| *code == upper);
    code_of(&folded, country).or_else(|| table(country).split('|').find_map(code))
}

/// True for a code or name of a state of the countries whose states are known here.
pub(crate) fn anywhere(word: &str) -> bool {
    [Some("US"), Some("CA"), Some("AU")].into_iter().any(|country| known(word, country).is_some())
}
