"""The page beside the warehouse, and when it cannot be there."""

import re
from pathlib import Path

from click.testing import CliRunner, Result
from tiny_shop import Shop

from warehouse.report_command import report


def ask(*options: str) -> Result:
    return CliRunner().invoke(report, options)


def test_an_empty_warehouse_has_a_page_that_says_so(shop: Shop) -> None:
    build = shop.build_well().build
    page = shop.warehouse.report.read_text()
    assert "The warehouse is empty" in page
    assert build.build_id in page
    assert "<table" not in page


def test_each_build_replaces_the_page_and_vitrine_report_writes_the_same(shop: Shop) -> None:
    shop.land("a", "b")
    first = shop.build_well().build
    shop.land("c")
    second = shop.build_well().build
    path = shop.warehouse.report
    page = path.read_text()
    assert f"build <code>{second.build_id}</code>" in page
    # Each build that is kept, and its messages; the one before, too.
    kept = re.findall(r"<td[^>]*>(\w{22})</td>.*<data value=\"\d+\">(\d+)</data></td></tr>", page)
    assert kept == [(second.build_id, "3"), (first.build_id, "2")]
    # What a project does not have is said, and what it has is there nevertheless.
    assert "This build cannot tell. Catalog Error: Table with name fct_sales does not exist" in page
    assert path.stat().st_mode & 0o777 == 0o644
    path.unlink()
    result = ask()
    assert (result.exit_code, result.output) == (0, f"{path}\n")
    assert path.read_text() == page
    elsewhere = shop.warehouse.folder / "reports" / "today.html"
    assert ask("--out", str(elsewhere)).exit_code == 0
    assert elsewhere.read_text() == page
    assert {one.name for one in elsewhere.parent.iterdir()} == {"today.html"}


def test_a_page_that_cannot_be_written_undoes_no_build_and_is_said(shop: Shop) -> None:
    (shop.warehouse.report / "full").mkdir(parents=True)
    shop.land("a")
    result = shop.build("--quiet")
    assert result.exit_code == 0
    told = f"{shop.warehouse.report}: Is a directory."
    assert result.stderr == f"Published, but its report could not be written: {told}\n"
    assert shop.query("select count(*) from marts.fct_orders") == [(1,)]
    again = ask()
    assert (again.exit_code, again.stderr) == (1, f"Error: {told}\n")
    assert not list(shop.warehouse.folder.glob(".shop_report*"))


def test_without_a_build_there_is_nothing_to_report(shop: Shop, tmp_path: Path) -> None:
    result = ask("--out", str(tmp_path / "report.html"))
    assert result.exit_code == 1
    assert f"nothing is published at {shop.warehouse.link}. Run `vitrine build`." in result.stderr
    assert not list(tmp_path.iterdir())
