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

mod histories {
    use super::*;
    use proptest::prelude::*;

    /// Which records are one person, and which two are not, said as directly as possible.
    #[derive(Clone, Default)]
    struct Oracle {
        same: BTreeSet<(u8, u8)>,
        apart: BTreeSet<(u8, u8)>,
    }

    const RECORDS: u8 = 7;

    impl Oracle {
        fn new() -> Oracle {
            Oracle { same: (0..RECORDS).map(|r| (r, r)).collect(), ..Oracle::default() }
        }

        fn take(&mut self, always: bool, a: u8, b: u8) {
            let pairs = if always { &mut self.same } else { &mut self.apart };
            pairs.extend([(a, b), (b, a)]);
            // Until nothing follows any more.
            loop {
                let mut next = self.clone();
                for (x, y) in &self.same {
                    for (p, q) in self.same.iter().filter(|(p, _)| p == y) {
                        assert_eq!(p, y);
                        next.same.insert((*x, *q));
                    }
                    for (_, q) in self.apart.iter().filter(|(p, _)| p == y) {
                        next.apart.extend([(*x, *q), (*q, *x)]);
                    }
                }
                if (next.same.len(), next.apart.len()) == (self.same.len(), self.apart.len()) {
                    break;
                }
                *self = next;
            }
        }
    }

    fn decision(always: bool, a: u8, b: u8) -> Decision {
        let (a, b) = (record(&a.to_string()), record(&b.to_string()));
        if always { Decision::Always { a, b } } else { Decision::Never { a, b } }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        /// What is taken never contradicts, what is refused would; and the ones that are named are just those in the way.
        #[test]
        fn exactly_contradictions_are_refused(
            history in prop::collection::vec((any::<bool>(), 0..RECORDS, 0..RECORDS), 1..24),
        ) {
            let (mut closure, mut oracle) = (Closure::default(), Oracle::new());
            for (at, (always, a, b)) in history.into_iter().enumerate() {
                let decision = decision(always, a, b);
                let against = if always { &oracle.apart } else { &oracle.same };
                match closure.refusal(&decision) {
                    Some(Refusal::Against(named)) => {
                        prop_assert!(against.contains(&(a, b)), "{decision} contradicts nothing");
                        let with = |left_out: Option<Position>| {
                            let kept = closure.decisions().iter().filter(|(p, _)| named.contains(p));
                            Closure::of(kept.filter(|(p, _)| Some(*p) != left_out).cloned())
                        };
                        let refused = |c: &Closure| matches!(c.refusal(&decision), Some(Refusal::Against(_)));
                        prop_assert!(refused(&with(None)), "those named alone stand in the way");
                        for position in &named {
                            prop_assert!(!refused(&with(Some(*position))), "{position:?} is not in the way");
                        }
                    }
                    Some(Refusal::Known(_)) => prop_assert!(!against.contains(&(a, b))),
                    Some(Refusal::OneRecord) => prop_assert_eq!(a, b),
                    None => {
                        prop_assert!(!against.contains(&(a, b)), "{decision} was taken against the others");
                        closure.add(Position(at as u64 + 1), decision);
                        oracle.take(always, a, b);
                    }
                }
            }
            let answers = closure.answers();
            for a in 0..RECORDS {
                for b in (0..RECORDS).filter(|b| *b != a) {
                    let expected = match (oracle.same.contains(&(a, b)), oracle.apart.contains(&(a, b))) {
                        (true, false) => Some(true),
                        (false, true) => Some(false),
                        (same, _) => { prop_assert!(!same, "both at once"); None }
                    };
                    let (x, y) = (record(&a.to_string()), record(&b.to_string()));
                    prop_assert_eq!(answers.says(&x, &y), expected);
                    prop_assert_eq!(closure.says(&x, &y), expected);
                }
            }
        }
    }
}
