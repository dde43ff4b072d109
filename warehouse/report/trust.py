"""Whether the figures can be believed: the ledger, and what they were reconciled with."""

from warehouse.report.parts import Column, Facts, Section, Table, Tile

_TOP = 12
_TERMS = ("Landed", "Loaded", "Superseded", "Duplicates", "Rejected", "Redelivered")


def ledger(facts: Facts) -> Section:
    """Account for every message."""
    rows = facts.rows(_LEDGER)
    landed, loaded, superseded, duplicates, rejected, _ = (
        sum(row[place] for row in rows) for place in range(1, 7)
    )
    holds = landed == loaded + superseded + duplicates + rejected
    return Section(
        "ledger",
        "Ledger",
        [
            "Every message that landed is loaded, or was superseded by a newer version of its"
            " document, or says again what another said, or is rejected with a reason: the four add"
            " up to what landed. Redelivered copies are outside the balance."
        ],
        [
            Tile("landed", "Messages landed", "count", landed),
            Tile(
                "unaccounted",
                "Unaccounted for",
                "count",
                landed - loaded - superseded - duplicates - rejected,
            ),
            Tile("rejected", "Rejected", "count", rejected),
        ],
        [],
        [
            Table(
                "ledger-contracts",
                "By contract" if holds else "By contract: this does not balance",
                [
                    Column("Contract"),
                    *(Column(term, "count", bars=term == "Landed") for term in _TERMS),
                    Column("Last landing", "day"),
                ],
                rows,
            ),
            Table(
                "ledger-rejections",
                f"Why messages were rejected: the first {_TOP}",
                [Column("Contract"), Column("Reason"), Column("Messages", "count", bars=True)],
                facts.rows(_REJECTIONS, top=_TOP),
                is_long=True,
            ),
        ],
    )


def reconciliation(facts: Facts) -> Section:
    """Hold the marts against their sources."""
    rows = facts.rows(_CHECKS)
    right = sum(row[4] == "agrees" for row in rows)
    return Section(
        "reconciliation",
        "Reconciliation",
        [
            "Figures of the marts beside the same figures counted from the messages by other SQL,"
            " and aggregates beside their facts. A build of which one differs is not published."
        ],
        [
            Tile("checks", "Figures compared", "count", len(rows)),
            Tile("checks-right", "Agree to the cent", "count", right),
        ],
        [],
        [
            Table(
                "reconciliation-checks",
                f"All {len(rows)} figures",
                [
                    Column("Figure"),
                    Column("At the source", "amount"),
                    Column("In the warehouse", "amount"),
                    Column("Difference", "amount"),
                    Column("Verdict"),
                ],
                rows,
                is_long=True,
            )
        ],
    )


_LEDGER = """
    select
        contract, sum(landed) as landed, sum(loaded), sum(superseded), sum(duplicates),
        sum(rejected), sum(redelivered), max(landed_date)
    from validation.message_ledger
    group by contract
    order by landed desc, contract
"""
_REJECTIONS = """
    select contract, rejection_reason, count(*) as message_count
    from validation.rejected_messages
    group by contract, rejection_reason
    order by message_count desc, contract, rejection_reason
    limit $top
"""
_CHECKS = """
    select
        check_name, expected, actual, difference, if(is_ok, 'agrees', 'differs') as verdict
    from validation.reconciliation
    order by is_ok, check_name
"""
