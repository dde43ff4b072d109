{#- A receipt is what its newest document says: one that was sent again, corrected, bears a later time or was published
    later. -#}
{%- set columns = [
    "message_id", "content_hash", "receipt_id", "store_id", "operator_id", "till_customer_id", "document_hash",
    "total_amount", "sale_date", "sold_at", "published_at",
] -%}
{{ config(
    unique_key="receipt_id",
    cluster_by=["receipt_id"],
    meta={"scans_whole": {"itself": "known receipts are found by key, in two narrow columns; then partitions are named"}}
) }}

with

{{ newest_documents(ref("stg_pos__receipts"), "receipt_id", "sold_at", columns) }}

select * from newest
