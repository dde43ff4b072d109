"""Settings: environment variables, all with a working default. Paths are made absolute."""

import os
from pathlib import Path

_PACKAGED_CONTRACTS = Path(__file__).with_name("contracts.toml")


def raw_root() -> Path:
    """Return the folder of the raw layer: VITRINE_RAW (default `data/raw`)."""
    return _path("VITRINE_RAW", Path("data/raw"))


def warehouse_path() -> Path:
    """Return the published database: VITRINE_WAREHOUSE (default `data/vitrine.duckdb`)."""
    return _path("VITRINE_WAREHOUSE", Path("data/vitrine.duckdb"))


def contracts_path() -> Path:
    """Return the file of contracts: VITRINE_CONTRACTS (default the one delivered)."""
    return _path("VITRINE_CONTRACTS", _PACKAGED_CONTRACTS)


def _path(variable: str, default: Path) -> Path:
    # Set but empty is not set. Not Path.resolve(): the published warehouse is a link.
    return Path(os.path.abspath(os.environ.get(variable) or default))  # noqa: PTH100 (see above)
