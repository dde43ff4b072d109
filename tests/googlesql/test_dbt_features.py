"""What dbt can do on BigQuery and our own models do not use works on the server too."""

from pathlib import Path

import pytest

from tests.googlesql import dbt_process
from tests.googlesql.api import Api
from tests.googlesql.project import PROJECT, bigquery
from tests.googlesql.session import Session
from tests.googlesql.syntax import Path as TablePath
from tests.googlesql.values import to_python

FILES = {
    "dbt_project.yml": """
name: features
profile: vitrine
flags: {send_anonymous_usage_stats: false}
""",
    "seeds/prices.csv": "sku,price,changed_on\na,10,2024-01-01\nb,20,2024-01-01\n",
    "models/merged.sql": """
{{ config(materialized="incremental", unique_key="sku",
    grants={"roles/bigquery.dataViewer": ["user:a@example.com"]}) }}
select sku, price from {{ ref("prices") }}
""",
    "models/overwritten.sql": """
{{ config(materialized="incremental", incremental_strategy="insert_overwrite",
    partition_by={"field": "changed_on", "data_type": "date"}) }}
select sku, price, changed_on from {{ ref("prices") }}
{% if is_incremental() %} where changed_on > '2024-01-01' {% endif %}
""",
    "models/seen.sql": """
{{ config(materialized="view") }}
select sku, price * 2 as doubled from {{ ref("merged") }}
""",
    "snapshots/price_history.sql": """
{% snapshot price_history %}
{{ config(unique_key="sku", strategy="check", check_cols=["price"]) }}
select sku, price from {{ ref("prices") }}
{% endsnapshot %}
""",
}
CHANGED = "sku,price,changed_on\na,11,2024-01-02\nc,30,2024-01-02\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "shop"


def rows(api: Api, table: str, columns: str) -> list[tuple[object, ...]]:
    path = TablePath(PROJECT, "vitrine_build", table)
    found = Session(api.google, api.store, PROJECT).run(
        f"select {columns} from `{path}` order by {columns}"
    )
    return [
        tuple(
            to_python(cell, type_)
            for cell, (_, type_) in zip(row.cell, found.rows.columns, strict=True)
        )
        for row in found.rows.rows
    ]


def test_merges_snapshots_overwritten_partitions_views_and_grants_work(
    shop: Path, tmp_path: Path, api: Api, address: str
) -> None:
    dbt = bigquery(tmp_path, address, shop)
    for prices in (FILES["seeds/prices.csv"], CHANGED):
        (shop / "seeds/prices.csv").write_text(prices)
        dbt_process.parse_here(dbt)
        dbt.run("build")
    assert rows(api, "merged", "sku, price") == [("a", 11), ("b", 20), ("c", 30)]
    assert rows(api, "seen", "sku, doubled") == [("a", 22), ("b", 40), ("c", 60)]
    assert rows(api, "overwritten", "sku, price") == [("a", 10), ("a", 11), ("b", 20), ("c", 30)]
    assert rows(api, "price_history", "sku, price, dbt_valid_to is null") == [
        ("a", 10, False),
        ("a", 11, True),
        ("b", 20, True),
        ("c", 30, True),
    ]
    merged = api.store.table(TablePath(PROJECT, "vitrine_build", "merged"))
    assert merged.grants == {"roles/bigquery.dataViewer": {"user:a@example.com"}}
