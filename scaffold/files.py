"""The files that a contract is in: those that are new, and those that get a line or more."""

import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path

import jinja2
import yaml

from ingestion import settings
from ingestion.contracts import DEAD_LETTERS, load
from scaffold import samples
from scaffold.contract import JSON_TYPES, NewContract, ScaffoldError

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
    # What is written has Jinja of its own.
    block_start_string="[%",
    block_end_string="%]",
    variable_start_string="[[",
    variable_end_string="]]",
    comment_start_string="[#",
    comment_end_string="#]",
    trim_blocks=True,
    keep_trailing_newline=True,
    undefined=jinja2.StrictUndefined,
    autoescape=False,  # noqa: S701 - SQL and YAML, of names that were checked
)
_LEDGER = "macros/staged_contracts.sql"
_SOURCES = "models/staging/_sources.yml"
_LEDGER_END = "\n    ] %}\n"


def texts(contract: NewContract, project: Path) -> dict[Path, str]:
    """Give each file's whole text, by path, new ones first; nothing is written.

    Raises ScaffoldError if the contract, or a file of it, exists, or a file is not as it should be;
    LandingError if the file of contracts cannot be read; OSError.
    """
    _check_is_new(contract)
    new = _new_files(contract, project)
    there = [path for path in new if path.exists()]
    if there:
        raise ScaffoldError(
            f"{there[0]} exists, though the contract {contract.name} does not: remove what is left"
            " of it, or choose another name."
        )
    changes: Mapping[Path, Callable[[NewContract, str], str]] = {
        settings.contracts_path(): _with_entry,
        project / _SOURCES: _with_source,
        project / _LEDGER: _with_ledger_line,
        project / "seeds/known_fields.csv": _with_known_fields,
    }
    return new | {path: change(contract, path.read_text()) for path, change in changes.items()}


def _check_is_new(contract: NewContract) -> None:
    known = load().by_name
    where = settings.contracts_path()
    if contract.name in known:
        raise ScaffoldError(
            f"the contract {contract.name} exists already, in {where}: nothing was changed."
        )
    for one in known.values():
        if contract.table == one.table:
            raise ScaffoldError(
                f"{one.name} has the raw table {one.table} already: set PLURAL to another word."
            )
        if contract.key and contract.key == one.key:
            raise ScaffoldError(
                f"the key {contract.key!r} tells messages of {one.name}: choose one that only"
                f" payloads of {contract.name} have, or none."
            )
    if contract.table == DEAD_LETTERS:
        raise ScaffoldError(f"{DEAD_LETTERS} is where lost messages land: set PLURAL.")


def _new_files(contract: NewContract, project: Path) -> dict[Path, str]:
    given = {
        "contract": contract,
        "columns": contract.columns,
        "has_personal": any(field.is_personal for field in contract.fields),
        "rows": samples.rows(contract),
    }
    folder = project / "models/staging" / contract.system
    return {
        folder / f"{contract.model}{ending}": _TEMPLATES.get_template(f"staging{ending}").render(
            given
        )
        for ending in (".sql", ".yml", "_unit_tests.yml")
    }


def _with_entry(contract: NewContract, text: str) -> str:
    lines = ["", "[[contract]]", f'name = "{contract.name}"', f'table = "{contract.table}"']
    if contract.event_time:
        lines.append(f'event_time = ["$.{contract.event_time}"]')
    if contract.key:
        lines.append(f'key = "{contract.key}"')
    return text.rstrip("\n") + "\n" + "\n".join(lines) + "\n"


def _with_source(contract: NewContract, text: str) -> str:
    added = (
        f"      - name: {contract.table}\n"
        f'        description: "One row per landed copy of a message of contract'
        f' `{contract.name}`."\n'
        "        columns: *raw_columns\n"
    )
    text = text.rstrip("\n") + "\n" + added
    try:
        last = yaml.safe_load(text)["sources"][-1]["tables"][-1]["name"]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise _not_as_it_was(_SOURCES, "the tables of `raw` come last") from error
    if last != contract.table:
        raise _not_as_it_was(_SOURCES, "the tables of `raw` come last")
    return text


def _with_ledger_line(contract: NewContract, text: str) -> str:
    if text.count(_LEDGER_END) != 1:
        raise _not_as_it_was(_LEDGER, "its list ends with a line of its own")
    changed_at = "changed_at" if contract.event_time else "published_at"
    key = contract.fields[0].name
    line = f'\n        ("{contract.name}", "{contract.table}", none, "{key}", "{changed_at}"),'
    return text.replace(_LEDGER_END, line + _LEDGER_END)


def _with_known_fields(contract: NewContract, text: str) -> str:
    head, *known = csv.reader(io.StringIO(text))
    found = {tuple(row) for row in known}
    for field in contract.fields:
        found |= {(contract.name, field.path, kind) for kind in JSON_TYPES[field.type]}
        keys = field.path.split(".")
        found |= {
            (contract.name, ".".join(keys[:number]), "object") for number in range(1, len(keys))
        }
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([head, *sorted(found)])
    return written.getvalue()


def _not_as_it_was(path: str, expected: str) -> ScaffoldError:
    return ScaffoldError(
        f"{path} is not as it was ({expected}), so nothing was changed: add the contract by hand,"
        " as docs/intake.md says."
    )
