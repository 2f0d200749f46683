//! When an event happened, by a client's clock that may be wrong by years.
//!
//! `timestamp = received - (sent - original)`: the client says when it happened and when it sent it, both by its own
//! clock; the distance between the two is right even where the clock is not (Segment, "Common fields").

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// An instant as clients write it: RFC 3339 with 0 to 9 digits behind the second and any offset; without an offset it is
/// taken for UTC. Milliseconds since 1970 UTC.
pub fn instant_ms(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_millisecond());
    }
    let civil: DateTime = text.parse().ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

/// When it happened by Kith's clock; `original` = when by the client's, `sent` = when the client sent it. What is not
/// known is left out of the correction; nothing known = when it was received.
pub fn corrected_ms(original: Option<i64>, sent: Option<i64>, received: i64) -> i64 {
    match (original, sent) {
        (Some(original), Some(sent)) => received.saturating_sub(sent.saturating_sub(original)),
        (Some(original), None) => original,
        (None, _) => received,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_corrected_by_the_distance_that_it_measured() {
        let (original, sent) = (instant_ms("2031-01-01T00:00:00Z"), instant_ms("2031-01-01T00:00:05.000Z"));
        assert_eq!(corrected_ms(original, sent, 1_000_000), 995_000);
        assert_eq!(corrected_ms(Some(7), None, 9), 7);
        assert_eq!(corrected_ms(None, Some(7), 9), 9);
        assert_eq!(corrected_ms(Some(i64::MIN), Some(i64::MAX), 0), i64::MIN + 1, "no overflow");
    }

    #[test]
    fn instants_have_up_to_nine_digits_and_any_offset() {
        let same = [
            "2026-11-22T08:00:00Z",
            "2026-11-22T08:00:00.000Z",
            "2026-11-22T08:00:00.000000000Z",
            "2026-11-22T09:00:00+01:00",
            "2026-11-22T08:00:00",
            " 2026-11-22 08:00:00Z ",
        ];
        for text in same {
            assert_eq!(instant_ms(text), Some(1_795_334_400_000), "{text}");
        }
        for text in ["", "yesterday", "2026-13-01T00:00:00Z", "1795334400"] {
            assert_eq!(instant_ms(text), None, "{text}");
        }
    }
}
