{% macro typed_json(type, value) -%}
    {#- Types are JSON's own: a text where a number is due gives null, never a silent cast. Numbers have room for any
        shop's, and are small enough that no product of theirs overflows: a poisoned one must not stop a build. -#}
    {%- set precisions = {"number": "21, 9", "price": "20, 9", "quantity": "15, 9", "multiplier": "10, 6"} -%}
    {%- set text = json_string(value) -%}
    {#- An empty text is null; told by its JSON, since DuckDB would evaluate what `nullif` is given twice. -#}
    {%- set is_text = value ~ " like '\"%' and " ~ value ~ " <> '\"\"'" -%}
    {%- if type == "text" -%} case when {{ is_text }} then {{ text }} end
    {%- elif type == "id" -%}
        case
            when {{ is_text }} then {{ text }}
            when {{ matches(value, "^-?[0-9]+$") }} then {{ value }}
        end
    {%- elif type in precisions -%}
        case when {{ matches(value, "^-?[0-9]") }} then cast({{ to_numeric(value, precisions[type]) }} as numeric(38, 9)) end
    {%- elif type == "integer" -%}
        case when {{ matches(value, "^-?[0-9]{1,18}$") }} then cast({{ value }} as {{ dbt.type_bigint() }}) end
    {%- elif type == "boolean" -%} case {{ value }} when 'true' then true when 'false' then false end
    {%- elif type == "time" -%} case when {{ value }} like '"%' then {{ utc_timestamp(text) }} end
    {%- elif type == "date" -%}
        {#- The day as written, before any offset: what a till prints on the receipt. -#}
        case when {{ value }} like '"%' and {{ utc_timestamp(text) }} is not null then cast(left({{ text }}, 10) as date) end
    {%- elif type == "array" -%} case when {{ value }} like '[%' then {{ value }} end
    {%- elif type == "object" -%} case when {{ value }} like '{{ "{%" }}' then {{ value }} end
    {%- else -%} {{ exceptions.raise_compiler_error("typed_json: unknown type " ~ type) }}
    {%- endif -%}
{%- endmacro %}
