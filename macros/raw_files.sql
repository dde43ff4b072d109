{% macro raw_files(root, source) %}
    {#- The files of a raw table: those of compaction's newest snapshot, and the landed ones that it does not cover.
        The snapshot is asked for first: a file that goes meanwhile is one that it covers. -#}
    {% set snapshots = root ~ "/snapshots/" ~ source.name ~ "/*.parquet" %}
    {% set newest = run_query("select max(file) from glob('" ~ snapshots ~ "')")[0][0] %}
    {% set files = {"landed": [], "compacted": [], "with_copies": []} %}
    {% set covered = "select place, is_compacted, row_count > message_count as has_copies from read_parquet('"
        ~ newest ~ "')" if newest else "select null as place, null as is_compacted, null as has_copies where false" %}
    {% set found = run_query(
        "with snapshot as (" ~ covered ~ ") select 'compacted', '" ~ root ~ "/' || place, has_copies from snapshot"
        ~ " where is_compacted union all select 'landed', file, false from glob('" ~ root ~ "/landed/" ~ source.name
        ~ "/*/*/*.parquet') where parse_filename(file) not in (select parse_filename(place) from snapshot)"
    ) %}
    {% for kind, file, has_copies in found %}
        {% do files[kind].append(file) %}
        {% if has_copies %}{% do files.with_copies.append(file) %}{% endif %}
    {% endfor %}
    {{ return(files) }}
{% endmacro %}
