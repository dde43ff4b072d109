"""The gateway's file of settings: who may post what, and the limits.

public_url = "https://hooks.shop.example"   # for Twilio's callbacks, behind a proxy
[limits]                      # all optional
body_bytes = 9437184
...
[[source]]                    # whoever may post; `vitrine serve --new-token NAME` makes one
name = "vtex"
token_sha256 = ["…"]          # several while a token is being changed
contracts = ["vtex.order_event"]
"""

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec

from ingestion.contracts import Contracts
from ingestion.errors import LandingError, explain

_Positive = Annotated[int, msgspec.Meta(ge=1)]
_Seconds = Annotated[float, msgspec.Meta(gt=0)]
_Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
_Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]
_Origin = Annotated[str, msgspec.Meta(pattern=r"^https?://[^/*\s]+$")]

ANY = "*"


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a request may take, and all of them together."""

    # Of a request; less than the 10 MB that Pub/Sub takes as a message, attributes included.
    body_bytes: _Positive = 9 << 20
    # Of a request from a page, whose token is public; a beacon has 64 KiB at most.
    page_body_bytes: _Positive = 256 << 10
    batch_messages: _Positive = 1_000
    # From a connection's first byte to the end of a request's head, and to the end of its body.
    head_seconds: _Seconds = 10
    body_seconds: _Seconds = 30
    connections: _Positive = 4_000
    # Of all requests that are not answered yet.
    waiting_bytes: _Positive = 128 << 20
    # VTEX waits for 5 seconds.
    answer_seconds: _Seconds = 4
    # At most one group of messages is begun within this time; none: what suits the sink.
    commit_seconds: Annotated[float, msgspec.Meta(ge=0)] | None = None


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who may post."""

    name: _Name
    token_sha256: tuple[_Sha256, ...] = ()
    # Names of contracts, or "*". One alone is also the contract of what is posted to /events.
    contracts: tuple[str, ...] = ()
    # May post what Pub/Sub pushes, which says of itself what it is, and read /metrics.
    push: bool = False
    metrics: bool = False
    # A page of a shop: its token is public, may stand in the query (?key=), and counts only
    # together with one of these origins.
    origins: tuple[_Origin, ...] = ()
    # Pub/Sub's signed tokens, in place of one of ours: whose they are, and what they are for.
    google_service_account: str | None = None
    google_audience: str | None = None
    # Messages a second, and how many at once; none: as many as come.
    rate: Annotated[float, msgspec.Meta(gt=0)] | None = None
    burst: _Positive | None = None

    def may_post(self, contract: str) -> bool:
        """Tell whether messages of this contract are taken from this source."""
        return ANY in self.contracts or contract in self.contracts

    @property
    def only_contract(self) -> str | None:
        """The contract of all that this source posts, where it may post but one."""
        return self.contracts[0] if len(self.contracts) == 1 and self.contracts != (ANY,) else None


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    source: tuple[Source, ...] = ()
    limits: Limits = Limits()
    # By which the world knows this gateway, where a proxy stands before it: Twilio signs its URLs.
    public_url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s?#]+$")] | None = None
    # Where the certificates are that Google signs pushes with.
    google_certificates: str = "https://www.googleapis.com/oauth2/v1/certs"

    @property
    def origins(self) -> list[str]:
        """The origins of all pages that may post."""
        return sorted({origin for source in self.source for origin in source.origins})


def load(path: Path, contracts: Contracts) -> Config:
    """Read the file; raises LandingError, naming it, if it cannot be read or does not hold."""
    try:
        config = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Config)
    except OSError as error:
        raise LandingError(explain(error, path)) from error
    except (tomllib.TOMLDecodeError, UnicodeError, msgspec.ValidationError) as error:
        raise LandingError(f"{path}: not a file of settings of the gateway: {error}.") from error
    for reason in _faults(config, contracts):
        raise LandingError(f"{path}: {reason}.")
    return config


def _faults(config: Config, contracts: Contracts) -> list[str]:
    """Say what does not hold together."""
    found = []
    if not config.source:
        found.append("it names no [[source]]; `vitrine serve --new-token NAME` prints one")
    names = [source.name for source in config.source]
    hashes = [one for source in config.source for one in source.token_sha256]
    for what, values in {"name": names, "token": hashes}.items():
        if len(set(values)) < len(values):
            found.append(f"a {what} is one source's alone; two sources share one")
    for source in config.source:
        known = {ANY, *contracts.by_name}
        if unknown := sorted(set(source.contracts) - known):
            found.append(f"source {source.name}: unknown contract {unknown[0]!r}")
        if not (source.contracts or source.push or source.metrics):
            found.append(f"source {source.name} may do nothing: give it contracts")
        if bool(source.google_service_account) != bool(source.google_audience):
            found.append(f"source {source.name}: a Google account and its audience go together")
        if not (source.token_sha256 or source.google_service_account):
            found.append(f"source {source.name} has no token: add its token_sha256")
        if source.google_service_account and not source.push:
            found.append(f"source {source.name}: a Google account is for push = true")
    return found
