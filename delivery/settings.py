"""Where OUT, the journal and the file of settings are: environment variables with defaults."""

import os
from pathlib import Path


def out_root() -> str:
    """Return OUT's root: VITRINE_OUT (default `data/out`), or its URL as it is."""
    root = os.environ.get("VITRINE_OUT") or "data/out"
    return root.rstrip("/") if "://" in root else os.path.abspath(root)  # noqa: PTH100 (links stay)


def config_path() -> Path:
    """Return delivery's file: VITRINE_DELIVERY_CONFIG (default `data/delivery.toml`)."""
    return Path(os.environ.get("VITRINE_DELIVERY_CONFIG") or "data/delivery.toml").absolute()


def journal_path() -> Path:
    """Return what was sent: VITRINE_DELIVERY_JOURNAL (default `data/deliveries.sqlite`)."""
    return Path(os.environ.get("VITRINE_DELIVERY_JOURNAL") or "data/deliveries.sqlite").absolute()
