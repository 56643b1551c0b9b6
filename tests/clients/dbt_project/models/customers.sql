select customer, count(*) as orders, sum(amount) as amount, max(ordered_at) as last_at
from {{ ref('raw_orders') }}
group by customer
