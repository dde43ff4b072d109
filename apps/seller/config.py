"""The page's file of settings: which shops may use it, and whom they may look up.

look_up = "who_accepts_messages"    # or "everybody": see docs/seller.md
time_zone = "America/Sao_Paulo"     # of the clocks on the page
timeline_hours = 12
image_origins = ["https://*.vteximg.com.br", "https://*.vtexassets.com"]

[[shop]]                            # `vitrine seller --new-token NAME --store ID` makes one
name = "centro-balcao"              # what the audit calls whoever has the token
store_id = "centro"                 # as marts.dim_stores has it
token_sha256 = ["…"]                # several while a token is being changed
expires_at = 2027-06-30T23:59:59-03:00
"""

import re
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec

from ingestion.errors import LandingError, explain

_Positive = Annotated[int, msgspec.Meta(ge=1)]
_Rate = Annotated[float, msgspec.Meta(gt=0)]
_Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
_Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]
_Origin = Annotated[str, msgspec.Meta(pattern=r"^https://(\*\.)?[A-Za-z0-9.-]+(:\d+)?$")]


class Shop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A token's holder, bound to one shop."""

    name: _Name
    store_id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    token_sha256: Annotated[tuple[_Sha256, ...], msgspec.Meta(min_length=1)]
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)]
    # Whose fixed prices hold there; else the base price does.
    trade_policy_id: str = "1"
    # Look-ups a second, and how many at once after a pause.
    rate: _Rate = 0.5
    burst: _Positive = 20


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    shop: tuple[Shop, ...] = ()
    look_up: Literal["who_accepts_messages", "everybody"] = "who_accepts_messages"
    time_zone: str = "America/Sao_Paulo"
    timeline_hours: Annotated[int, msgspec.Meta(ge=1, le=168)] = 12
    # Where pictures may come from; the browser is told to load none from elsewhere.
    image_origins: tuple[_Origin, ...] = ("https://*.vteximg.com.br", "https://*.vtexassets.com")

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the clocks on the page."""
        return ZoneInfo(self.time_zone)

    def shown_image(self, url: str) -> str | None:
        """Give a picture's address if it is where pictures may come from."""
        origins = (re.escape(one).replace(r"\*", r"[A-Za-z0-9.-]+") for one in self.image_origins)
        return url if any(re.match(rf"{origin}/", url) for origin in origins) else None


def load(path: Path) -> Config:
    """Read the file; raises LandingError, naming it, if it cannot be read or does not hold."""
    try:
        config = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Config)
    except FileNotFoundError:
        raise LandingError(
            f"{path}: no such file, so no shop may look anybody up. Make it with "
            f"`vitrine seller --new-token NAME --store ID >> {path}`."
        ) from None
    except OSError as error:
        raise LandingError(explain(error, path)) from error
    except (tomllib.TOMLDecodeError, UnicodeError, msgspec.ValidationError) as error:
        raise LandingError(f"{path}: not a file of settings of the page: {error}.") from error
    for reason in _faults(config):
        raise LandingError(f"{path}: {reason}.")
    return config


def _faults(config: Config) -> list[str]:
    """Say what does not hold together."""
    found = []
    if not config.shop:
        found.append("it names no [[shop]]; `vitrine seller --new-token` prints one")
    names = [shop.name for shop in config.shop]
    hashes = [one for shop in config.shop for one in shop.token_sha256]
    for what, values in {"name": names, "token": hashes}.items():
        if len(set(values)) < len(values):
            found.append(f"a {what} is one shop's alone; two entries share one")
    try:
        _ = config.zone
    except (KeyError, ValueError, OSError):
        found.append(f"{config.time_zone!r} is no time zone; America/Sao_Paulo is one")
    return found
