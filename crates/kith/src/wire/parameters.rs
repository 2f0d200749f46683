//! Values that a client binds to `$1`, `$2` …, as Arrow arrays of one.

use super::frame::{Body, Malformed};
use kith_engine::arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Float32Array, Float64Array, Int16Array,
    Int32Array, Int64Array, StringArray, TimestampMicrosecondArray, new_null_array,
};
use kith_engine::arrow::compute::{CastOptions, cast_with_options};
use kith_engine::arrow::datatypes::{DataType, TimeUnit};
use kith_engine::postgres::{kind_of, type_of};
use std::sync::Arc;

/// Days and microseconds from 1970 to 2000, where PostgreSQL counts from.
pub const EPOCH_DAYS: i32 = 10_957;
/// See [`EPOCH_DAYS`].
pub const EPOCH_MICROS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

/// One value. The type is the client's, or else the one that the query asks for.
pub fn value(oid: u32, found: &DataType, binary: bool, bytes: Option<&[u8]>) -> Result<ArrayRef, String> {
    let kind = match oid {
        // As the client was told when it asked.
        0 | 705 => kind_of(type_of(found).oid).unwrap_or(DataType::Utf8),
        oid => kind_of(oid).ok_or_else(|| format!("parameters of the type {oid} are not known here"))?,
    };
    let Some(bytes) = bytes else { return Ok(new_null_array(&kind, 1)) };
    if binary {
        return of_binary(oid, &kind, bytes).map_err(|e| e.to_string());
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "a parameter is not UTF-8".to_string())?;
    of_text(&kind, text)
}

fn of_text(kind: &DataType, text: &str) -> Result<ArrayRef, String> {
    if let (DataType::Binary, Some(digits)) = (kind, text.strip_prefix("\\x")) {
        let bytes = unhex(digits).ok_or("a parameter is no bytea in hexadecimal")?;
        return Ok(Arc::new(BinaryArray::from_vec(vec![&bytes])));
    }
    let whole: ArrayRef = Arc::new(StringArray::from(vec![text]));
    if matches!(kind, DataType::Utf8 | DataType::Null) {
        return Ok(whole);
    }
    let options = CastOptions { safe: false, ..CastOptions::default() };
    // The text is the client's own and goes back to nobody else, but logs must not have it.
    cast_with_options(&whole, kind, &options).map_err(|_| format!("a parameter is no {kind}"))
}

fn of_binary(oid: u32, kind: &DataType, bytes: &[u8]) -> Result<ArrayRef, Malformed> {
    const WRONG: Malformed = Malformed("a binary parameter has the wrong length");
    let mut body = Body(bytes);
    let whole = |bytes: &[u8]| match bytes.len() {
        2 => Body(bytes).i16().map(i64::from),
        4 => Body(bytes).i32().map(i64::from),
        8 => long(bytes),
        _ => Err(WRONG),
    };
    let array: ArrayRef = match kind {
        DataType::Boolean => Arc::new(BooleanArray::from(vec![body.u8()? != 0])),
        DataType::Int16 => Arc::new(Int16Array::from(vec![body.i16()?])),
        DataType::Int32 => Arc::new(Int32Array::from(vec![body.i32()?])),
        DataType::Int64 => Arc::new(Int64Array::from(vec![whole(body.take(bytes.len())?)?])),
        DataType::Float32 => Arc::new(Float32Array::from(vec![f32::from_bits(body.i32()?.cast_unsigned())])),
        DataType::Float64 => {
            Arc::new(Float64Array::from(vec![f64::from_bits(long(body.take(8)?)?.cast_unsigned())]))
        }
        DataType::Date32 => {
            Arc::new(Date32Array::from(vec![body.i32()?.checked_add(EPOCH_DAYS).ok_or(WRONG)?]))
        }
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let at = long(body.take(8)?)?.checked_add(EPOCH_MICROS).ok_or(WRONG)?;
            Arc::new(TimestampMicrosecondArray::from(vec![at]).with_timezone_opt(zone.clone()))
        }
        DataType::Binary => Arc::new(BinaryArray::from_vec(vec![body.take(bytes.len())?])),
        DataType::Decimal128(..) => {
            let text = numeric(&mut body)?;
            return of_text(kind, &text).map_err(|_| Malformed("a numeric parameter does not fit"));
        }
        DataType::Utf8 | DataType::Null => {
            // jsonb begins with its version; a uuid is 16 bytes.
            let bytes = body.take(bytes.len())?;
            let text = match (oid, bytes) {
                (2950, bytes) if bytes.len() == 16 => uuid(bytes),
                (3802, [1, rest @ ..]) => utf8(rest)?.to_string(),
                (_, bytes) => utf8(bytes)?.to_string(),
            };
            Arc::new(StringArray::from(vec![text]))
        }
        _ => return Err(Malformed("a binary parameter of this type is not known here: send it as text")),
    };
    body.end().map_err(|_| WRONG)?;
    debug_assert_eq!(array.len(), 1);
    Ok(array)
}

