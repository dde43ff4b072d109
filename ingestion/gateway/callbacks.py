"""What Twilio calls back with: what became of a message, and what its recipient answered.

Twilio has no token of ours. It signs each request (its URL and form) with the account's own token.
"""

import os
from http import HTTPStatus
from urllib.parse import parse_qsl

import msgspec
from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from twilio.request_validator import RequestValidator

from ingestion.gateway.problems import Refusal
from ingestion.gateway.stamps import Arrival, message_of
from ingestion.sinks import Outgoing

FORM = "application/x-www-form-urlencoded"
SIGNATURE = "X-Twilio-Signature"
STATUS, REPLY = "delivery.status", "delivery.reply"
REQUIRED = {STATUS: ("MessageSid", "MessageStatus"), REPLY: ("MessageSid", "From")}
# What a callback's URL says of the delivery that it is about.
DELIVERY = "delivery"

Form = ImmutableMultiDict[str, str]


class Callbacks:
    """Knows Twilio's requests, and makes messages of them."""

    def __init__(self, public_url: str | None) -> None:
        """Take the URL by which the world knows this gateway; none: requests say it themselves.

        The account's token is TWILIO_AUTH_TOKEN; without it no request is known.
        """
        self._public_url = public_url.rstrip("/") if public_url else None
        token = os.environ.get("TWILIO_AUTH_TOKEN")
        self._validator = RequestValidator(token) if token else None

    def check_kind(self, request: Request) -> None:
        """Raise Refusal (403, 415) if it cannot be a callback, whatever is in it."""
        if self._validator is None:
            raise _forbidden("No callbacks are taken here: TWILIO_AUTH_TOKEN is not set.")
        if SIGNATURE not in request.headers:
            raise _forbidden(f"Send Twilio's signature: {SIGNATURE}.")
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != FORM or "content-encoding" in request.headers:
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send {FORM}, as it is.", Accept=FORM)

    def open_form(self, request: Request, body: bytes) -> Form:
        """Read a form that Twilio has signed; raises Refusal (400, 403)."""
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
        except ValueError as error:
            raise Refusal(HTTPStatus.BAD_REQUEST, "The body is no form in UTF-8.") from error
        form = Form(pairs)
        if not self._is_signed(request, form):
            raise _forbidden(
                "Not signed by Twilio for this URL: compare TWILIO_AUTH_TOKEN and public_url."
            )
        return form

    def message(self, request: Request, form: Form, contract: str, arrival: Arrival) -> Outgoing:
        """Make a message of a form; raises Refusal (400) if it lacks what it is about."""
        if lacking := [name for name in REQUIRED[contract] if not form.get(name)]:
            raise Refusal(HTTPStatus.BAD_REQUEST, f"The form lacks {lacking[0]}.")
        time = arrival.received_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        document: dict[str, str | None] = {"timestamp": time, "message_sid": form["MessageSid"]}
        if contract == STATUS:
            # No phone: nobody has to be known by what became of a message.
            document |= {
                "status": form["MessageStatus"],
                "error_code": form.get("ErrorCode") or None,
                "delivery_id": request.query_params.get(DELIVERY) or None,
            }
        else:
            document |= {
                "from": form["From"],
                "to": form.get("To"),
                "body": form.get("Body", ""),
                "opt_out_type": form.get("OptOutType") or None,
            }
        return message_of(msgspec.json.encode(document), contract, arrival, 0)

    def _is_signed(self, request: Request, form: Form) -> bool:
        url = request.url
        try:
            where = f"{self._public_url}{url.path}" if self._public_url else str(url)
            if self._public_url and url.query:
                where += f"?{url.query}"
            signature = request.headers[SIGNATURE]
            return bool(self._validator and self._validator.validate(where, form, signature))
        except ValueError:  # A host that is none, or half an emoji.
            return False


def _forbidden(reason: str) -> Refusal:
    return Refusal(HTTPStatus.FORBIDDEN, reason)
