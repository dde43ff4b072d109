"""The catalogue: categories, brands, and SKUs with their products."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from ingestion.sources.vtex.client import Answer
from ingestion.sources.vtex.errors import VtexError
from ingestion.sources.vtex.order_list import settled_now
from ingestion.sources.vtex.run import Kind, Run
from ingestion.sources.vtex.state import Job

_SKUS_OF_A_PAGE = 1000
# VTEX lists no more brands than these.
_MOST_BRANDS = 20_000
# Deeper than any tree: VTEX gives all levels there are.
_LEVELS = 100
# What was read longer ago is read again rather than gone on from.
_RESUMABLE_FOR = timedelta(hours=6)


class _Node(msgspec.Struct):
    id: int
    children: list["_Node"] = []


class _Sku(msgspec.Struct):
    # Whatever it is, the SKU is landed.
    product_id: Any = msgspec.field(default=None, name="ProductId")


_TREE = msgspec.json.Decoder(list[_Node])
_SKU = msgspec.json.Decoder(_Sku)
_SKU_IDS = msgspec.json.Decoder(list[int])


def pull(run: Run) -> None:
    """Land every category, brand, product and SKU as it is now. Raises VtexError, SinkError."""
    job = begin(run, "catalogue")
    _pull_categories(run, job)
    _pull_brands(run)
    _pull_skus(run, job)
    job.finish()


def begin(run: Run, name: str) -> Job:
    """Begin a full read, or go on with one that was interrupted not long ago."""
    return run.state.begin(name, settled_now(), _RESUMABLE_FOR)


def sku_ids(run: Run) -> Iterator[str]:
    """List the ids of all SKUs. Raises VtexError."""
    for page in range(1, 1_000_000):
        answer = run.client.get(
            "/api/catalog_system/pvt/sku/stockkeepingunitids", page=page, pagesize=_SKUS_OF_A_PAGE
        )
        try:
            ids = _SKU_IDS.decode(answer.content)
        except msgspec.ValidationError as error:
            raise VtexError(f"the list of SKUs has another shape than VTEX's: {error}") from error
        if not ids:
            return
        yield from map(str, ids)


def _pull_categories(run: Run, job: Job) -> None:
    """Land each category by itself: the tree lacks its parent and whether it is active."""
    answer = run.client.get(f"/api/catalog_system/pub/category/tree/{_LEVELS}")
    try:
        tree = _TREE.decode(answer.content)
    except msgspec.ValidationError as error:
        raise VtexError(f"the category tree has another shape than VTEX's: {error}") from error

    def get(category_id: str) -> Answer:
        return run.client.get(f"/api/catalog/pvt/category/{category_id}", includeTreePath="true")

    run.fetch_each(Kind("vtex.category", get), _ids(tree), job)


def _ids(nodes: list[_Node]) -> Iterator[str]:
    for node in nodes:
        yield str(node.id)
        yield from _ids(node.children)


def _pull_brands(run: Run) -> None:
    answer = run.client.get("/api/catalog_system/pvt/brand/list")
    if run.put_elements("vtex.brand", answer.content) >= _MOST_BRANDS:
        run.tally.problem(f"VTEX lists only {_MOST_BRANDS:,} brands, and there may be more")


def _pull_skus(run: Run, job: Job) -> None:
    """Land SKUs with their context, which has EAN and brand, and the products they belong to."""
    known: set[str] = set()

    def get_sku(sku_id: str) -> Answer:
        return run.client.get(f"/api/catalog_system/pvt/sku/stockkeepingunitbyid/{sku_id}")

    def get_product(product_id: str) -> Answer:
        return run.client.get(f"/api/catalog/pvt/product/{product_id}")

    def land_products(skus: list[bytes]) -> None:
        product_ids = {str(_SKU.decode(sku).product_id) for sku in skus} - known - {"None"}
        known.update(product_ids)
        run.fetch_each(Kind("vtex.product", get_product), sorted(product_ids), job)

    run.fetch_each(Kind("vtex.sku", get_sku), sku_ids(run), job, land_products)