fn unhex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|p| p.len() == 2)?, 16).ok())
        .collect()
}

fn long(bytes: &[u8]) -> Result<i64, Malformed> {
    let bytes = bytes.try_into().map_err(|_| Malformed("a binary parameter has the wrong length"))?;
    Ok(i64::from_be_bytes(bytes))
}

fn utf8(bytes: &[u8]) -> Result<&str, Malformed> {
    std::str::from_utf8(bytes).map_err(|_| Malformed("a parameter is not UTF-8"))
}

fn uuid(bytes: &[u8]) -> String {
    let hex = kith_core::hex(bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// PostgreSQL's numeric: groups of four decimal digits.
fn numeric(body: &mut Body<'_>) -> Result<String, Malformed> {
    let (count, weight, sign, scale) = (body.i16()?, body.i16()?, body.i16()?, body.i16()?);
    if !(0..=40).contains(&count) || !(-40..=40).contains(&weight) || !(0..=60).contains(&scale) {
        return Err(Malformed("a numeric parameter does not fit"));
    }
    let minus = match sign {
        0 => "",
        0x4000 => "-",
        _ => return Err(Malformed("a numeric parameter is no number")),
    };
    let groups = (0..count).map(|_| body.i16()).collect::<Result<Vec<_>, _>>()?;
    let group = |place: i16| -> i16 {
        usize::try_from(weight - place).ok().and_then(|at| groups.get(at)).copied().unwrap_or(0)
    };
    let whole: String = (0..=weight.max(0)).rev().map(|place| format!("{:04}", group(place))).collect();
    let places = (scale + 3) / 4;
    let part: String = (1..=places).map(|place| format!("{:04}", group(-place))).collect();
    let part = part.get(..scale as usize).unwrap_or(&part);
    let point = if part.is_empty() { "" } else { "." };
    Ok(format!("{minus}{whole}{point}{part}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kith_engine::arrow::util::display::array_value_to_string;

    fn shown(oid: u32, binary: bool, bytes: &[u8]) -> Result<String, String> {
        let array = value(oid, &DataType::Utf8, binary, Some(bytes))?;
        array_value_to_string(&array, 0).map_err(|e| e.to_string())
    }

    #[test]
    fn values_are_what_the_client_meant() {
        assert_eq!(shown(21, true, &[255, 254]).unwrap(), "-2");
        assert_eq!(shown(1082, true, &[0, 0, 0, 0]).unwrap(), "2000-01-01");
        assert_eq!(shown(1114, true, &[0; 8]).unwrap(), "2000-01-01T00:00:00");
        assert_eq!(shown(1184, false, b"2026-03-01 10:00:00+02").unwrap(), "2026-03-01T08:00:00Z");
        assert_eq!(shown(16, false, b"t").unwrap(), "true");
        assert_eq!(shown(17, false, b"\\x00ff").unwrap(), "00ff");
        // -12345.678 is 1 * 10,000 + 2345 + 6780 / 10,000
        let parts = [3i16, 1, 0x4000, 3, 1, 2345, 6780].map(i16::to_be_bytes).concat();
        assert_eq!(shown(1700, true, &parts).unwrap(), "-12345.6780000000");
        assert_eq!(shown(2950, true, &[0xab; 16]).unwrap(), "abababab-abab-abab-abab-abababababab");
    }

    #[test]
    fn rubbish_is_refused() {
        for (oid, binary, bytes) in [
            (20, true, &b"abc"[..]),
            (20, false, b"abc"),
            (16, false, b"perhaps"),
            (17, false, b"\\x0"),
            (25, true, b"\xff"),
            (1700, true, b"\x7f\xff\x7f\xff\0\0\0\0"),
            (1082, true, b"\x7f\xff\xff\xff"),
            (600, false, b"(1,2)"),
        ] {
            assert!(shown(oid, binary, bytes).is_err(), "{oid} {bytes:?}");
        }
    }
}
