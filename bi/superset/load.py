"""Make Superset ready, with the dashboard over the published file: `make superset` runs it.

The administrator is `admin`; the password is SUPERSET_PASSWORD, or drawn and kept in the folder of
Superset's own (`password`, mode 0600). Run again, it replaces the dashboard and keeps all else.
"""

import os
import secrets
from pathlib import Path

import superset_config as here
from dashboard import SLUG, assets
from flask import g
from flask_migrate import upgrade
from superset.app import create_app


def main() -> None:
    """Migrate Superset's own database, make its administrator, and import the dashboard."""
    if not here.WAREHOUSE.exists():
        raise SystemExit(f"{here.WAREHOUSE} is not there. Run `vitrine build`.")
    app = create_app()
    with app.app_context():
        # These need the application.
        from superset import appbuilder, migrations, security_manager  # noqa: PLC0415
        from superset.commands.importers.v1.assets import ImportAssetsCommand  # noqa: PLC0415

        upgrade(directory=str(Path(migrations.__file__).parent))
        appbuilder.add_permissions(update_perms=True)
        security_manager.sync_role_definitions()
        admin = security_manager.find_user("admin") or security_manager.add_user(
            "admin", "Vitrine", "Admin", "admin@localhost", security_manager.find_role("Admin"),
            _password(),
        )  # fmt: skip
        g.user = admin
        ImportAssetsCommand(assets(here.WAREHOUSE)).run()
    print(f"The dashboard is at /superset/dashboard/{SLUG}/; log in as admin, with the password"
          f" in {here.FOLDER / 'password'}.")  # fmt: skip


def _password() -> str:
    path = here.FOLDER / "password"
    password = os.environ.get("SUPERSET_PASSWORD") or secrets.token_urlsafe(16)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"{password}\n")
    return password


if __name__ == "__main__":
    main()
