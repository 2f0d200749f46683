//! Plans as products export them, schemas against the specification's own words, and events under them.

use super::*;
use crate::event::wire::Incoming;
use crate::id::SourceName;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

/// As Segment's Config API exports it.
const SEGMENT: &str = r##"{
  "name": "workspaces/shop/tracking-plans/rs_1",
  "display_name": "Shop",
  "rules": {
    "global": {"$schema": "http://json-schema.org/draft-04/schema#", "type": "object",
      "properties": {"context": {"type": "object", "properties": {"library": {"type": "object"}}}}},
    "identify": {"type": "object", "properties": {"traits": {"type": "object", "properties": {"email": {"type": "string", "format": "email"}}}}},
    "group": {},
    "identify_traits": [],
    "events": [
      {"name": "Order Completed", "version": 1, "description": "paid", "rules": {
        "$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "labels": {"team": "web"},
        "definitions": {"money": {"type": "number", "minimum": 0}},
        "properties": {"context": {}, "traits": {"type": "object"}, "properties": {"type": "object",
          "properties": {
            "total": {"$ref": "#/definitions/money"},
            "currency": {"type": "string", "enum": ["EUR", "USD"]},
            "products": {"type": "array", "items": {"type": "object", "required": ["sku"],
              "properties": {"sku": {"type": "string", "pattern": "^[A-Z]+-\\d+$"}, "price": {"type": ["number", "null"]}}}}},
          "required": ["total"]}},
        "required": ["properties"]}},
      {"name": "Order Completed", "version": 2, "rules": {"properties": {"properties": {"required": ["order_id"], "properties": {"order_id": {}}}}}}
    ]}}"##;

fn guard(plan: &str, treatment: Treatment) -> Guard {
    Guard { plan: Arc::new(Plan::read(plan).expect("a plan")), treatment }
}

fn event(call: Call, name: &str, body: &str) -> Event {
    Event {
        source: SourceName::try_from("web").expect("a name"),
        call,
        message_id: "m1".into(),
        name: name.into(),
        user_id: Some("u1".into()),
        anonymous_id: None,
        timestamp_ms: 1,
        received_at_ms: 2,
        body: body.into(),
        geo: None,
    }
}

