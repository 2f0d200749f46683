//! Which functions a query may call. A list of what is allowed: what a new version of the library brings is refused until
//! somebody has looked at it, and a test says so.
//!
//! Not on it: functions that make a value of any size out of nothing (planning folds constants outside the memory pool and the
//! time limit, so one short query could take all the memory of the server), and functions that tell where a row is stored.

use datafusion::execution::SessionStateDefaults;
use datafusion::execution::session_state::SessionStateBuilder;

/// Refused on purpose.
#[cfg(test)]
const REFUSED: &[&str] = &[
    "repeat",
    "lpad",
    "rpad",
    "array_repeat",
    "array_resize",
    "range",
    "generate_series",
    "input_file_name",
    "file_row_index",
    "with_metadata",
    "arrow_metadata",
    "arrow_field",
];

#[rustfmt::skip]
const SCALAR: &[&str] = &[
    // numbers
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "cos", "cosh", "cot", "degrees",
    "exp", "factorial", "floor", "gcd", "isnan", "iszero", "lcm", "ln", "log", "log10", "log2", "nanvl", "pi", "power",
    "radians", "random", "round", "signum", "sin", "sinh", "sqrt", "tan", "tanh", "trunc",
    // text
    "ascii", "bit_length", "btrim", "character_length", "chr", "concat", "concat_ws", "contains", "ends_with",
    "find_in_set", "initcap", "left", "levenshtein", "lower", "ltrim", "octet_length", "overlay", "replace", "reverse",
    "right", "rtrim", "split_part", "starts_with", "strpos", "substr", "substr_index", "to_hex", "translate", "upper",
    "uuid", "regexp_count", "regexp_instr", "regexp_like", "regexp_match", "regexp_replace",
    // digests
    "decode", "digest", "encode", "md5", "sha224", "sha256", "sha384", "sha512",
    // time
    "current_date", "current_time", "date_bin", "date_part", "date_trunc", "from_unixtime", "make_date", "make_time", "now",
    "to_char", "to_date", "to_local_time", "to_time", "to_timestamp", "to_timestamp_micros", "to_timestamp_millis",
    "to_timestamp_nanos", "to_timestamp_seconds", "to_unixtime",
    // values and types
    "arrow_cast", "arrow_try_cast", "arrow_typeof", "cast_to_type", "try_cast_to_type", "coalesce", "get_field", "greatest",
    "least", "named_struct", "nullif", "nvl", "nvl2", "struct", "union_extract", "union_tag", "version",
    // lists and maps
    "array_add", "array_any_value", "array_append", "array_avg", "array_compact", "array_concat", "array_dims",
    "array_distance", "array_distinct", "array_element", "array_except", "array_has", "array_has_all", "array_has_any",
    "array_intersect", "array_length", "array_max", "array_min", "array_ndims", "array_normalize", "array_pop_back",
    "array_pop_front", "array_position", "array_positions", "array_prepend", "array_product", "array_remove",
    "array_remove_all", "array_remove_n", "array_replace", "array_replace_all", "array_replace_n", "array_reverse",
    "array_scale", "array_slice", "array_sort", "array_subtract", "array_sum", "array_to_string", "array_union",
    "arrays_zip", "cardinality", "cosine_distance", "empty", "flatten", "inner_product", "make_array", "map", "map_entries",
    "map_extract", "map_keys", "map_values", "string_to_array",
];

#[rustfmt::skip]
const HIGHER_ORDER: &[&str] = &["array_any_match", "array_filter", "array_first", "array_transform"];

#[rustfmt::skip]
const AGGREGATE: &[&str] = &[
    "any_value", "approx_distinct", "approx_median", "approx_percentile_cont", "approx_percentile_cont_with_weight",
    "array_agg", "avg", "bit_and", "bit_or", "bit_xor", "bool_and", "bool_or", "corr", "count", "covar_pop", "covar_samp",
    "first_value", "grouping", "last_value", "max", "median", "min", "nth_value", "percentile_cont", "regr_avgx", "regr_avgy",
    "regr_count", "regr_intercept", "regr_r2", "regr_slope", "regr_sxx", "regr_sxy", "regr_syy", "stddev", "stddev_pop",
    "string_agg", "sum", "var", "var_pop",
];

#[rustfmt::skip]
const WINDOW: &[&str] = &[
    "cume_dist", "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value", "ntile", "percent_rank", "rank",
    "row_number",
];

/// The state with the allowed functions, and no table function.
pub(super) fn allowed(builder: SessionStateBuilder) -> SessionStateBuilder {
    let on = |list: &[&str], name: &str| list.contains(&name);
    let scalar = SessionStateDefaults::default_scalar_functions().into_iter();
    let higher = SessionStateDefaults::default_higher_order_functions().into_iter();
    let aggregate = SessionStateDefaults::default_aggregate_functions().into_iter();
    let window = SessionStateDefaults::default_window_functions().into_iter();
    builder
        .with_expr_planners(SessionStateDefaults::default_expr_planners())
        .with_scalar_functions(scalar.filter(|f| on(SCALAR, f.name())).collect())
        .with_higher_order_functions(higher.filter(|f| on(HIGHER_ORDER, f.name())).collect())
        .with_aggregate_functions(aggregate.filter(|f| on(AGGREGATE, f.name())).collect())
        .with_window_functions(window.filter(|f| on(WINDOW, f.name())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails when a new version of the library brings a function: put it on one of the lists.
    #[test]
    fn every_function_of_the_library_was_looked_at() {
        let names = |all: Vec<String>, known: &[&str]| -> Vec<String> {
            all.into_iter()
                .filter(|n| !known.contains(&n.as_str()) && !REFUSED.contains(&n.as_str()))
                .collect()
        };
        let scalar = SessionStateDefaults::default_scalar_functions();
        let higher = SessionStateDefaults::default_higher_order_functions();
        let aggregate = SessionStateDefaults::default_aggregate_functions();
        let window = SessionStateDefaults::default_window_functions();
        let new = [
            names(scalar.iter().map(|f| f.name().to_string()).collect(), SCALAR),
            names(higher.iter().map(|f| f.name().to_string()).collect(), HIGHER_ORDER),
            names(aggregate.iter().map(|f| f.name().to_string()).collect(), AGGREGATE),
            names(window.iter().map(|f| f.name().to_string()).collect(), WINDOW),
        ];
        assert_eq!(new, <[Vec<String>; 4]>::default(), "scalar, higher order, aggregate, window");
    }
}
