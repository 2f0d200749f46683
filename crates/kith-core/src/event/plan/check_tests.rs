//! Schemas against what the specification says of each keyword.

use super::compile;
use super::schema::Schemas;
use serde_json::{Value, json};

/// True if a value is as a schema says.
fn fits(schema: Value, value: Value) -> bool {
    let (mut schemas, mut found) = (Schemas::default(), Vec::new());
    let no = compile::compile(&mut schemas, &schema, "").expect("a schema");
    schemas.check(no, &value, &mut found);
    found.is_empty()
}

#[test]
fn schemas_mean_what_the_specification_says() {
    let cases = [
        (json!({"type": "integer"}), json!([1, 1.0, -3]), json!([1.5, "1", null])),
        (json!({"type": ["string", "null"]}), json!(["", null]), json!([0, false, []])),
        (json!({"const": {"a": [1, 2]}}), json!([{"a": [1.0, 2]}]), json!([{"a": [2, 1]}, {}])),
        (json!({"minimum": 1, "exclusiveMaximum": 3}), json!([1, 2.99, "a"]), json!([0.99, 3])),
        (json!({"maximum": 3, "exclusiveMaximum": true}), json!([2]), json!([3])),
        (json!({"maximum": 3, "exclusiveMaximum": 3}), json!([2]), json!([3])),
        (json!({"multipleOf": 0.1}), json!([0.3, 7]), json!([0.35])),
        (json!({"minLength": 2, "maxLength": 2}), json!(["éé", "🦀🦀"]), json!(["é", "abc"])),
        (json!({"pattern": "b+"}), json!(["abbc", 1]), json!(["ac"])),
        (
            json!({"items": [{"type": "string"}], "additionalItems": false}),
            json!([["a"], []]),
            json!([[1], ["a", 2]]),
        ),
        (
            json!({"prefixItems": [{"type": "string"}], "items": {"type": "number"}}),
            json!([["a", 1]]),
            json!([["a", "b"]]),
        ),
        (json!({"contains": {"const": 1}, "uniqueItems": true}), json!([[1, 2]]), json!([[2], [1, 1.0]])),
        (json!({"minItems": 1, "maxItems": 2}), json!([[1], [1, 2]]), json!([[], [1, 2, 3]])),
        (json!({"propertyNames": {"maxLength": 1}}), json!([{"a": 1}]), json!([{"ab": 1}])),
        (
            json!({"patternProperties": {"^x": {"type": "number"}}, "additionalProperties": {"type": "string"}}),
            json!([{"x1": 1, "y": "a"}]),
            json!([{"x1": "a"}, {"y": 1}]),
        ),
        (json!({"dependentRequired": {"a": ["b"]}}), json!([{"a": 1, "b": 1}, {"c": 1}]), json!([{"a": 1}])),
        (json!({"dependencies": {"a": {"required": ["b"]}}}), json!([{"a": 1, "b": 1}]), json!([{"a": 1}])),
        (json!({"anyOf": [{"type": "string"}, {"minimum": 5}]}), json!(["a", 5]), json!([4])),
        (json!({"oneOf": [{"type": "number"}, {"minimum": 5}]}), json!([4, "a"]), json!([5])),
        (json!({"not": {"type": "null"}}), json!([1]), json!([null])),
        (
            json!({"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}}),
            json!([{"a": 1, "b": 1}, {"c": 1}]),
            json!([{"a": 1}, {}]),
        ),
        (
            json!({"$ref": "#/$defs/t", "$defs": {"t": {"properties": {"next": {"$ref": "#/$defs/t"}, "v": {"type": "number"}}, "required": ["v"]}}}),
            json!([{"v": 1, "next": {"v": 2}}]),
            json!([{"v": 1, "next": {"v": "2"}}, {"next": {"v": 1}}]),
        ),
        (json!({"format": "date-time"}), json!(["2026-11-22T08:00:00Z", 3]), json!(["2026-11-22", "soon"])),
        (json!({"format": "uuid"}), json!(["123e4567-e89b-12d3-a456-426614174000"]), json!(["123e4567"])),
        (json!({"format": "no-such-format"}), json!(["anything"]), json!([])),
        (json!(false), json!([]), json!([1, null])),
    ];
    for (schema, right, wrong) in cases {
        for value in right.as_array().into_iter().flatten() {
            assert!(fits(schema.clone(), value.clone()), "{value} under {schema}");
        }
        for value in wrong.as_array().into_iter().flatten() {
            assert!(!fits(schema.clone(), value.clone()), "{value} under {schema}");
        }
    }
}

#[test]
fn schemas_that_never_end_do_not_take_the_thread_with_them() {
    assert!(!fits(json!({"$ref": "#"}), json!(1)));
    assert!(!fits(
        json!({"allOf": [{"$ref": "#/definitions/a"}], "definitions": {"a": {"anyOf": [{"$ref": "#"}]}}}),
        json!(1)
    ));
}
