//! Rows that the log gives back exactly as they were.

use serde_json::{Map, Value};

/// The row, in which a float that JSON's fast number parser would miss by its last bit (some of 17 digits) is kept as
/// its text.
pub(super) fn row(mut row: Map<String, Value>) -> Map<String, Value> {
    for value in row.values_mut() {
        let Value::Number(number) = &*value else { continue };
        if number.is_f64() {
            let text = number.to_string();
            if serde_json::from_str::<f64>(&text).ok() != number.as_f64() {
                *value = Value::String(text);
            }
        }
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_row_survives_the_log() {
        // 100,000 floats of all sizes from a generator with a fixed seed; some have 17 digits.
        let mut bits = 7u64;
        for _ in 0..100_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let float = f64::from_bits(bits);
            if !float.is_finite() {
                continue;
            }
            let kept = Value::Object(row(Map::from_iter([("x".to_string(), json!(float))])));
            let back: Value = serde_json::from_str(&kept.to_string()).expect("JSON");
            assert_eq!(back, kept);
        }
        let plain = json!({"a": 1, "b": 0.1, "c": "x"});
        assert_eq!(Value::Object(row(plain.as_object().expect("object").clone())), plain);
    }
}
