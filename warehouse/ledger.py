"""What the ledger of a warehouse says, by contract."""

from datetime import date

import duckdb
import msgspec


class LedgerTotals(msgspec.Struct):
    """One contract's messages over all landing days."""

    contract: str
    landed: int
    redelivered: int
    duplicates: int
    superseded: int
    rejected: int
    loaded: int
    from_date: date
    to_date: date


def read_ledger(connection: duckdb.DuckDBPyConnection) -> list[LedgerTotals]:
    """Sum up `validation.message_ledger` of the connection's database, by contract."""
    rows = connection.execute(
        """
        select
            contract,
            sum(landed)::bigint,
            sum(redelivered)::bigint,
            sum(duplicates)::bigint,
            sum(superseded)::bigint,
            sum(rejected)::bigint,
            sum(loaded)::bigint,
            min(landed_date)::date,
            max(landed_date)::date
        from validation.message_ledger
        group by contract
        order by contract
        """
    ).fetchall()
    return [LedgerTotals(*row) for row in rows]
