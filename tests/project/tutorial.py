"""docs/tutorial.md, followed: its commands are run one after another, as a newcomer would.

What a block of `text` shows is what the block of `sh` before it must print; `…` stands for
anything.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.forks import PROJECT

PAGE = PROJECT / "docs" / "tutorial.md"
# The part that ends with a question of one's own.
_FIRST_PART = "## A message of your own"
_BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NOT_CLONED = (
    *(".git", ".venv", ".*_cache", ".hypothesis", "data", "target", "logs"),
    *("__pycache__", "*.egg-info"),
)


def clone(folder: Path) -> Path:
    """Make a checkout that has been set up: installing is `make setup`'s, and takes the network."""
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns(*_NOT_CLONED))
    (folder / ".venv").symlink_to(PROJECT / ".venv")
    for name in ("pyproject.toml", "requirements.lock"):
        # Older than what is installed, whatever was edited since.
        os.utime(folder / name, (0, 0))
    with (folder / ".gitignore").open("a") as file:
        file.write(".venv\n")  # a link, here
    who = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-q", "-m", "cloned"]):
        subprocess.run(["git", *words], cwd=folder, check=True)  # noqa: S607 - the user's git
    return folder


def _blocks(text: str) -> list[tuple[str, str | None]]:
    """Give each block of commands with what it must print, None where the page does not say."""
    found: list[tuple[str, str | None]] = []
    for kind, content in _BLOCK.findall(text):
        if kind == "sh":
            found.append((content, None))
        else:
            command, shown = found[-1]
            assert shown is None, f"two answers to {command}"
            found[-1] = (command, content)
    return found


def _run(folder: Path, commands: list[str]) -> list[str]:
    """Run all blocks in one shell; gives what each printed."""
    mark = "=== the next block ==="
    script = "\n".join(["set -euo pipefail", *(f"{one}\necho '{mark}'" for one in commands)])
    # The checkout's own code, and not that of the environment that it borrows.
    environment = {
        name: value
        for name, value in os.environ.items()
        # What was parsed for other tests was parsed with that.
        if "VITRINE" not in name or name == "VITRINE_TEST_INCREMENTS"
    }
    done = subprocess.run(
        ["bash", "-c", script],  # noqa: S607 - the user's shell
        cwd=folder,
        env=environment | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    printed = done.stdout.split(f"{mark}\n")
    assert done.returncode == 0, f"{printed[-1][-3000:]}{done.stderr[-3000:]}"
    return printed[:-1]


def is_as_shown(printed: str, shown: str) -> bool:
    # dbt colours what it prints.
    plain = re.sub(r"\x1b\[[0-9;]*m", "", printed)
    pattern = "".join(".*" if one == "…" else re.escape(one) for one in re.split("(…)", shown))
    return re.fullmatch(pattern, plain, re.DOTALL) is not None


def follow(folder: Path, page: str) -> None:
    blocks = _blocks(page)
    printed = _run(folder, [command for command, _ in blocks])
    assert len(printed) == len(blocks)
    for (command, shown), one in zip(blocks, printed, strict=True):
        if shown is not None:
            assert is_as_shown(one, shown), f"{command}\nprints\n{one}\nand the page says\n{shown}"


def follow_first_part(folder: Path) -> Path:
    """Get from a clone to an answer of one's own; gives the clone, whose shop is as it was made."""
    clone(folder)
    parsed = PROJECT / "target" / "parsed"
    if parsed.exists():
        shutil.copytree(parsed, folder / "target" / "parsed")
    first, separator, _ = PAGE.read_text().partition(_FIRST_PART)
    assert separator
    assert len(_blocks(first)) > 3
    follow(folder, first)
    return folder
