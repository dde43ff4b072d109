"""Superset's settings here: its own database and secret lie in a folder of their own.

VITRINE_SUPERSET   that folder  (default data/superset)
VITRINE_WAREHOUSE  the published file, which it opens read-only  (default data/vitrine.duckdb)
"""

import os
import secrets
from pathlib import Path

FOLDER = Path(os.environ.get("VITRINE_SUPERSET", "data/superset")).absolute()
WAREHOUSE = Path(os.environ.get("VITRINE_WAREHOUSE", "data/vitrine.duckdb")).absolute()

FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)
_secret = FOLDER / "secret"
if not _secret.exists():
    with os.fdopen(os.open(_secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(42))

SECRET_KEY = _secret.read_text()
SQLALCHEMY_DATABASE_URI = f"sqlite:///{FOLDER / 'superset.db'}"
APP_NAME = "Vitrine"
# What a build replaces once a day need not be asked for each look.
DATA_CACHE_CONFIG = {"CACHE_TYPE": "SimpleCache", "CACHE_DEFAULT_TIMEOUT": 60}
# Served to this machine over plain HTTP; behind a proxy with TLS, set both true.
TALISMAN_ENABLED = False
SESSION_COOKIE_SECURE = False
