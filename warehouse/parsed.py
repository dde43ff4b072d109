"""The project as dbt parsed it, kept: a build whose files are the same parses nothing.

dbt's own cache holds for one database file and one `as_of` only, and parsing all anew takes as long
as a small build. What was parsed depends on neither: macros ask for both when they are executed.
"""

import fcntl
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumuro_decoder
from dbt.version import __version__

from warehouse.kept_templates import keep_templates, put, read_templates
from warehouse.lean_dbt import nothing_is_garbage

# What dbt leaves of a parse in its folder.
_PARSED = "partial_parse.msgpack"
_SOURCES = {".csv", ".md", ".sql", ".yaml", ".yml"}
_NOT_SOURCES = {"data", "logs", "target"}
_VARIABLE = re.compile(rb"""env_var\(\s*['"](\w+)""")
_BUILD = "VITRINE_BUILD"
# It is read when dbt connects, not when it parses.
_PROFILE = "profiles.yml"


def parsed(
    project: Path, target: str, artifacts: Path, parse: Callable[[], object]
) -> Manifest | None:
    """Read what was parsed of these files for this target of the profile, or parse them first.

    `parse` leaves its result in `artifacts`. None if it failed: then it has said why.
    """
    folder = project / "target" / "parsed"
    kept = folder / f"{target}-{_fingerprint(project)}.msgpack"
    with _alone(folder) as is_writable, nothing_is_garbage():
        read_templates(kept)
        if kept.exists():
            content = kept.read_bytes()
        else:
            (artifacts / _PARSED).unlink(missing_ok=True)
            parse()
            if not (artifacts / _PARSED).exists():
                return None
            content = (artifacts / _PARSED).read_bytes()
            if is_writable:
                _keep(kept, target, content)
                keep_templates()
        manifest: Manifest = Manifest.from_msgpack(content, decoder=extended_mashumuro_decoder)
        manifest.build_flat_graph()  # type: ignore[no-untyped-call]
    return manifest


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Let builds of one project parse one after another: the first does it for all.

    False where nothing can be kept: there each build parses.
    """
    if not os.access(next(one for one in (folder, *folder.parents) if one.exists()), os.W_OK):
        yield False
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield True


def _keep(path: Path, target: str, content: bytes) -> None:
    """Write a file whole, and remove what was kept of other states of the files."""
    for old in path.parent.glob(f"{target}-*"):
        old.unlink(missing_ok=True)
    put(path, content)


def _fingerprint(project: Path) -> str:
    """Hash all that a parse depends on: the sources, and the variables that they name in YAML."""
    found = hashlib.blake2b(__version__.encode(), digest_size=16)
    # DuckDB calls a database as its file is called, and so do relations.
    found.update(f"\0{Path(os.environ.get(_BUILD, '')).stem}".encode())
    folders = [
        folder
        for folder in project.iterdir()
        if folder.is_dir() and folder.name not in _NOT_SOURCES and folder.name[0] != "."
    ]
    files = [*project.glob("*.yml"), *(file for each in folders for file in each.rglob("*"))]
    for file in sorted(files):
        if file.suffix not in _SOURCES or file.name == _PROFILE:
            continue
        content = file.read_bytes()
        found.update(f"\0{file.relative_to(project)}\0{len(content)}\0".encode() + content)
        if file.suffix in (".yaml", ".yml"):
            for name in _VARIABLE.findall(content):
                found.update(f"\0{os.environ.get(name.decode())}".encode())
    return found.hexdigest()
