"""Settings: environment variables, all with a working default."""

import os
from pathlib import Path

_PACKAGED_CONTRACTS = Path(__file__).with_name("contracts.toml")


def raw_root() -> Path:
    """The folder of the raw layer: VITRINE_RAW, an absolute path (default `data/raw` here)."""
    return _path("VITRINE_RAW", Path("data/raw"))


def warehouse_path() -> Path:
    """The published database: VITRINE_WAREHOUSE, an absolute path (default `data/vitrine.duckdb`)."""
    return _path("VITRINE_WAREHOUSE", Path("data/vitrine.duckdb"))


def contracts_path() -> Path:
    """The file of contracts: VITRINE_CONTRACTS, an absolute path (default the one delivered)."""
    return _path("VITRINE_CONTRACTS", _PACKAGED_CONTRACTS)


def _path(variable: str, default: Path) -> Path:
    """A path of the environment; set but empty means not set. Links are kept, not followed."""
    # abspath, not resolve(): the published warehouse is itself a link.
    return Path(os.path.abspath(os.environ.get(variable) or default))  # noqa: PTH100 (see above)
