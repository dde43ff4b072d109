"""The documentation as one page: whole in itself, with lineage, and of no machine."""

import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.browser import Browser, require_chromium
from tests.forks import PROJECT
from warehouse.docs_command import docs


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("docs") / "public" / "index.html"
    result = CliRunner().invoke(docs, ["--out", str(path)])
    assert (result.exit_code, result.stdout) == (0, f"{path}\n"), result.output
    return path


def test_it_is_of_no_machine(page: Path) -> None:
    text = page.read_text()
    for place in (PROJECT, Path.home(), tempfile.gettempdir()):
        assert str(place) not in text


def test_it_shows_tables_and_their_lineage_without_a_network(page: Path, tmp_path: Path) -> None:
    require_chromium()
    with Browser(tmp_path) as browser:
        browser.resize(1280, 900)
        # What the page stands on, one step back: all of its lineage takes long to lay out.
        browser.open(
            f"{page.as_uri()}#!/exposure/exposure.vitrine.sellers_page"
            "?g_v=1&g_i=1%2Bexposure:sellers_page",
            is_focused=False,
        )
        browser.wait_for("document.body.innerText.includes('Shop floor')")
        # Cytoscape's drawing.
        browser.wait_for("document.querySelector('canvas')?.width > 0")
        browser.value("location.hash = '!/model/model.vitrine.fct_sales'")
        browser.wait_for("document.body.innerText.includes('Sold line')"
                         " || document.body.innerText.includes('sale_id')")  # fmt: skip
        assert [url for url in browser.urls if url.startswith("http")] == []
