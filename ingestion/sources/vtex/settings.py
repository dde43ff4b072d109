"""Which shop to read, as whom, and how fast: environment variables VITRINE_VTEX_*."""

import math
import os
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import click

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_HOW_TO = "give the shop's account name, and the key and token of an application key of it"
_WORD = re.compile(r"[!-~]+")


class Settings(NamedTuple):
    """How to reach a shop; neither URL ends in a slash."""

    account: str
    url: str
    # where /prices/<sku id> is
    pricing_url: str
    app_key: str
    app_token: str
    # requests a second, of all kinds together
    rate: float
    # how often a request is tried before it counts as failed
    tries: int
    # seconds: before the first retry (it doubles with each), and for an answer to begin or go on
    backoff: float
    timeout: float

    def __repr__(self) -> str:
        """Name the shop; the key and the token are nobody's business."""
        return f"Settings({self.url})"


def load() -> Settings:
    """Read the settings; raises click.ClickException, naming the one that is missing or wrong."""
    names = ["ACCOUNT", "APP_KEY", "APP_TOKEN"]
    account, key, token = given = [_text(name) for name in names]
    for name, value in zip(names, given, strict=True):
        if not value:
            raise click.ClickException(f"VITRINE_VTEX_{name} is not set: {_HOW_TO}.")
        if not _WORD.fullmatch(value):
            raise click.ClickException(f"VITRINE_VTEX_{name} has odd characters: copy it anew.")
    environment = _text("ENVIRONMENT") or "vtexcommercestable"
    return Settings(
        account=account,
        url=_url("URL", f"https://{account}.{environment}.com.br"),
        pricing_url=_url("PRICING_URL", f"https://api.vtex.com/{account}/pricing"),
        app_key=key,
        app_token=token,
        rate=_number("RATE", 40, least=0.01),
        tries=int(_number("TRIES", 6, least=1)),
        backoff=_number("BACKOFF", 0.5, least=0),
        timeout=_number("TIMEOUT", 30, least=0.01),
    )


def state_folder() -> Path:
    """Return the folder of what a pull remembers: VITRINE_STATE (default `data/state`)."""
    return Path(os.environ.get("VITRINE_STATE") or "data/state").absolute()


def _text(name: str) -> str:
    return os.environ.get(f"VITRINE_VTEX_{name}", "").strip()


def _number(name: str, default: float, least: float) -> float:
    text = _text(name)
    try:
        value = float(text) if text else default
    except ValueError:
        value = math.nan
    if not least <= value < math.inf:
        raise click.ClickException(f"VITRINE_VTEX_{name}: {text!r} is no number from {least:g} up.")
    return value


def _url(name: str, default: str) -> str:
    url = (_text(name) or default).rstrip("/")
    parts = urlsplit(url)
    # The token travels with every request.
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return url
    raise click.ClickException(f"VITRINE_VTEX_{name}: {url!r} is no https:// address.")
