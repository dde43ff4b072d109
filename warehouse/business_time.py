"""The shop's clock, as the models know it."""

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from warehouse.errors import WarehouseError


def business_zone(project: Path) -> ZoneInfo:
    """Read the zone of business dates from the project's variables. Raises WarehouseError."""
    path = project / "dbt_project.yml"
    try:
        return ZoneInfo(yaml.safe_load(path.read_text("utf-8"))["vars"]["business_timezone"])
    except (
        OSError,
        yaml.YAMLError,
        KeyError,
        TypeError,
        ValueError,
        ZoneInfoNotFoundError,
    ) as error:
        raise WarehouseError(
            f"{path}: no time zone to be read in vars.business_timezone ({type(error).__name__}); "
            "write one such as America/Sao_Paulo."
        ) from error
