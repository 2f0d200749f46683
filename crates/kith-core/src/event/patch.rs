//! Changes to an event's text: a JSON merge patch (RFC 7396). What the patch does not speak of stays the bytes that it was, so a
//! number beyond 2^53 is not rounded by a change of another member.

use super::wire::json::{self, Members};
use serde_json::Value;

/// The text with the patch in it; `None` = the text is no JSON, or the patch no object.
pub fn patched(text: &str, patch: &Value) -> Option<String> {
    (patch.is_object() && text.starts_with('{') && json::whole(text).is_ok()).then(|| merge(text, patch))
}

fn merge(text: &str, patch: &Value) -> String {
    let Value::Object(changes) = patch else { return patch.to_string() };
    let members =
        if text.starts_with('{') { Members::of(text).unwrap_or_default() } else { Members::default() };
    let kept = members.0.iter().enumerate().filter(|(at, member)| members.at(&member.name) == Some(*at));
    let mut parts = Vec::new();
    for (_, member) in kept {
        match changes.get(member.name.as_ref()) {
            None => parts.push(format!("{}:{}", member.quoted, member.value)),
            Some(Value::Null) => {}
            Some(change) => parts.push(format!("{}:{}", member.quoted, merge(member.value, change))),
        }
    }
    for (name, change) in
        changes.iter().filter(|(name, change)| members.at(name).is_none() && !change.is_null())
    {
        parts.push(format!("{}:{}", Value::from(name.as_str()), merge("", change)));
    }
    format!("{{{}}}", parts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_spoken_of_stays_byte_for_byte() {
        let text = r#"{ "a" : 9007199254740993.0 , "b":{"c":1e2,"d":2},"x":null, "a\u0062":1}"#;
        let patch = json!({"b": {"d": null, "e": {"f": null}}, "new": "n", "x": 7, "gone": null});
        let expected = r#"{"a":9007199254740993.0,"b":{"c":1e2,"e":{}},"x":7,"a\u0062":1,"new":"n"}"#;
        assert_eq!(patched(text, &patch).as_deref(), Some(expected));
        assert_eq!(patched(r#"{"a":[1]}"#, &json!({"a": {"b": 1}})).as_deref(), Some(r#"{"a":{"b":1}}"#));
        assert_eq!(patched("{\"a\":", &json!({})), None);
        assert_eq!(patched("{}", &json!([])), None);
    }
}