fn order(properties: &str) -> Event {
    event(
        Call::Track,
        "Order Completed",
        &format!(r#"{{"event":"Order Completed","properties":{properties}}}"#),
    )
}

/// What is wrong with an event under Segment's plan: kinds and fields.
fn found(event: &Event) -> Vec<(ViolationKind, String)> {
    let violations = guard(SEGMENT, Treatment::default()).violations(event);
    violations.into_iter().map(|v| (v.kind, v.field)).collect()
}

#[test]
fn segments_export_is_read_and_every_kind_of_violation_named() {
    use ViolationKind::*;
    let at = |kind, field: &str| vec![(kind, field.to_string())];
    assert_eq!(found(&order(r#"{"total":1,"currency":"EUR","products":[{"sku":"A-1","price":null}]}"#)), []);
    assert_eq!(found(&order(r#"{"total":"1"}"#)), at(Type, "/properties/total"));
    assert_eq!(found(&order(r#"{"total":-1}"#)), at(Value, "/properties/total"));
    assert_eq!(found(&order("{}")), at(Required, "/properties/total"));
    assert_eq!(found(&order(r#"{"total":1,"currency":"GBP"}"#)), at(Value, "/properties/currency"));
    assert_eq!(found(&order(r#"{"total":1,"coupon":"X"}"#)), at(UnplannedProperty, "/properties/coupon"));
    assert_eq!(
        found(&order(r#"{"total":1,"products":[{"sku":"A-1"},{"sku":"a","tint/ed":1}]}"#)),
        [at(Value, "/properties/products/1/sku"), at(UnplannedProperty, "/properties/products/1/tint~1ed")]
            .concat()
    );
    assert_eq!(found(&event(Call::Track, "Order Done", "{}")), at(UnplannedEvent, "/event"));
    assert_eq!(found(&event(Call::Identify, "", r#"{"traits":{"email":"no"}}"#)), at(Value, "/traits/email"));
    // The plan says nothing of pages and groups, but for what holds for all.
    assert_eq!(found(&event(Call::Page, "Home", r#"{"properties":{"x":1}}"#)), []);
    assert_eq!(
        found(&event(Call::Page, "Home", r#"{"context":{"library":3}}"#)),
        at(Type, "/context/library")
    );
}

#[test]
fn an_event_says_its_version_and_one_that_does_not_is_of_the_oldest() {
    let versioned = r#"{"context":{"protocols":{"event_version":2}},"properties":{}}"#;
    let fields = found(&event(Call::Track, "Order Completed", versioned));
    assert_eq!(fields, [(ViolationKind::Required, "/properties/order_id".to_string())]);
    assert_eq!(found(&order(r#"{"total":1}"#)), []);
}

#[test]
fn segments_newer_shape_and_rudderstacks_are_read_too() {
    let public = r#"{"data":{"rules":[
        {"type":"COMMON","jsonSchema":{"properties":{"context":{"required":["ip"]}}}},
        {"type":"TRACK","key":"Song Played","version":1,"jsonSchema":{"type":"object","properties":{"properties":{"type":"object","properties":{"id":{"type":"integer"}}}}}},
        {"type":"IDENTIFY","version":1,"jsonSchema":{"properties":{"traits":{"required":["email"]}}}}]}}"#;
    let public = guard(public, Treatment::default());
    let wrong =
        |guard: &Guard, event| guard.violations(&event).into_iter().map(|v| v.field).collect::<Vec<_>>();
    assert_eq!(
        wrong(&public, event(Call::Track, "Song Played", r#"{"properties":{"id":1.5}}"#)),
        ["/properties/id"]
    );
    assert_eq!(wrong(&public, event(Call::Track, "Song Played", r#"{"context":{}}"#)), ["/context/ip"]);
    assert_eq!(wrong(&public, event(Call::Identify, "", r#"{"traits":{}}"#)), ["/traits/email"]);
    let rudder = r##"{"name":"shop","version":"1.0.0","rules":{"events":[
        {"eventName":"Seen","eventType":"track","rules":{"type":"object","definitions":{"n":{"type":"number"}},"properties":{"price":{"$ref":"#/definitions/n"}},"required":["price"],"additionalProperties":false}},
        {"name":"","eventType":"identify","identitySection":"context.traits","rules":{"properties":{"properties":{"required":["a"]}}}}]}}"##;
    let rudder = guard(rudder, Treatment::default());
    assert_eq!(
        wrong(&rudder, event(Call::Track, "Seen", r#"{"properties":{"price":"1","x":2}}"#)),
        ["/properties/price", "/properties/x"]
    );
}

#[test]
fn what_becomes_of_it_is_what_the_source_says() {
    let both = r#"{"total":"x","coupon":"C"}"#;
    let taken = guard(SEGMENT, Treatment::default()).judge(order(both));
    assert_eq!(taken.incoming, Incoming::Event(order(both)));
    assert_eq!(taken.violations.len(), 2);
    let strict = Treatment { invalid_events: Policy::Block, ..Treatment::default() };
    let Incoming::Refused(refused) = guard(SEGMENT, strict).judge(order(both)).incoming else {
        panic!("taken")
    };
    assert_eq!((refused.code.as_str(), refused.field.as_str()), ("K-PLAN-INVALID", "/properties/total"));
    assert_eq!(
        (refused.original, refused.message_id, refused.received_at_ms),
        (order(both).body, "m1".into(), 2)
    );
    assert!(matches!(
        guard(SEGMENT, strict).judge(order(r#"{"total":1,"c":1}"#)).incoming,
        Incoming::Event(_)
    ));
    let closed = Treatment { unplanned_properties: PropertyPolicy::Block, ..Treatment::default() };
    let Incoming::Refused(refused) = guard(SEGMENT, closed).judge(order(both)).incoming else {
        panic!("taken")
    };
    assert_eq!(refused.code, "K-PLAN-PROPERTY");
    let named = Treatment { unplanned_events: Policy::Block, ..Treatment::default() };
    let other = event(Call::Track, "Other", "{}");
    let Incoming::Refused(refused) = guard(SEGMENT, named).judge(other).incoming else { panic!("taken") };
    assert_eq!((refused.code.as_str(), refused.field.as_str()), ("K-PLAN-EVENT", "/event"));
}

#[test]
fn an_omitted_property_is_cut_out_and_the_rest_stays_byte_for_byte() {
    let omit = Treatment { unplanned_properties: PropertyPolicy::Omit, ..Treatment::default() };
    let sent = order(
        r#"{ "total" : 9007199254740993.10 , "a":{"b":[1]},"products":[{"sku":"A-1","x":"\u00e9"}, 7],"z\"":null}"#,
    );
    let Incoming::Event(kept) = guard(SEGMENT, omit).judge(sent).incoming else { panic!("refused") };
    assert_eq!(
        kept.body,
        r#"{"event":"Order Completed","properties":{"total":9007199254740993.10,"products":[{"sku":"A-1"},7]}}"#
    );
    // More of them than one look names.
    let many: Vec<String> = (0..100).map(|n| format!("\"p{n}\":{n}")).collect();
    let judged = guard(SEGMENT, omit).judge(order(&format!("{{\"total\":1,{}}}", many.join(","))));
    let Incoming::Event(kept) = judged.incoming else { panic!("refused") };
    assert_eq!((kept.body.as_str(), judged.violations.len()), (order(r#"{"total":1}"#).body.as_str(), 100));
}

#[test]
fn many_wrong_values_hide_no_property_that_is_not_planned() {
    let products: Vec<&str> = vec![r#"{"price":"x"}"#; 30];
    let sent = || order(&format!(r#"{{"total":1,"products":[{}],"ssn":"1"}}"#, products.join(",")));
    let treated = |unplanned_properties| {
        guard(SEGMENT, Treatment { unplanned_properties, ..Treatment::default() }).judge(sent()).incoming
    };
    assert!(
        matches!(treated(PropertyPolicy::Block), Incoming::Refused(refused) if refused.field == "/properties/ssn")
    );
    assert!(matches!(treated(PropertyPolicy::Omit), Incoming::Event(event) if !event.body.contains("ssn")));
}

#[test]
fn a_plan_that_can_not_be_read_names_the_place() {
    let place = |text: &str| Plan::read(text).expect_err("refused").place;
    assert_eq!(place("{\"rules\":\n  ]"), "line 2, column 3");
    assert_eq!(place("{}"), "/rules");
    assert_eq!(place(r#"{"rules":{"event":[]}}"#), "/rules/event");
    let one = |rules: &str| format!(r#"{{"rules":{{"events":[{{"name":"A","rules":{rules}}}]}}}}"#);
    assert_eq!(
        place(&one(r#"{"properties":{"properties":{"type":"objekt"}}}"#)),
        "/rules/events/0/rules/properties/properties/type"
    );
    assert_eq!(place(&one(r#"{"requierd":["a"]}"#)), "/rules/events/0/rules/requierd");
    assert_eq!(
        Plan::read(&one(r#"{"requierd":["a"]}"#)).expect_err("refused").help,
        "Did you mean \"required\"?"
    );
    assert_eq!(place(&one(r##"{"$ref":"#/definitions/x"}"##)), "/rules/events/0/rules/$ref");
    assert_eq!(place(&one(r#"{"$ref":"https://example.com/a.json"}"#)), "/rules/events/0/rules/$ref");
    assert_eq!(
        place(&one(r#"{"properties":{"properties":{"pattern":"(?=a)"}}}"#)),
        "/rules/events/0/rules/properties/properties/pattern"
    );
    assert_eq!(place(r#"{"rules":{"events":[{"name":"A"},{"name":"A"}]}}"#), "/rules/events/1/rules");
    assert_eq!(place(r#"{"rules":[{"type":"TRACK","key":"A"}]}"#), "/rules/0");
}

#[test]
fn a_plan_from_events_fits_those_events_and_names_what_is_new() {
    let mut inference = Inference::default();
    let seen = [
        order(r#"{"total":1,"currency":"EUR","items":[{"sku":"a"},{"sku":"b","n":1}],"deep":{"x":null}}"#),
        order(r#"{"total":2.5,"items":[]}"#),
        event(Call::Identify, "", r#"{"traits":{"email":"a@b.c"}}"#),
        event(Call::Page, "Home", r#"{"properties":{"path":"/"}}"#),
    ];
    seen.iter().for_each(|event| inference.see(event));
    let written = inference.plan("web");
    let properties = &written["rules"]["events"][0]["rules"]["properties"]["properties"];
    assert_eq!(properties["required"], json!(["items", "total"]));
    assert_eq!(properties["properties"]["total"]["type"], "number");
    let strict = Treatment {
        unplanned_events: Policy::Block,
        invalid_events: Policy::Block,
        unplanned_properties: PropertyPolicy::Block,
    };
    let guard = guard(&written.to_string(), strict);
    for event in seen {
        assert!(matches!(guard.judge(event.clone()).incoming, Incoming::Event(_)), "{event:?}");
    }
    let new = guard.violations(&order(r#"{"total":1,"items":[{"sku":"a","colour":"red"}]}"#));
    assert_eq!(new[0].field, "/properties/items/0/colour");
}

proptest! {
    /// Whatever is sent under whatever plan: a judgement, never a panic; and an event that is taken is still JSON.
    #[test]
    fn anything_can_be_judged(schema in any_json(), value in any_json()) {
        let rules = json!({"rules": {"events": [{"name": "Order Completed", "rules": {"properties": {"properties": schema}}}]}});
        let Ok(plan) = Plan::read(&rules.to_string()) else { return Ok(()) };
        for unplanned_properties in [PropertyPolicy::Allow, PropertyPolicy::Omit, PropertyPolicy::Block] {
            let treatment = Treatment { unplanned_properties, ..Treatment::default() };
            let plan = Plan::read(&rules.to_string()).map_or(Plan::default(), |plan| plan);
            let judged = Guard { plan: Arc::new(plan), treatment }.judge(order(&value.to_string()));
            if let Incoming::Event(event) = judged.incoming {
                prop_assert!(serde_json::from_str::<Value>(&event.body).is_ok());
            }
        }
        drop(plan);
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "a",
        "b",
        "type",
        "object",
        "string",
        "properties",
        "required",
        "items",
        "anyOf",
        "additionalProperties",
        "minimum",
        "é/~",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3i64..3).prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((word.clone(), inner), 0..5).prop_map(|members| Value::Object(
                members.into_iter().map(|(k, v)| (k.to_string(), v)).collect()
            )),
        ]
    })
}
