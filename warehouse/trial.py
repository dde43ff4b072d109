"""What would become of payloads: landed and built aside, in a warehouse of their own."""

import base64
from collections.abc import Sequence
from pathlib import Path

import duckdb
import msgspec

from ingestion import contracts
from ingestion.landing import Landing
from ingestion.raw_layer import ensure_raw
from warehouse.build import build
from warehouse.dbt_run import DbtOptions
from warehouse.versions import Warehouse

_PUBLISHED = "2024-01-01T00:00:00Z"


class Payload(msgspec.Struct):
    """A payload of a contract, and what to call it."""

    contract: str
    name: str
    content: bytes


class Verdict(msgspec.Struct):
    """What became of a payload: loads, rejected or not staged (no model reads its contract)."""

    contract: str
    payload: str
    verdict: str
    reason: str | None = None


def try_payloads(payloads: Sequence[Payload], project: Path, folder: Path) -> list[Verdict]:
    """Land payloads as a message each, and build a warehouse of them in an empty folder.

    Raises OSError, LandingError, and WarehouseError if the audit fails: they would stop any build.
    """
    lines = folder / "messages.ndjson"
    with lines.open("wb") as file:
        for number, payload in enumerate(payloads):
            file.write(_raw_row(str(number), payload) + b"\n")
    raw = folder / "raw"
    ensure_raw(raw)
    Landing(raw, contracts.load()).land(lines)
    warehouse = Warehouse(folder / "warehouse.duckdb")
    report = build(warehouse, DbtOptions(project, raw, is_silent=True))
    with duckdb.connect(report.path, read_only=True) as connection:
        rejected: dict[str, str] = dict(
            connection.execute(
                "select message_id, rejection_reason from validation.rejected_messages"
            ).fetchall()
        )
        staged = {
            contract
            for (contract,) in connection.execute(
                "select distinct contract from validation.message_ledger"
            ).fetchall()
        }
    return [
        _verdict(payload, rejected.get(str(number)), payload.contract in staged)
        for number, payload in enumerate(payloads)
    ]


def _verdict(payload: Payload, reason: str | None, is_staged: bool) -> Verdict:
    word = "rejected" if reason else "loads" if is_staged else "not staged"
    return Verdict(payload.contract, payload.name, word, reason)


def _raw_row(message_id: str, payload: Payload) -> bytes:
    try:
        data: object = payload.content.decode()
    except UnicodeDecodeError:
        data = {"base64": base64.b64encode(payload.content).decode()}
    return msgspec.json.encode(
        {
            "subscription_name": "trial",
            "message_id": message_id,
            "publish_time": _PUBLISHED,
            "attributes": {"contract": payload.contract},
            "data": data,
        }
    )
