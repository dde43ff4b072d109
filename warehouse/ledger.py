"""What the ledger of a warehouse says, by contract."""

from datetime import date

import msgspec

from warehouse.tables import Tables


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


def read_ledger(tables: Tables) -> list[LedgerTotals]:
    """Sum up `validation.message_ledger`, by contract. Raises QueryError."""
    rows = tables.rows(
        f"""
        select
            contract,
            sum(landed) as landed,
            sum(redelivered) as redelivered,
            sum(duplicates) as duplicates,
            sum(superseded) as superseded,
            sum(rejected) as rejected,
            sum(loaded) as loaded,
            min(landed_date) as from_date,
            max(landed_date) as to_date
        from {tables.name("validation", "message_ledger")}
        group by contract
        order by contract
        """  # noqa: S608 - our own names
    )
    return [msgspec.convert(row, LedgerTotals) for row in rows]
