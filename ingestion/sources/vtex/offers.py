"""What SKUs cost, and how many there are."""

from ingestion.sources.vtex import catalogue
from ingestion.sources.vtex.client import Answer
from ingestion.sources.vtex.run import Kind, Run


def pull_prices(run: Run) -> None:
    """Land the price of every SKU that has one. Raises VtexError, SinkError."""
    job = catalogue.begin(run, "prices")

    def get(sku_id: str) -> Answer:
        return run.client.get_price(f"/prices/{sku_id}")

    run.fetch_each(Kind("vtex.price", get, may_be_absent=True), catalogue.sku_ids(run), job)
    job.finish()


def pull_inventory(run: Run) -> None:
    """Land the warehouses, and every SKU's stock: its balance in all of them.

    Raises VtexError, SinkError.
    """
    job = catalogue.begin(run, "inventory")
    warehouses = run.client.get("/api/logistics/pvt/configuration/warehouses")
    run.put_elements("vtex.warehouse", warehouses.content)

    def get(sku_id: str) -> Answer:
        return run.client.get(f"/api/logistics/pvt/inventory/skus/{sku_id}")

    run.fetch_each(Kind("vtex.inventory", get, may_be_absent=True), catalogue.sku_ids(run), job)
    job.finish()
