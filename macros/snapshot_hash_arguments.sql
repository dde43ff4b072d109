{% macro snapshot_hash_arguments(args) %}
    {# dbt's key of a snapshot's row: the key of what it is of, and when it begins. Times go in as integers, since
       engines write a timestamp as text each in its own way. #}
    {{ return(surrogate_key(args[:-1] + [epoch_micros(args[-1])])) }}
{% endmacro %}
