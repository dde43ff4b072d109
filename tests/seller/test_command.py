"""`vitrine seller`, as a user meets it."""

import os
import subprocess
import tomllib
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from apps.seller.config import load
from ingestion.errors import LandingError
from tests import forks

_HASH = sha256(b"x").hexdigest()
_SHOP = f"""[[shop]]
name = "centro"
store_id = "centro"
token_sha256 = ["{_HASH}"]
expires_at = 2027-01-01T00:00:00Z
"""


def seller(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return forks.run(
        ["seller", *words],
        os.environ | {"VITRINE_SELLER_CONFIG": str(folder / "seller.toml")},
    )


def test_help_teaches_with_examples(tmp_path: Path) -> None:
    shown = seller(tmp_path, "--help").stdout
    told = ["VITRINE_SELLER_CONFIG", "VITRINE_SELLER_AUDIT", "--new-token", "127.0.0.1", "TLS"]
    assert [text for text in told if text not in shown] == []


def test_a_new_token_is_shown_once_and_only_its_hash_is_for_the_file(tmp_path: Path) -> None:
    words = ("--new-token", "centro-1", "--store", "Shopping Centro", "--days", "30")
    result = seller(tmp_path, *words)
    assert result.returncode == 0
    (tmp_path / "seller.toml").write_text(result.stdout)
    (shop,) = load(tmp_path / "seller.toml").shop
    token = result.stderr.split()[-1]
    assert shop.token_sha256 == (sha256(token.encode()).hexdigest(),)
    assert token not in result.stdout
    assert (shop.name, shop.store_id) == ("centro-1", "Shopping Centro")
    left = shop.expires_at - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)


def test_a_new_token_is_for_a_shop(tmp_path: Path) -> None:
    result = seller(tmp_path, "--new-token", "centro-1")
    assert result.returncode == 2
    assert "--store ID" in result.stderr


def test_without_a_file_of_settings_nothing_is_served(tmp_path: Path) -> None:
    result = seller(tmp_path)
    assert result.returncode == 1
    assert "vitrine seller --new-token NAME --store ID" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "names no"),
        ("shop = 1", "not a file of settings"),
        (_SHOP + _SHOP, "two entries share one"),
        (_SHOP.replace("00:00:00Z", "00:00:00"), "not a file of settings"),
        (_SHOP.replace(f'"{_HASH}"', ""), "not a file of settings"),
        (_SHOP.replace("store_id", "shop_id"), "not a file of settings"),
        ('time_zone = "Mars/Olympus"\n' + _SHOP, "no time zone"),
        ('look_up = "anybody"\n' + _SHOP, "not a file of settings"),
        ('image_origins = ["http://a.example"]\n' + _SHOP, "not a file of settings"),
        ('image_origins = ["https://a.example; script-src *"]\n' + _SHOP, "not a file of settings"),
    ],
)
def test_a_file_that_does_not_hold_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "seller.toml"
    path.write_text(text)
    with pytest.raises(LandingError, match=reason) as raised:
        load(path)
    assert str(path) in raised.value.message


def test_by_default_only_those_who_accept_messages_are_looked_up(tmp_path: Path) -> None:
    (tmp_path / "seller.toml").write_text(_SHOP)
    assert load(tmp_path / "seller.toml").look_up == "who_accepts_messages"
    assert tomllib.loads(_SHOP)["shop"][0]["expires_at"].tzinfo
