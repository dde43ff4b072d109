import json
from collections import deque
from datetime import date
from resource import RUSAGE_SELF, getrusage

import pytest
from click.testing import CliRunner

from simulator.cli import simulate
from simulator.store import messages
from simulator.transport import Faults
from simulator.truth import Truth
from tests.forks import CONTEXT
from tests.simulator.recount import Recount

START = date(2024, 3, 1)
SMALL = ["--orders", "60", "--days", "30", "--products", "24"]


def small(**changes):
    arguments = {"orders": 60, "seed": 7, "start": START, "days": 30, "products": 24}
    return messages(**(arguments | changes))


def test_the_same_arguments_give_the_same_bytes():
    assert list(small()) == list(small())


@pytest.mark.parametrize(
    "change", [{"seed": 8}, {"orders": 61}, {"start": date(2024, 3, 2)}, {"products": 25}]
)
def test_other_arguments_give_another_store(change):
    assert set(small()).isdisjoint(small(**change))


def test_the_same_command_writes_the_same_compressed_file(tmp_path):
    paths = [tmp_path / "a.ndjson.gz", tmp_path / "b.ndjson.gz"]
    for path in paths:
        assert CliRunner().invoke(simulate, [*SMALL, "--out", str(path)]).exit_code == 0
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_file_standard_output_and_the_generator_agree(tmp_path):
    path, truth = tmp_path / "rows.ndjson", tmp_path / "truth.json"
    options = [*SMALL, "--start", "2024-03-01"]
    told = CliRunner().invoke(simulate, options).stdout_bytes
    CliRunner().invoke(simulate, [*options, "--out", str(path), "--truth", str(truth)])
    rows = list(small())
    assert told == path.read_bytes() == b"\n".join(rows) + b"\n"
    lines = sum(count["lines"] for count in json.loads(truth.read_text())["messages"].values())
    assert lines == len(rows)


def test_a_start_before_the_store_opened_is_refused():
    result = CliRunner().invoke(simulate, [*SMALL, "--start", "2018-01-01"])
    assert result.exit_code == 2
    assert "2019-03-01" in result.output


def test_a_file_that_cannot_be_written_is_an_error_without_a_traceback(tmp_path):
    result = CliRunner().invoke(simulate, [*SMALL, "--out", str(tmp_path / "no" / "rows")])
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")


def _peak_megabytes(orders):
    deque(messages(orders, 7, START, 5), maxlen=0)
    return getrusage(RUSAGE_SELF).ru_maxrss / 1000


def test_memory_does_not_follow_the_number_of_orders():
    # Each in a process of its own, of which the system remembers the most that it ever had.
    with CONTEXT.Pool(2, maxtasksperchild=1) as pool:
        few, many = pool.map(_peak_megabytes, (100, 2000), chunksize=1)
    # A purchase is tens of kB of messages.
    assert many < few + 8


def test_without_faults_every_document_arrives_once_in_order():
    none = Faults(0, 0, 0, 0, 0, has_poison=False)
    truth = Truth(60)
    recount = Recount(small(faults=none, truth=truth))
    assert recount.publish_times == sorted(recount.publish_times)
    assert sum(recount.lines.values()) == sum(
        counts["documents"] for counts in truth.as_dict()["messages"].values()
    )


@pytest.fixture(scope="module")
def told():
    return Recount(small(orders=600))


@pytest.fixture(scope="module")
def continued():
    return Recount(small(orders=60, new_orders_from=600))


def test_a_continuation_tells_new_orders_under_new_message_ids(told, continued):
    assert len(continued.orders) >= 60
    assert continued.orders.keys().isdisjoint(told.orders)
    assert continued.rows.keys().isdisjoint(told.rows)
    days = {order["day"] for order in continued.orders.values()}
    assert min(days) == "2024-03-31"
    assert max(days) <= "2024-04-05"


def test_a_continuation_knows_the_customers_of_its_history(told, continued):
    before = {order["person"] for order in told.orders.values()}
    now = {order["person"] for order in continued.orders.values()}
    assert 5 < len(now & before) < len(now)
    clients = {entity for contract, entity in continued.versions if contract == "vtex.client"}
    assert clients.isdisjoint(entity for contract, entity in told.versions)


def test_a_continuation_tells_of_the_catalogue_only_what_changes(told, continued):
    catalogue = ("vtex.product", "vtex.sku", "vtex.price", "vtex.inventory")
    again = [key for key in continued.versions if key[0] in catalogue]
    assert 0 < len(again) < 60
    for key in again:
        texts = {text for _, text in told.versions[key]}
        assert texts.isdisjoint(text for _, text in continued.versions[key])


def test_a_continuation_may_be_told_in_parts(continued):
    parts = [
        Recount(small(orders=20, new_orders_from=600)),
        Recount(small(orders=40, new_orders_from=620, history=600)),
    ]
    assert parts[0].rows.keys().isdisjoint(parts[1].rows)
    assert parts[0].orders | parts[1].orders == continued.orders
    catalogue = {key for key in continued.versions if key[0] in ("vtex.sku", "vtex.inventory")}
    assert catalogue == {
        key for part in parts for key in part.versions if key[0] in ("vtex.sku", "vtex.inventory")
    }
