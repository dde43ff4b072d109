"""Whom to contact, as OUT says, and what the published warehouse knows of them."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

import duckdb

from delivery.errors import DeliveryError
from delivery.manifests import Manifest, open_table, read_manifest
from delivery.phones import e164
from ingestion.errors import explain
from ingestion.storage import Storage
from warehouse.versions import Warehouse

_TABLE = "contact_suggestions"


class Suggestion(NamedTuple):
    """A customer to be contacted for a shop."""

    store_id: str | None
    customer_id: str
    reason_code: str
    sku_id: str | None
    campaign_id: str | None


class Contact(NamedTuple):
    """A customer; the phone is E.164, or none."""

    customer_id: str
    first_name: str | None
    phone: str | None
    accepts_messages: bool


def read_suggestions(storage: Storage, run_date: date) -> list[Suggestion]:
    """Read a day's suggestions, the most urgent of each shop first. Raises DeliveryError."""
    try:
        manifest = read_manifest(storage, run_date)
        if manifest is None:
            raise DeliveryError(
                f"{storage.url}: no OUT of {run_date}; run `vitrine export` after the build of "
                "that day, or name a day that is there with --date."
            )
        if manifest.rows_of is not None:
            raise DeliveryError(
                f"{storage.url}: OUT of {run_date} is that of {manifest.rows_of}, as the night "
                "before it did not end in time, and nobody is sent the same again: end that night "
                "(`vitrine night --deadline none`) first."
            )
        return _read(storage, manifest)
    except OSError as error:
        raise DeliveryError(f"cannot read OUT: {explain(error, storage.url)}") from error


def _read(storage: Storage, manifest: Manifest) -> list[Suggestion]:
    with open_table(storage, manifest, _TABLE) as path, duckdb.connect() as connection:
        try:
            rows = connection.execute(
                "select store_id, customer_id, reason_code, sku_id, campaign_id "
                "from read_parquet(?) order by priority, store_id, customer_id, reason_code",
                [str(path)],
            ).fetchall()
        except duckdb.BinderException as error:
            raise DeliveryError(
                f"{storage.url}/{manifest.run_date}: {_TABLE} lacks a column: "
                f"{str(error).splitlines()[0]}. Build and export again."
            ) from error
    return [Suggestion(*row) for row in rows]


class People:
    """What is known of some customers in the build that is published now."""

    def __init__(self, warehouse: Warehouse, suggestions: Iterable[Suggestion]) -> None:
        """Name those who are suggested; nothing is read before `refresh`."""
        self._warehouse = warehouse
        suggestions = list(suggestions)
        self._customer_ids = sorted({one.customer_id for one in suggestions})
        self._sku_ids = sorted({one.sku_id for one in suggestions if one.sku_id})
        self._build_id: str | None = None
        self._contacts: dict[str, Contact] = {}
        self._products: dict[str, str] = {}
        self._shops: dict[str, str] = {}

    def refresh(self) -> None:
        """Read what is published, if it is another build. Raises DeliveryError, WarehouseError."""
        build_id = self._warehouse.published()
        if build_id is None:
            raise DeliveryError(
                f"{self._warehouse.link}: nothing is published; run `vitrine build` first."
            )
        if build_id == self._build_id:
            return
        try:
            self._read_contacts(build_id)
            self._read_names(build_id)
        except duckdb.Error as error:
            raise DeliveryError(
                f"{self._warehouse.link}: cannot read whom to send to: {str(error).splitlines()[0]}"
            ) from error
        self._build_id = build_id

    def contact(self, customer_id: str) -> Contact | None:
        """Give a customer that was named."""
        return self._contacts.get(customer_id)

    def product(self, sku_id: str | None) -> str | None:
        """Give a product's name."""
        return self._products.get(sku_id or "")

    def shop(self, store_id: str | None) -> str | None:
        """Give a shop's name."""
        return self._shops.get(store_id or "")

    def phones(self) -> Iterable[str]:
        """Give the phones of all customers, named or not."""
        build_id = self._warehouse.published()
        if build_id is not None:
            with duckdb.connect(
                self._warehouse.pii_version(build_id), read_only=True
            ) as connection:
                rows = connection.execute("select phone from pii.customer_contacts").fetchall()
            yield from filter(None, (e164(phone) for (phone,) in rows))

    def _read_contacts(self, build_id: str) -> None:
        with duckdb.connect(self._warehouse.pii_version(build_id), read_only=True) as connection:
            rows = connection.execute(
                "select customer_id, first_name, phone, accepts_messages "
                "from pii.customer_contacts where customer_id in (select unnest(?::varchar[]))",
                [self._customer_ids],
            ).fetchall()
        self._contacts = {
            customer_id: Contact(customer_id, first_name, e164(phone), accepts is True)
            for customer_id, first_name, phone, accepts in rows
        }

    def _read_names(self, build_id: str) -> None:
        with duckdb.connect(self._warehouse.version(build_id), read_only=True) as connection:
            products = connection.execute(
                "select sku_id, sku_name from marts.dim_skus "
                "where is_current and sku_name is not null "
                "and sku_id in (select unnest(?::varchar[]))",
                [self._sku_ids],
            ).fetchall()
            shops = connection.execute(
                "select store_id, store_name from marts.dim_stores where store_name is not null"
            ).fetchall()
        self._products, self._shops = dict(products), dict(shops)
