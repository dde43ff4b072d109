{#- The data of users are personal, in clear. -#}
{{ config(schema="pii", tags=["pii"], cluster_by=["source_session_id"]) }}

with

messages as (

    {{ new_messages(source("raw", "storefront_events")) | indent(4) }}

),

{{ storefront_events("messages", ref("storefront_activities")) }}

final as (

    select * from storefront_events

)

select * from final
