{% macro document_digest(digits) %}
    {#- What a till says of a CPF instead of its digits, in hexadecimal. A chain whose tills do otherwise names another
        function of both engines: sha1 or md5. -#}
    {% set function = env_var("VITRINE_TILL_DIGEST", "") or "sha256" %}
    {% if function not in ["sha256", "sha1", "md5"] %}
        {% do exceptions.raise_compiler_error("VITRINE_TILL_DIGEST is " ~ function ~ "; set it to sha256, sha1 or md5.") %}
    {% endif %}
    {{ return(adapter.dispatch("document_digest")(function, digits)) }}
{% endmacro %}

{% macro default__document_digest(function, digits) -%} to_hex({{ function }}({{ digits }})) {%- endmacro %}

{% macro duckdb__document_digest(function, digits) -%} {{ function }}({{ digits }}) {%- endmacro %}
