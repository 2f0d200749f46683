use super::*;

fn record(key: &str) -> RecordRef {
    RecordRef { source: SourceName::try_from("crm").unwrap(), key: key.into() }
}

fn always(a: &str, b: &str) -> Decision {
    Decision::Always { a: record(a), b: record(b) }
}

fn never(a: &str, b: &str) -> Decision {
    Decision::Never { a: record(a), b: record(b) }
}

fn closure(decisions: &[Decision]) -> Closure {
    Closure::of(decisions.iter().cloned().enumerate().map(|(i, d)| (Position(i as u64 + 1), d)))
}

fn against(positions: &[u64]) -> Option<Refusal> {
    Some(Refusal::Against(positions.iter().copied().map(Position).collect()))
}

#[test]
fn what_follows_is_refused_to_be_denied_and_the_way_is_named() {
    let said = closure(&[always("a", "b"), always("x", "y"), always("c", "b"), never("c", "d")]);
    assert_eq!(said.refusal(&never("a", "c")), against(&[1, 3]));
    assert_eq!(said.refusal(&never("a", "b")), against(&[1]));
    assert_eq!(said.refusal(&always("d", "a")), against(&[1, 3, 4]));
    assert_eq!(said.refusal(&always("a", "d")), against(&[1, 3, 4]));
    assert_eq!(said.refusal(&always("d", "x")), None);
    assert_eq!(said.refusal(&never("a", "x")), None);
    assert_eq!(said.refusal(&always("a", "c")), None, "it follows, and may be said");
    assert_eq!(said.refusal(&always("b", "a")), Some(Refusal::Known(Position(1))), "the other way round");
    assert_eq!(said.refusal(&never("d", "c")), Some(Refusal::Known(Position(4))));
    assert_eq!(said.refusal(&never("a", "a")), Some(Refusal::OneRecord));
}

#[test]
fn groups_and_answers_follow() {
    let said = closure(&[always("a", "b"), always("x", "y"), always("c", "b"), never("c", "d")]);
    let names = |g: &Vec<RecordRef>| g.iter().map(|r| r.key.as_str()).collect::<String>();
    assert_eq!(said.groups().iter().map(names).collect::<Vec<_>>(), ["abc", "xy"]);
    let answers = said.answers();
    let cases = [("a", "c", Some(true)), ("a", "d", Some(false)), ("a", "x", None), ("d", "x", None)];
    for (a, b, expected) in cases {
        assert_eq!(said.says(&record(a), &record(b)), expected, "{a} {b}");
        assert_eq!(answers.says(&record(b), &record(a)), expected, "{b} {a}");
    }
}

#[test]
fn a_decision_keeps_its_form_in_the_log() {
    let json = serde_json::to_string(&never("1", "2")).unwrap();
    assert_eq!(json, r#"{"verdict":"never","a":{"source":"crm","key":"1"},"b":{"source":"crm","key":"2"}}"#);
    let blocked = Decision::Blocked { field: Field::Email, value: "info@shop.example".into() };
    let json = serde_json::to_string(&blocked).unwrap();
    assert_eq!(json, r#"{"verdict":"blocked","field":"email","value":"info@shop.example"}"#);
    assert_eq!(serde_json::from_str::<Decision>(&json).unwrap(), blocked);
}
