-- Something was recommended twice within the cool-down, and not bought in between.
select
    again.customer_id,
    again.sku_id,
    again.run_date
from {{ ref("product_recommendations") }} as again
inner join {{ ref("recommended_skus") }} as earlier
    on again.customer_id = earlier.customer_id and again.sku_id = earlier.sku_id
where
    earlier.run_date < again.run_date
    and {{ days_between("earlier.run_date", "again.run_date") }} < {{ var("recommendation_cooldown_days") }}
    and (again.last_sale_date is null or again.last_sale_date < earlier.run_date)
