"""A BI tool: opens the published file again and again, and says what it met when told to stop."""

import json
import signal
import sys
import time

import duckdb


def main(warehouse: str, pause_seconds: float) -> None:
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    reads, errors = 0, []
    while not stopped:
        try:
            with duckdb.connect(warehouse, read_only=True) as connection:
                orders, lines, sales = connection.execute(
                    "select (select sum(line_count) from marts.fct_orders),"
                    " (select count(*) from marts.fct_order_items),"
                    " (select count(*) from validation.reconciliation where not is_ok)"
                ).fetchall()[0]
            if (orders or 0) != lines or sales:
                errors.append(
                    f"a partial state: {orders} lines of orders, {lines} lines, {sales} wrong"
                )
        except duckdb.Error as error:
            errors.append(str(error))
        reads += 1
        time.sleep(pause_seconds)
    print(json.dumps({"reads": reads, "errors": errors[:5]}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
