"""Bare payloads: files whose lines are the payloads themselves, all of one contract."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from ingestion import engine
from ingestion.contracts import Contract, Contracts
from ingestion.message import Lines
from ingestion.routing import by_form, routed
from ingestion.times import TIMESTAMP

SUBSCRIPTION_NAME = "file"


class BarePayloads:
    """Reads lines that are payloads of one contract, whatever they look like, byte for byte."""

    def __init__(self, contracts: Contracts, contract: Contract, folder: Path) -> None:
        """Read for a contract; what does not fit in memory goes into the folder, for a while."""
        self._contracts = contracts
        self._name = contract.name
        self._attributes = msgspec.json.encode({"contract": contract.name}).decode()
        self._publish_time = pa.scalar(datetime.now(UTC), TIMESTAMP)
        self._connection = engine.connect("128MB", folder / "spill")
        self._connection.execute("create temp table seen (payload_hash ubigint)")

    def read(self, lines: Lines) -> list[pa.Table]:
        """Read messages: every line is one, but for empty lines. Raises OSError."""
        payloads = [line for line in bytes(lines.content).split(b"\n") if line not in (b"", b"\r")]
        data = pa.array(payloads, pa.binary())
        table = pa.table(
            {
                "subscription_name": pa.repeat(SUBSCRIPTION_NAME, len(data)),
                "message_id": self._message_ids(payloads, self._ordinals(data)),
                "publish_time": pa.repeat(self._publish_time, len(data)),
                "attributes": pa.repeat(self._attributes, len(data)),
                "data": data,
            }
        )
        return [routed(self._contracts, *part) for part in by_form(table, payloads)]

    def _message_ids(self, payloads: list[bytes], ordinals: list[int]) -> pa.StringArray:
        """Hash contract, payload, and the payload's ordinal among its equals in the file."""
        ids = [
            hashlib.blake2b(
                b"%s %d %s" % (self._name.encode(), ordinal, payload), digest_size=16
            ).hexdigest()
            for ordinal, payload in zip(ordinals, payloads, strict=True)
        ]
        return pa.array(ids, pa.string())

    def _ordinals(self, data: pa.BinaryArray) -> list[int]:
        """Count how many equals came before each payload.

        Two that merely share a 64-bit hash count as equals; their ids differ all the same.
        """
        try:
            return self._counted(data)
        except duckdb.Error as error:  # Of room, in memory or where it spills, there is no more.
            raise OSError(str(error)) from error

    def _counted(self, data: pa.BinaryArray) -> list[int]:
        hashed = engine.query(
            self._connection,
            "select row_number() over () as position, hash(data) as payload_hash from batch",
            pa.table({"data": data}),
        )
        ordinals = engine.query(
            self._connection,
            """
            with before as (
                select payload_hash, count(*) as row_count
                from seen
                where payload_hash in (select payload_hash from batch)
                group by payload_hash
            )
            select
                coalesce(before.row_count, 0)
                    + row_number() over (partition by batch.payload_hash order by batch.position)
                    - 1
            from batch
            left join before on batch.payload_hash = before.payload_hash
            order by batch.position
            """,
            hashed,
        )
        self._connection.register("batch", hashed)
        self._connection.execute("insert into seen select payload_hash from batch")
        counted: list[Any] = ordinals.column(0).to_pylist()
        return counted
