"""Twilio's callbacks: signed, or turned away; and what is kept of them."""

import json
from pathlib import Path
from urllib.parse import urlencode

import duckdb
import pytest

from tests.gateway.support import Answer, Gateway, signature, source

_STATUS = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+5511987654321"}
_REPLY = {"MessageSid": "SM2", "From": "whatsapp:+5511987654321", "Body": "SAIR é isso + ?"}


def _post(
    gateway: Gateway,
    path: str,
    form: dict[str, str] | bytes,
    signed: str | None = "",
    **headers: str,
) -> Answer:
    """Call back as Twilio does: signed for the URL that is asked, another one, or not at all."""
    body = form if isinstance(form, bytes) else urlencode(form).encode()
    if signed is not None:
        url = signed or f"http://127.0.0.1:{gateway.port}{path}"
        headers = {"X-Twilio-Signature": signature(url, body)} | headers
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return gateway.request("POST", path, body, kind | headers)


def _landed(gateway: Gateway, table: str) -> list[dict[str, object]]:
    files = [str(path) for path in gateway.raw_root.glob(f"landed/{table}/**/*.parquet")]
    rows = duckdb.execute(
        "select data, attributes from read_parquet(?) order by landed_at", [files]
    ).fetchall()
    return [json.loads(data) | {"attributes": json.loads(attributes)} for data, attributes in rows]


def test_a_status_is_kept_with_its_delivery_and_without_the_phone(gateway: Gateway) -> None:
    answer = _post(gateway, f"/twilio/status?delivery={'a' * 32}", _STATUS)
    assert (answer.status, answer.body) == (204, b"")
    *_, kept = _landed(gateway, "delivery_statuses")
    assert kept.pop("timestamp")
    assert kept == {
        "message_sid": "SM1",
        "status": "delivered",
        "error_code": None,
        "delivery_id": "a" * 32,
        "attributes": {"contract": "delivery.status", "source": "twilio"},
    }


def test_a_reply_is_kept_as_it_was_written(gateway: Gateway) -> None:
    assert _post(gateway, "/twilio/reply", _REPLY).status == 204
    *_, kept = _landed(gateway, "delivery_replies")
    assert (kept["from"], kept["body"]) == (_REPLY["From"], _REPLY["Body"])
    assert (kept["to"], kept["opt_out_type"]) == (None, None)


@pytest.mark.parametrize("path", ["/twilio/status", "/twilio/reply"])
def test_what_twilio_did_not_sign_for_this_url_and_form_is_turned_away(
    gateway: Gateway, path: str
) -> None:
    form = _STATUS | _REPLY
    other = f"http://127.0.0.1:{gateway.port}{path}?delivery=x"
    assert _post(gateway, path, form, signed=None).status == 403
    assert _post(gateway, path, form, signed=other).status == 403
    assert _post(gateway, path, form, **{"X-Twilio-Signature": "AAAA"}).status == 403
    assert _post(gateway, path, form, **{"X-Twilio-Signature": "é"}).status == 403
    url = f"http://127.0.0.1:{gateway.port}{path}"
    spoofed = signature(url, urlencode(form))
    changed = form | {"Body": "voltar", "MessageStatus": "failed"}
    assert _post(gateway, path, changed, **{"X-Twilio-Signature": spoofed}).status == 403


def test_what_is_no_callback_is_told_so(gateway: Gateway) -> None:
    path = "/twilio/status"
    assert "lacks MessageStatus" in _post(gateway, path, {"MessageSid": "1"}).json["detail"]
    assert _post(gateway, path, b"MessageSid=%ff").status == 400
    assert _post(gateway, path, b"\xff").status == 400
    assert _post(gateway, path, _STATUS, **{"Content-Type": "application/json"}).status == 415
    assert _post(gateway, path, b"Body=" + b"a" * 300_000).status == 413


def test_behind_a_proxy_the_public_url_is_the_signed_one(tmp_path: Path) -> None:
    public = 'public_url = "https://hooks.shop.example/in/"'
    with Gateway(tmp_path / "one", public, source("till", contracts=["*"])) as gateway:
        url = "https://hooks.shop.example/in/twilio/status?delivery=1"
        assert _post(gateway, "/twilio/status?delivery=1", _STATUS, signed=url).status == 204
        assert _post(gateway, "/twilio/status?delivery=1", _STATUS).status == 403


def test_without_the_accounts_token_nothing_is_believed(tmp_path: Path) -> None:
    with Gateway(
        tmp_path / "one",
        source("till", contracts=["*"]),
        environment={"TWILIO_AUTH_TOKEN": ""},
    ) as gateway:
        answer = _post(gateway, "/twilio/reply", _REPLY)
        assert (answer.status, "TWILIO_AUTH_TOKEN is not set" in answer.json["detail"]) == (
            403,
            True,
        )
