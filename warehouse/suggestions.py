"""Whom the shops should contact, as the published build has it."""

from datetime import date

import duckdb
import msgspec

from warehouse.errors import WarehouseError, told_by_duckdb
from warehouse.tables import DuckDBTables, NoSuchTableError
from warehouse.versions import Warehouse


class Suggestion(msgspec.Struct):
    """One person to contact; who that is, only those may look up who may read `pii`."""

    run_date: date
    store_id: str
    store_name: str
    # in the shop, from 1
    priority: int
    customer_id: str
    reason_code: str
    # a sentence in Portuguese, without personal data
    reason: str
    # what to offer; None: nothing in particular
    sku_id: str | None
    product_name: str | None
    campaign_id: str | None


def read_suggestions(warehouse: Warehouse, store_id: str | None = None) -> list[Suggestion]:
    """List the suggestions of all shops, or of one, by shop and priority.

    Raises WarehouseError if nothing is published, it cannot be read, or knows no such shop.
    """
    build_id = warehouse.published()
    if build_id is None:
        raise WarehouseError(f"{warehouse.link}: nothing is published yet; run `vitrine build`.")
    try:
        with duckdb.connect(warehouse.version(build_id), read_only=True) as connection:
            if (
                store_id is not None
                and not connection.execute(
                    "select 1 from marts.dim_stores where store_id = ?", [store_id]
                ).fetchone()
            ):
                raise WarehouseError(
                    f"there is no shop {store_id!r}; marts.dim_stores lists them all."
                )
            rows = DuckDBTables(connection).rows(_SUGGESTIONS)
    except NoSuchTableError as error:
        raise WarehouseError(
            "the published build knows no suggestions; run `vitrine build`."
        ) from error
    except duckdb.Error as error:
        raise WarehouseError(told_by_duckdb(error)) from error
    found = msgspec.convert(rows, list[Suggestion])
    return [one for one in found if store_id in (None, one.store_id)]


_SUGGESTIONS = """
    select
        suggestions.run_date,
        suggestions.store_id,
        coalesce(stores.store_name, suggestions.store_id) as store_name,
        suggestions.priority,
        suggestions.customer_id,
        suggestions.reason_code,
        suggestions.reason,
        suggestions.sku_id,
        coalesce(skus.sku_name, skus.product_name) as product_name,
        suggestions.campaign_id
    from activation.contact_suggestions as suggestions
    left join marts.dim_stores as stores on suggestions.store_id = stores.store_id
    left join marts.dim_skus as skus on suggestions.sku_id = skus.sku_id and skus.is_current
    order by suggestions.store_id, suggestions.priority
"""
