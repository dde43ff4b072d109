{% macro is_lenient_json(column) -%}
    {#- On DuckDB: whether a text has a trailing comma, NaN or Infinity, which its parser takes and BigQuery's refuses. Looking
        for them with the strings cut out is exact but slow, so three cheap searches decide which rows need it: in `case`,
        since DuckDB evaluates both sides of an `and` for every row. -#}
    {%- set space = "[ \\t\\r\\n]*" -%}
    {%- set token = space ~ "(?:[\\]}]|-?[nNiI][aAnN])" -%}
    case
        when
            regexp_matches({{ column }}, ',{{ token }}')
            or regexp_matches({{ column }}, ':{{ token }}')
            or regexp_matches({{ column }}, '\[{{ space }}-?[nNiI][aAnN]')
            or regexp_matches({{ column }}, '^{{ space }}-?[nNiI][aAnN]')
            then
                regexp_matches(
                    regexp_replace({{ column }}, '"(?:[^"\\]|\\.)*"', '""', 'g'),
                    '[,:]{{ token }}|(?:\[|^){{ space }}-?[nNiI][aAnN]'
                )
        else false
    end
{%- endmacro %}
