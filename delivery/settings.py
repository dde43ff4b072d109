"""Where OUT, the journal and the file of settings are: environment variables with defaults."""

import os


def out_root() -> str:
    """Return OUT's root: VITRINE_OUT (default `data/out`), or its URL as it is."""
    root = os.environ.get("VITRINE_OUT") or "data/out"
    return root.rstrip("/") if "://" in root else os.path.abspath(root)  # noqa: PTH100 (links stay)
