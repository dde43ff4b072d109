{% macro typed_json(type, value) -%}
    {#- Types are JSON's own: a text where a number is due gives null, never a silent cast. A number of a
        billion units (10^12 cents) or more is no price or stock of a shop, and would overflow in products. -#}
    {%- set text = json_string(value) -%}
    {%- if type == "text" -%} case when {{ value }} like '"%' then nullif({{ text }}, '') end
    {%- elif type == "id" -%}
        case
            when {{ value }} like '"%' then nullif({{ text }}, '')
            when {{ matches(value, "^-?[0-9]+$") }} then {{ value }}
        end
    {%- elif type == "number" -%}
        case
            when {{ matches(value, "^-?[0-9]") }} and abs({{ to_numeric(value) }}) < 1000000000000
                then {{ to_numeric(value) }}
        end
    {%- elif type == "quantity" -%}
        case
            when {{ matches(value, "^-?[0-9]") }} and abs({{ to_numeric(value) }}) < 1000000
                then {{ to_numeric(value) }}
        end
    {%- elif type == "integer" -%}
        case when {{ matches(value, "^-?[0-9]{1,18}$") }} then cast({{ value }} as {{ dbt.type_bigint() }}) end
    {%- elif type == "boolean" -%} case {{ value }} when 'true' then true when 'false' then false end
    {%- elif type == "time" -%} case when {{ value }} like '"%' then {{ utc_timestamp(text) }} end
    {%- elif type == "array" -%} case when {{ value }} like '[%' then {{ value }} end
    {%- elif type == "object" -%} case when {{ value }} like '{{ "{%" }}' then {{ value }} end
    {%- else -%} {{ exceptions.raise_compiler_error("typed_json: unknown type " ~ type) }}
    {%- endif -%}
{%- endmacro %}
