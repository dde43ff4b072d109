{% macro recommendation_cutoff() -%}
    {#- The last local day whose events recommendations use: late shops have had time to tell it. -#}
    {{ days_after(local_date(as_of()), -var("recommendation_lag_days")) }}
{%- endmacro %}
