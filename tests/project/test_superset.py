"""The dashboard in Superset, in a real browser: `make test-superset`.

What the browser is given for each chart is compared with SQL on the marts.
"""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Browser, require_chromium
from tests.forks import PROJECT
from tests.project.conftest import AskedHouse, House

# The commands of Superset's environment.
_BIN = os.environ.get("VITRINE_TEST_SUPERSET")
# Where a picture is put, and of which warehouse, if the READMEs' is to be made anew.
_PICTURES = os.environ.get("VITRINE_TEST_PICTURES")
_PICTURED = os.environ.get("VITRINE_TEST_WAREHOUSE")
if not _BIN:
    pytest.skip("Superset has an environment of its own: make test-superset",
                allow_module_level=True)  # fmt: skip

_MAIN = "(select currency_code from marts.fct_sales group by 1 order by count(distinct sale_id) desc, 1 limit 1)"  # noqa: E501
_SOLD = f"""(
    from marts.fct_sales where currency_code = {_MAIN}
    and sale_date > (select max(sale_date) - 91 from marts.fct_sales)
)"""
_EXPECTED = {
    "Net revenue, 91 days": f"select sum(net_amount) from {_SOLD}",
    "Orders, 91 days": f"select count(distinct sale_id) from {_SOLD}",
    "Average ticket, 91 days": f"select sum(net_amount) / count(distinct sale_id) from {_SOLD}",
    "Net revenue by day": f"""
        select epoch_ms(sale_date)::double, channel, sum(net_amount) from {_SOLD} group by all
    """,
    "Net revenue by department": f"""
        select coalesce(department_name, '(none)'), sum(net_amount)
        from {_SOLD} left join marts.dim_skus using (sku_key) group by 1
    """,
    "Visits that came so far": """
        select '1 visited', sum(session_count) from aggregates.agg_daily_funnel
        union all select '2 viewed a product', sum(viewed_session_count)
        from aggregates.agg_daily_funnel
        union all select '3 put it in the cart', sum(carted_session_count)
        from aggregates.agg_daily_funnel
        union all select '4 began the checkout', sum(checkout_session_count)
        from aggregates.agg_daily_funnel
        union all select '5 ordered', sum(ordered_session_count) from aggregates.agg_daily_funnel
    """,
    "Campaigns": f"""
        select attribution, coalesce(campaign_name, campaign_id), order_count, new_customer_count,
            discount_amount, net_amount
        from aggregates.agg_campaigns where currency_code = {_MAIN}
    """,
    "Stock that ends first": """
        select coalesce(sku_name, cover.sku_id), available_units, average_daily_units,
            days_of_cover, epoch_ms(expected_stock_out_date)::double
        from aggregates.agg_stock_cover as cover left join marts.dim_skus using (sku_key)
        where days_of_cover is not null order by days_of_cover, cover.sku_id limit 20
    """,
    "Whom shops should contact, and why": """
        select coalesce(store_name, store_id), reason_code, count(*)
        from activation.contact_suggestions left join marts.dim_stores using (store_id)
        group by all
    """,
}
# Their rows have a column for each value of a second dimension.
_PIVOTED = {"Net revenue by day", "Whom shops should contact, and why"}
# What ECharts draws; all else is words and tables.
_DRAWN = {*_PIVOTED, "Net revenue by department", "Visits that came so far"}
_HOLDERS = """[...document.querySelectorAll('.dashboard-component-chart-holder')].map((one) =>
  [one.innerText.trim().split('\\n')[0], one.innerText, one.querySelector('canvas') !== null])"""


