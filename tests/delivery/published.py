"""A published warehouse of a few rows, as a build leaves one: what delivery reads, and no more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import msgspec
from click.testing import CliRunner

from delivery.export_command import export
from delivery.manifests import Manifest
from warehouse.record import BuildRecord, write_record
from warehouse.versions import Warehouse, next_build_id

DAY = date(2024, 5, 1)
NOON = datetime(2024, 5, 1, 15, tzinfo=UTC)
_TABLES = {
    "activation.campaign_targets": "run_date date, campaign_id varchar, customer_id varchar, "
    "store_id varchar",
    "activation.contact_suggestions": "run_date date, store_id varchar, customer_id varchar, "
    "priority integer, reason varchar, reason_code varchar, sku_id varchar, campaign_id varchar",
    "activation.product_recommendations": "run_date date, customer_id varchar, rank integer, "
    "sku_id varchar, score double, reason varchar, reason_code varchar",
    "activation.similar_skus": "sku_id varchar, rank integer, similar_sku_id varchar, "
    "score double, support bigint",
    "marts.dim_skus": "sku_id varchar, sku_name varchar, is_current boolean",
    "marts.dim_stores": "store_id varchar, store_name varchar",
}
_CONTACTS = (
    "customer_id varchar, first_name varchar, last_name varchar, email varchar, "
    "document varchar, phone varchar, accepts_messages boolean"
)


@dataclass
class Published:
    """What is published; `publish` publishes it, as another build each time."""

    folder: Path
    rows: dict[str, list[Sequence[object]]] = field(default_factory=dict)
    # (customer_id, first_name, phone, accepts_messages)
    contacts: list[tuple[str, str | None, str | None, bool | None]] = field(default_factory=list)
    as_of: datetime = NOON

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.folder / "vitrine.duckdb")

    def suggest(self, *suggestions: Sequence[object]) -> None:
        """Suggest contacts: (customer_id, reason_code), in this order, in shop `centro`."""
        self.rows["activation.contact_suggestions"] = [
            (DAY, "centro", customer, number, "porque sim", code, "sku-1", None)
            for number, (customer, code) in enumerate(suggestions, 1)
        ]

    def publish(self, without: Iterable[str] = ()) -> str:
        warehouse = self.warehouse
        build_id = next_build_id(warehouse.published())
        with duckdb.connect(warehouse.version(build_id)) as connection:
            connection.begin()
            for schema in ("activation", "marts", "validation"):
                connection.execute(f"create schema {schema}")
            for name, columns in _TABLES.items():
                if name not in without:
                    _create(connection, name, columns, self.rows.get(name, []))
            now = datetime.now(UTC)
            record = BuildRecord(build_id, self.as_of, now, now, False, "1.11", 0)
            write_record(connection, record)
            connection.commit()
        with duckdb.connect(warehouse.pii_version(build_id)) as connection:
            connection.begin()
            connection.execute("create schema pii")
            rows = [
                (customer, name, "Silva", f"{customer}@example.com", "1", phone, accepts)
                for customer, name, phone, accepts in self.contacts
            ]
            _create(connection, "pii.customer_contacts", _CONTACTS, rows)
            connection.commit()
        aside = self.folder / "link"
        aside.symlink_to(warehouse.version(build_id).name)
        aside.replace(warehouse.link)
        return build_id


def _create(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: str,
    rows: Sequence[Sequence[object]],
) -> None:
    connection.execute(f"create table {name} ({columns})")
    for row in rows:
        connection.execute(f"insert into {name} values ({', '.join('?' * len(row))})", row)


def export_well(*options: str) -> Manifest:
    result = CliRunner().invoke(export, ["--json", *options])
    assert result.exit_code == 0, result.output
    return msgspec.json.decode(result.stdout, type=Manifest)
