{% macro landed_table_ddl(table) -%}
    {#- The columns of a Pub/Sub BigQuery subscription that uses no schema and writes metadata. No expiry: raw is what
        everything can be built again from. No required filter: a first build, and the ledger, read it whole. -#}
    create table if not exists {{ landed_relation(table) }} (
        subscription_name string options (description = 'Pub/Sub subscription the message came over.'),
        message_id string options (description = "Pub/Sub's id; a redelivery bears the same."),
        publish_time timestamp options (description = 'When it was published, UTC.'),
        data bytes options (description = 'The payload, byte for byte.'),
        attributes string options (description = 'Attributes, a JSON object as text.')
    )
    partition by timestamp_trunc(publish_time, day)
    cluster by message_id
    options (
        description = 'Messages as a Pub/Sub BigQuery subscription with write_metadata lands them. One row per delivery of a message.',
        labels = [('project', 'vitrine'), ('layer', 'raw')]
    )
{%- endmacro %}
