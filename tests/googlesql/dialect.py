"""BigQuery's dialect: GoogleSQL without what BigQuery does not have."""

from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as service_pb
from zetasql.wasi._pb2.zetasql.proto import options_pb2 as language_pb
from zetasql.wasi._pb2.zetasql.public import options_pb2 as public_pb
from zetasql.wasi._pb2.zetasql.resolved_ast import resolved_node_kind_pb2 as node_kind_pb

from tests.googlesql.wasm import Service

# Features of other engines that speak GoogleSQL, by the beginning of their names.
_NOT_IN_BIGQUERY = (
    "AGGREGATE_FILTERING",
    "AGGREGATION_THRESHOLD",
    "ANNOTATION_FRAMEWORK",
    "ARRAY_AGGREGATION_FUNCTIONS",
    "ARRAY_ELEMENTS_WITH_SET",
    "ARRAY_EQUALITY",
    "ARRAY_FIND_FUNCTIONS",
    "ARRAY_GREATEST_LEAST",
    "ARRAY_ZIP",
    "BARE_ARRAY_ACCESS",
    "BETWEEN_UINT64",
    "CASE_STMT_",
    "CBRT_FUNCTIONS",
    "CONCAT_MIXED_TYPES",
    "DOT_PRODUCT",
    "ENABLE_FLOAT_DISTANCE",
    "ENABLE_MEASURES",
    "EXPERIMENTAL_",
    "EXTRACT_FROM_PROTO",
    "FIRST_AND_LAST_N",
    "FOR_UPDATE",
    "GENERATED_",
    "IDENTITY_COLUMNS",
    "INLINE_LAMBDA_ARGUMENT",
    "INSERT_ON_CONFLICT",
    "JSON_TYPE_COMPARISON",
    "KLL_",
    "L1_NORM",
    "L2_NORM",
    "LATERAL_JOIN",
    "MANHATTAN_DISTANCE",
    "MULTILEVEL_AGGREGATION",
    "NULLIFZERO_ZEROIFNULL",
    "PI_FUNCTIONS",
    "PROTO_",
    "REPLACE_FIELDS",
    "SQL_GRAPH",
    "STRUCT_POSITIONAL_ACCESSOR",
    "TIMESTAMP_NANOS",
    "TIMESTAMP_PICOS",
    "TIME_BUCKET_FUNCTIONS",
    "TYPEOF_FUNCTION",
    "UUID_TYPE",
)
# Accepted by GoogleSQL whatever the features; unknown to BigQuery.
UNKNOWN_FUNCTIONS = frozenset(
    {
        "array_includes",
        "array_includes_all",
        "array_includes_any",
        "array_is_distinct",
        "array_max",
        "array_min",
        "array_sum",
    }
)
# BigQuery's other names of INT64.
INTEGER_NAMES = ("INT", "SMALLINT", "INTEGER", "BIGINT", "TINYINT", "BYTEINT")


def options(service: Service) -> language_pb.AnalyzerOptionsProto:
    """Give the analyzer's options: external product mode, BigQuery's features, times in UTC."""
    request = service_pb.LanguageOptionsRequest(maximum_features=True)
    language = service.call("GetLanguageOptions", request, language_pb.LanguageOptionsProto)
    enabled = [
        feature
        for feature in language.enabled_language_features
        if not public_pb.LanguageFeature.Name(feature)
        .removeprefix("FEATURE_")
        .startswith(_NOT_IN_BIGQUERY)
    ]
    del language.enabled_language_features[:]
    language.enabled_language_features.extend(enabled)
    language.supported_statement_kinds.extend(
        kind for name, kind in node_kind_pb.ResolvedNodeKind.items() if name.endswith("_STMT")
    )
    language.product_mode = public_pb.PRODUCT_EXTERNAL
    language.reserved_keywords.append("QUALIFY")
    return language_pb.AnalyzerOptionsProto(
        language_options=language,
        default_timezone="UTC",
        error_message_mode=public_pb.ERROR_MESSAGE_ONE_LINE,
        prune_unused_columns=True,
    )
