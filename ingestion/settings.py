"""Settings: environment variables, all with a working default. Paths are made absolute."""

import hashlib
import os
from pathlib import Path

from ingestion.errors import LandingError

_PACKAGED_CONTRACTS = Path(__file__).with_name("contracts.toml")


def raw_root() -> str:
    """Return the root of the raw layer: VITRINE_RAW (default `data/raw`), or its URL as it is."""
    root = os.environ.get("VITRINE_RAW") or "data/raw"
    return root.rstrip("/") if "://" in root else str(_path("VITRINE_RAW", Path(root)))


def warehouse_path() -> Path:
    """Return the published database: VITRINE_WAREHOUSE (default `data/vitrine.duckdb`)."""
    return _path("VITRINE_WAREHOUSE", Path("data/vitrine.duckdb"))


def contracts_path() -> Path:
    """Return the file of contracts: VITRINE_CONTRACTS (default the one delivered)."""
    return _path("VITRINE_CONTRACTS", _PACKAGED_CONTRACTS)


def has_own_contracts() -> bool:
    """Tell whether the file of contracts is a shop's own."""
    return contracts_path() != _PACKAGED_CONTRACTS


def gateway_config_path() -> Path:
    """Return the gateway's file: VITRINE_GATEWAY_CONFIG (default `data/gateway.toml`)."""
    return _path("VITRINE_GATEWAY_CONFIG", Path("data/gateway.toml"))


def seller_config_path() -> Path:
    """Return the file of the sellers' page: VITRINE_SELLER_CONFIG (default `data/seller.toml`)."""
    return _path("VITRINE_SELLER_CONFIG", Path("data/seller.toml"))


def seller_audit_path() -> Path:
    """Return who looked up whom: VITRINE_SELLER_AUDIT (default `data/seller_audit.jsonl`)."""
    return _path("VITRINE_SELLER_AUDIT", Path("data/seller_audit.jsonl"))


def suppression_key_path() -> Path:
    """Return the key of the suppression list: VITRINE_SUPPRESSION_KEY, a file.

    By default it is beside the warehouse's restricted file.
    """
    warehouse = warehouse_path()
    default = warehouse.with_name(f"{warehouse.stem}_suppression.key")
    return _path("VITRINE_SUPPRESSION_KEY", default)


def till_digest(document_digits: str) -> str:
    """Give what a till says of a document, by the function that VITRINE_TILL_DIGEST names.

    It is sha256 (default), sha1 or md5, as in the macro `document_digest`; raises LandingError.
    """
    function = os.environ.get("VITRINE_TILL_DIGEST") or "sha256"
    if function not in ("sha256", "sha1", "md5"):
        raise LandingError(f"VITRINE_TILL_DIGEST is {function}; set it to sha256, sha1 or md5.")
    return hashlib.new(function, document_digits.encode()).hexdigest()


def _path(variable: str, default: Path) -> Path:
    # Set but empty is not set. Not Path.resolve(): the published warehouse is a link.
    return Path(os.path.abspath(os.environ.get(variable) or default))  # noqa: PTH100 (see above)
