"""Who waits for another process hears why it ended."""

from pathlib import Path

import pytest

from warehouse.apart import run_apart
from warehouse.errors import WarehouseError


def test_a_process_that_was_killed_is_told_of_by_its_signal_and_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dies.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(WarehouseError, match=r"^The process .* by SIGKILL\. .*VITRINE_MEMORY"):
        run_apart("dies")


def test_a_process_that_fails_is_told_of_in_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "says.py").write_text("import sys\nsys.exit('no room')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(WarehouseError, match=r"^no room\nNothing was published\.$"):
        run_apart("says")
