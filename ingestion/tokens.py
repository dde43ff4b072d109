"""Tokens of those who may come in by HTTP: only their hashes are kept."""

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Iterable
from typing import TypeVar

_Holder = TypeVar("_Holder")


def new_token() -> tuple[str, str]:
    """Make a token, and the hash (SHA-256, hexadecimal) that a file of settings has of it."""
    token = secrets.token_urlsafe(32)
    return token, hashlib.sha256(token.encode()).hexdigest()


def holder_of(token: str, holders: Iterable[tuple[bytes, _Holder]]) -> _Holder | None:
    """Find whose token it is; compares with every hash, so that time does not tell which was near.

    `surrogatepass`: what is no Unicode is nobody's token, and no failure.
    """
    digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
    found = None
    for known, holder in holders:
        if hmac.compare_digest(known, digest):
            found = holder
    return found


def is_loopback(host: str) -> bool:
    """Tell whether a name or address is this machine's own."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
