{% macro is_json(column) %}{{ return(adapter.dispatch("is_json")(column)) }}{% endmacro %}

{% macro default__is_json(column) -%} safe.parse_json({{ column }}, wide_number_mode => 'round') is not null {%- endmacro %}

{% macro duckdb__is_json(column) -%}
    {#- DuckDB's parser takes trailing commas, NaN and Infinity, which BigQuery's refuses. Looking for them
        with the strings cut out is exact but slow, so three cheap searches decide which rows need it: in `case`,
        since DuckDB evaluates both sides of an `and` for every row. -#}
    {%- set space = "[ \\t\\r\\n]*" -%}
    {%- set token = space ~ "(?:[\\]}]|-?[nNiI][aAnN])" -%}
    case
        when not coalesce(json_valid({{ column }}), false) then false
        when
            regexp_matches({{ column }}, ',{{ token }}')
            or regexp_matches({{ column }}, ':{{ token }}')
            or regexp_matches({{ column }}, '\[{{ space }}-?[nNiI][aAnN]')
            or regexp_matches({{ column }}, '^{{ space }}-?[nNiI][aAnN]')
            then
                not regexp_matches(
                    regexp_replace({{ column }}, '"(?:[^"\\]|\\.)*"', '""', 'g'),
                    '[,:]{{ token }}|(?:\[|^){{ space }}-?[nNiI][aAnN]'
                )
        else true
    end
{%- endmacro %}
