"""The dbt project's variables, for what has to be the same in models and in programs."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from warehouse.errors import WarehouseError


def read_vars(project: Path) -> dict[str, Any]:
    """Read the variables of `dbt_project.yml`. Raises WarehouseError."""
    path = project / "dbt_project.yml"
    try:
        variables: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))["vars"]
    except (OSError, UnicodeError, yaml.YAMLError, KeyError, TypeError) as error:
        raise WarehouseError(
            f"{path}: no variables to be read ({type(error).__name__}); set --project-dir to the "
            "dbt project."
        ) from error
    return variables


def business_zone(project: Path) -> ZoneInfo:
    """Give the zone of business dates. Raises WarehouseError."""
    name = read_vars(project).get("business_timezone")
    try:
        return ZoneInfo(str(name))
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise WarehouseError(
            f"{project}: business_timezone is {name!r}; write one such as America/Sao_Paulo."
        ) from error
