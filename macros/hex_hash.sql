{% macro hex_hash(bytes) %}{{ return(adapter.dispatch("hex_hash")(bytes)) }}{% endmacro %}

{% macro default__hex_hash(bytes) -%} to_hex(md5({{ bytes }})) {%- endmacro %}

{% macro duckdb__hex_hash(bytes) -%} md5({{ bytes }}) {%- endmacro %}
