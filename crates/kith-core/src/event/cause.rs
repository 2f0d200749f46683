//! For what an event was refused: what groups refused events, so that one fix is seen to mend many.

use super::RefusedEvent;
use crate::id::SourceName;
use serde::{Deserialize, Serialize};

/// Longer names and fields are cut: they come from whoever sends.
const TEXT_BYTES_MAX: usize = 200;

/// A cause.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cause {
    /// Which source sent it.
    pub source: SourceName,
    /// A stable code of the error registry.
    pub code: String,
    /// What was done, where a plan refused it; empty otherwise.
    pub name: String,
    /// Which part of the event is wrong, with `*` for any place in a list: `/properties/products/*/price`.
    pub field: String,
}

impl Cause {
    /// The cause of a refusal.
    pub fn of(refused: &RefusedEvent) -> Cause {
        let field = match refused.name.is_empty() && !refused.code.starts_with("K-PLAN-") {
            true => within(&refused.field),
            false => &refused.field,
        };
        Cause {
            source: refused.source.clone(),
            code: refused.code.clone(),
            name: cut(&refused.name),
            field: anywhere(field),
        }
    }

    /// The cause of whatever else the source is refused for under this code: causes are many where senders make up names.
    pub fn of_the_rest(self) -> Cause {
        Cause { name: String::new(), field: String::new(), ..self }
    }
}

/// A JSON pointer with `*` for any place in a list.
pub fn anywhere(field: &str) -> String {
    let steps = field.split('/').map(|step| match step.bytes().all(|b| b.is_ascii_digit()) {
        true if !step.is_empty() => "*",
        _ => step,
    });
    cut(&steps.collect::<Vec<_>>().join("/"))
}

/// The pointer within the event, of one within its request.
fn within(field: &str) -> &str {
    let numbered = |text: &str| {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        (digits > 0 && text.as_bytes().get(digits).is_none_or(|b| *b == b'/')).then_some(digits)
    };
    if field.starts_with("line ") {
        return "";
    }
    let rest = field.strip_prefix("/batch").unwrap_or(field);
    let digits = rest.strip_prefix('/').and_then(numbered);
    digits.and_then(|digits| rest.get(digits + 1..)).unwrap_or(field)
}

/// A text that somebody sent, as long as is kept of it here.
pub fn cut(text: &str) -> String {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(code: &str, field: &str) -> String {
        Cause::of(&RefusedEvent {
            source: SourceName::try_from("web").expect("a name"),
            call: None,
            name: String::new(),
            message_id: String::new(),
            code: code.into(),
            field: field.into(),
            reason: String::new(),
            original: String::new(),
            received_at_ms: 0,
            place: String::new(),
        })
        .field
    }

    #[test]
    fn where_it_stood_in_its_request_or_in_a_list_does_not_count() {
        assert_eq!(field("K-EVENT-NO-NAME", "/batch/17/event"), "/event");
        assert_eq!(field("K-EVENT-NO-NAME", "/3/event"), "/event");
        assert_eq!(field("K-EVENT-NO-NAME", "/event"), "/event");
        assert_eq!(field("K-EVENT-NO-ID", "/batch/0"), "");
        assert_eq!(field("K-COLLECT-JSON", "line 17"), "");
        assert_eq!(field("K-PLAN-INVALID", "/properties/products/0/price"), "/properties/products/*/price");
        assert_eq!(field("K-PLAN-PROPERTY", &format!("/properties/x{}", "é".repeat(300))).len(), 199);
    }
}
