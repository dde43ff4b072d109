"""A reader in a process of its own: asks the published warehouse all the time, and tells.

`reader.py <link> <stop file>` prints, as JSON, how often it asked and which builds it saw; it
fails on the first error, on a state that no build published, and on a restricted file that
others could read.
"""

import json
import sys
import time
from pathlib import Path

import duckdb

QUESTION = """
    select
        build_id,
        landed,
        (select count(*) from marts.fct_orders),
        (select order_count from aggregates.agg_orders)
    from validation.published_build
"""


def check_modes(folder: Path) -> None:
    for path in [*folder.glob("*_pii*"), *folder.glob(".*-build/*")]:
        if path.name == "vitrine.duckdb":
            # Without personal data; its log and what it spills may hold some.
            continue
        try:
            mode = path.stat().st_mode & 0o777
        except FileNotFoundError:
            # Moved between the listing and the look.
            continue
        if mode & 0o077:
            sys.exit(f"{path} has mode {mode:o}")


def main() -> None:
    link, stop = Path(sys.argv[1]), Path(sys.argv[2])
    asked, builds = 0, []
    while not stop.exists():
        check_modes(link.parent)
        with duckdb.connect(link, read_only=True) as connection:
            ((build_id, landed, facts, aggregated),) = connection.execute(QUESTION).fetchall()
        if not landed == facts == aggregated:
            sys.exit(f"{build_id}: {landed} landed, {facts} facts, {aggregated} aggregated")
        if build_id not in builds:
            builds.append(build_id)
        asked += 1
        time.sleep(0.005)
    print(json.dumps({"asked": asked, "builds": builds}))


main()
