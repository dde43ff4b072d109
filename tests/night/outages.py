"""Nights in which everything goes wrong, and somebody on call mends it."""

import signal
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from tests.night.faults import MIDDLES, Fault
from tests.night.shop import NightShop, deadline_of

# Puts what a day tells into a shop's inbox.
Tell = Callable[[NightShop, date], None]

_POINTS = ("begin", "middle", "end")


def pass_well(shop: NightShop, days: Sequence[date], tell: Tell) -> None:
    """Nothing happens but nights."""
    for day in days:
        tell(shop, day)
        shop.night(day)


def pass_badly(
    shop: NightShop, days: Sequence[date], tell: Tell, bad: list[bytes], most_bytes: int
) -> None:
    """Three bad nights, and what is left of the days without any outage.

    `bad` are messages that no audit lets pass; no file has room for a build in `most_bytes`.
    """
    first, second, third, *rest = days
    landed = "select landed from validation.published_build"
    before = shop.query(landed)

    # For two days nothing comes. The first night is killed at each step.
    _kill_everywhere(shop, first)

    # In the second one the disk is full.
    full = shop.night(second, code=1, fault=Fault(most_bytes=most_bytes))
    assert full.summary["reason"] == "disk_full"
    assert [one["step"] for one in full.summary["steps"]] == ["land", "build"]
    shop.night(second)
    assert shop.query(landed) == before

    # What was missing comes late, and with it what fails the audit. Its landing is killed halfway.
    for day in (first, second, third):
        tell(shop, day)
    shop.deliver_file("bad", bad)
    run = shop.start(third, fault=Fault(("land", "middle")))
    assert run.wait() == -signal.SIGKILL, run.said
    failed = shop.night(third, code=1)
    assert failed.summary["reason"] == "audit_failed"
    assert shop.query(landed) == before
    shop.take_back("bad")

    # Then the system ends a build for its memory, and the next one still runs at the deadline.
    killed = shop.night(third, code=1, fault=Fault(("build", "alone")))
    assert killed.summary["reason"] == "killed"
    shop.night(third, code=4, fault=Fault(late_in=("build", deadline_of(third))))
    run_date = third + timedelta(days=1)
    assert [one["rows_of"] for one in shop.manifests(run_date)] == [str(third)]
    assert shop.query(landed) == before
    late = deadline_of(third) + timedelta(hours=2)
    shop.night(third, "--deadline", "none", at=late)
    assert [one["rows_of"] for one in shop.manifests(run_date)] == [str(third), None]
    assert shop.query(landed) > before

    pass_well(shop, rest, tell)


def _kill_everywhere(shop: NightShop, day: date) -> None:
    """Kill a night as it begins each step, in the middle of it, and as it ends."""
    for step in MIDDLES:
        for point in _POINTS:
            if (step, point) == ("land", "middle"):
                continue  # There is nothing to land yet; `pass_badly` kills it there.
            run = shop.start(day, fault=Fault((step, point)))
            assert run.wait() == -signal.SIGKILL, (step, point, run.said)
    summary = shop.night(day).summary
    assert {one["step"]: one["state"] for one in summary["steps"]} == {
        "export": "done",
        "deliver": "skipped",
    }
    died = shop.query(
        f"select step, count(*) from validation.night_steps where night_date = '{day}'"
        " and state = 'died' group by all"
    )
    assert dict(died) == dict.fromkeys(MIDDLES, len(_POINTS)) | {"land": 2}
    # What was audited before publishing was killed was not built again.
    built = shop.query(
        "select build_id from validation.night_steps where step in ('build', 'publish')"
        f" and night_date = '{day}' and state = 'done'"
    )
    assert len(built) == 2
    assert built[0] == built[1]