class Listener(Browser):
    """A browser that remembers what it was given for charts: the request, by its chart's id."""

    def __init__(self, folder: Path) -> None:
        self.charts: dict[int, str] = {}
        self.loaded: set[str] = set()
        super().__init__(folder)

    def _hear(self, method: str, event: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent" and "/chart/data" in event["request"]["url"]:
            content = json.loads(event["request"].get("postData", "{}"))
            if slice_id := content.get("form_data", {}).get("slice_id"):
                self.charts[slice_id] = event["requestId"]
        elif method == "Network.loadingFinished":
            self.loaded.add(event["requestId"])
        super()._hear(method, event)

    def given(self, slice_id: int) -> list[dict[str, Any]]:
        answer = self.call("Network.getResponseBody", requestId=self.charts[slice_id])
        [result] = json.loads(answer["body"])["result"]
        assert result["error"] is None
        rows: list[dict[str, Any]] = result["data"]
        return rows


@pytest.fixture(scope="module")
def house(request: pytest.FixtureRequest) -> House:
    if _PICTURED:
        return AskedHouse(Path(_PICTURED).absolute().parent)
    return AskedHouse(request.getfixturevalue("nights").house.folder)


@pytest.fixture(scope="module")
def address(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Superset, made ready and served as `make superset` does."""
    require_chromium()
    folder = tmp_path_factory.mktemp("superset")
    environment = os.environ | {
        "VITRINE_SUPERSET": str(folder / "own"),
        "VITRINE_WAREHOUSE": str(house.warehouse),
        "SUPERSET_CONFIG_PATH": str(PROJECT / "bi/superset/superset_config.py"),
        "SUPERSET_PASSWORD": "only-in-this-test",
    }
    with (folder / "log").open("w") as log:
        load = [f"{_BIN}/python", str(PROJECT / "bi/superset/load.py")]
        done = subprocess.run(load, env=environment, stdout=log, stderr=log, check=False)
        assert done.returncode == 0, (folder / "log").read_text()[-3000:]
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        serve = [f"{_BIN}/gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "4",
                 "--timeout", "120", "superset.app:create_app()"]  # fmt: skip
        server_process = subprocess.Popen(serve, env=environment, stdout=log, stderr=log)
    try:
        _wait_until_it_answers(f"{url}/health", server_process)
        yield url
    finally:
        server_process.terminate()
        server_process.wait(60)


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        assert process.poll() is None
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 (our own)
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.5)
    pytest.fail("Superset does not answer")


@pytest.fixture(scope="module")
def shown(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listener]:
    """The dashboard, all of its charts drawn."""
    with Listener(tmp_path_factory.mktemp("chromium")) as browser:
        browser.resize(1400, 1880)
        browser.open(f"{address}/login/", is_focused=False)
        for field, text in (("#username", "admin"), ("#password", "only-in-this-test")):
            browser.wait_for(f"document.querySelector('{field}')", 60)
            browser.value(f"document.querySelector('{field}').focus()")
            browser.type(text)
        browser.press("Enter")
        browser.wait_for("!location.pathname.startsWith('/login')", 60)
        browser.open(f"{address}/superset/dashboard/vitrine/", is_focused=False)
        drawn = "document.querySelectorAll('.slice_container').length"
        browser.wait_for(f"{drawn} === {len(_EXPECTED)}", 120)
        busy = "document.querySelector('.loading, [role=status][aria-busy=true]')"
        browser.wait_for(f"!{busy}", 60)
        yield browser


def _rounded(value: object) -> object:
    return float(f"{float(value):.9g}") if isinstance(value, int | float) else value


def _rows(title: str, data: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    if title not in _PIVOTED:
        return [tuple(_rounded(one) for one in row.values()) for row in data]
    return [
        (_rounded(first), name, _rounded(value))
        for row in data
        for first in [next(iter(row.values()))]
        for name, value in list(row.items())[1:]
        if value is not None
    ]


def test_every_chart_is_a_query_on_the_marts(shown: Listener, house: House) -> None:
    shown.value(
        "fetch('/api/v1/chart/?q=(page_size:100)').then((one) => one.json())"
        ".then((all) => window.charts = all.result.map((one) => [one.id, one.slice_name])) && 0"
    )
    shown.wait_for("window.charts")
    names = dict(map(tuple, shown.value("window.charts")))
    assert set(names.values()) == _EXPECTED.keys()
    for _ in range(120):
        if names.keys() <= shown.charts.keys() and set(shown.charts.values()) <= shown.loaded:
            break
        time.sleep(0.5)
    assert shown.charts.keys() == names.keys()
    for slice_id, title in names.items():
        expected = [
            tuple(_rounded(float(one) if hasattr(one, "as_tuple") else one) for one in row)
            for row in house.query(_EXPECTED[title])
        ]
        given = _rows(title, shown.given(slice_id))
        assert sorted(given, key=str) == sorted(expected, key=str), title


def test_every_chart_is_drawn_and_none_complains(shown: Listener, house: House) -> None:
    charts = shown.value(_HOLDERS)
    assert {title for title, *_ in charts} == _EXPECTED.keys()
    for title, text, is_drawn in charts:
        assert not any(word in text for word in ("Unexpected error", "Data error")), title
        is_empty = not house.query(_EXPECTED[title])
        assert ("No results" in text) == is_empty, title
        assert is_drawn == (title in _DRAWN and not is_empty), title
    if _PICTURES:
        time.sleep(3)  # ECharts moves its bars into their places.
        shown.picture(Path(_PICTURES) / "superset.png")
