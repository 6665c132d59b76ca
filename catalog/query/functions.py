"""The names of functions: the embedded engine's, each of them compared with Trino in a test, and all of Trino's."""

from __future__ import annotations

SCALAR = {
    *("abs", "ceil", "ceiling", "exp", "floor", "ln", "log10", "log2", "mod", "pi", "pow", "power", "round"),
    *("sign", "sqrt", "coalesce", "greatest", "if", "least", "nullif", "element_at", "date", "date_add", "date_diff"),
    *("date_format", "date_trunc", "day", "day_of_month", "day_of_week", "day_of_year", "dow", "doy", "from_unixtime"),
    *("hour", "minute", "month", "now", "quarter", "second", "to_unixtime", "week", "week_of_year", "year"),
    *("concat", "length", "lower", "lpad", "ltrim", "position", "regexp_like", "replace", "rpad", "rtrim"),
    *("split_part", "starts_with", "strpos", "substr", "substring", "trim", "upper"),
}
AGGREGATE = {
    *("avg", "bool_and", "bool_or", "count", "count_if", "max", "max_by", "min", "min_by", "stddev", "stddev_pop"),
    *("stddev_samp", "sum", "var_pop", "var_samp", "variance"),
}
WINDOW = {
    *("cume_dist", "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value", "ntile", "percent_rank"),
    *("rank", "row_number"),
}
FUNCTION_NAMES = SCALAR | AGGREGATE | WINDOW

# Its own words that stand before a parenthesis as functions do.
_WORDS = frozenset({"dec", "group", "json_table", "lateral", "numeric", "table", "within"})
_OTHERS = frozenset(
    """
    acos all_match any_match any_value approx_distinct approx_most_frequent approx_percentile approx_set arbitrary
    array array_agg array_distinct array_except array_first array_histogram array_intersect array_join array_last
    array_max array_min array_position array_remove array_sort array_union arrays_overlap asin at_timezone atan
    atan2 bar bernoulli beta_cdf bit_count bitwise_and bitwise_and_agg bitwise_left_shift bitwise_not bitwise_or
    bitwise_or_agg bitwise_right_shift bitwise_right_shift_arithmetic bitwise_xor bitwise_xor_agg cardinality cast
    cbrt char2hexint checksum chr codepoint color combinations concat_ws contains contains_sequence corr cos cosh
    cosine_distance cosine_similarity covar_pop covar_samp crc32 current_catalog current_date current_groups
    current_schema current_time current_timestamp current_timezone current_user date_parse degrees e
    empty_approx_set ends_with every exclude_columns extract format format_datetime format_number from_base
    from_base32 from_base64 from_base64url from_big_endian_32 from_big_endian_64 from_hex from_ieee754_32
    from_ieee754_64 from_iso8601_date from_iso8601_timestamp from_iso8601_timestamp_nanos from_unixtime_nanos
    from_utf8 geometric_mean grouping hamming_distance hash_counts histogram hmac_md5 hmac_sha1 hmac_sha256
    hmac_sha512 human_readable_seconds infinity intersection_cardinality inverse_beta_cdf inverse_normal_cdf
    is_finite is_infinite is_json_scalar is_nan jaccard_index json_array json_array_contains json_array_get
    json_array_length json_exists json_extract json_extract_scalar json_format json_object json_parse json_query
    json_size json_value kurtosis last_day_of_month levenshtein_distance listagg localtime localtimestamp log
    luhn_check make_set_digest map map_agg map_concat map_entries map_filter map_from_entries map_keys map_union
    map_values map_zip_with match_recognize md5 merge merge_set_digest millisecond multimap_agg
    multimap_from_entries murmur3 nan ngrams none_match normal_cdf normalize numeric_histogram parse_data_size
    parse_datetime parse_duration parse_presto_data_size qdigest_agg radians rand random reduce reduce_agg
    regexp_count regexp_extract regexp_extract_all regexp_position regexp_replace regexp_split regr_intercept
    regr_slope render repeat reverse rgb row sequence sha1 sha256 sha512 shuffle sin sinh skewness slice soundex
    split split_to_map split_to_multimap spooky_hash_v2_32 spooky_hash_v2_64 system tan tanh tdigest_agg
    timezone_hour timezone_minute to_base to_base32 to_base64 to_base64url to_big_endian_32 to_big_endian_64 to_char
    to_date to_hex to_ieee754_32 to_ieee754_64 to_iso8601 to_milliseconds to_timestamp to_utf8 transform
    transform_keys transform_values translate trim_array truncate try try_cast typeof unnest url_decode url_encode
    url_extract_fragment url_extract_host url_extract_parameter url_extract_path url_extract_port
    url_extract_protocol url_extract_query uuid value_at_quantile values_at_quantiles version width_bucket
    wilson_interval_lower wilson_interval_upper with_timezone word_stem xxhash64 year_of_week yow zip zip_with
    """.split()  # noqa: SIM905 - quoted one by one they fill pages
)
TRINO_FUNCTIONS = FUNCTION_NAMES | _WORDS | _OTHERS
"""Those of Trino itself (version 476); not those of plugins."""
