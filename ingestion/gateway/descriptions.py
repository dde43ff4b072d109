"""What the OpenAPI description says of bodies and answers, beyond what FastAPI finds by itself."""

from typing import Any

from ingestion.contracts import Contracts
from ingestion.gateway import callbacks
from ingestion.gateway.bodies import JSON_TYPES, LINES_TYPES
from ingestion.gateway.config import Limits

DESCRIPTION = """
The door for VTEX hooks, storefront pixels, tills, Pub/Sub push and Twilio's callbacks. A 2xx means
that what was sent is kept and survives a crash; anything else, that it is not certain. What is sent
again is kept again as another copy of the same message where it has the same `Idempotency-Key` (or
`eventId`).
"""

SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "The source's token."},
    "header": {"type": "apiKey", "in": "header", "name": "X-Vitrine-Token"},
    "twilio": {
        "type": "apiKey",
        "in": "header",
        "name": callbacks.SIGNATURE,
        "description": "Twilio's signature of the URL and the form, by the account's token.",
    },
    "key": {
        "type": "apiKey",
        "in": "query",
        "name": "key",
        "description": "For pages, whose beacons have no headers; only with their Origin.",
    },
}
HEADERS_ONLY: list[dict[str, list[str]]] = [{"bearer": []}, {"header": []}]
ANY_WAY = [*HEADERS_ONLY, {"key": []}]

_PROBLEM = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "Why, and what to do."},
    },
    "required": ["title", "status", "detail"],
}
_RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
}
_REFUSALS = {
    400: "The body is not what is expected here; send it differently.",
    401: "No token, or one of no source.",
    403: "The source may not post this, or not from this origin.",
    404: "There is no such contract.",
    408: "The body did not arrive in time.",
    413: "The body is too long, or has too many messages.",
    415: "The body is neither JSON nor NDJSON, or it is compressed.",
    429: "The source posts more than it may in this time.",
    503: "What was sent cannot be kept now, or it is not certain that it is; send it again.",
}

ACCEPTED = {
    "description": "Everything that was sent is kept.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {"accepted": {"type": "integer", "minimum": 1}},
                "required": ["accepted"],
            }
        }
    },
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same when the same request is sent again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}

DELIVERY = {
    "name": callbacks.DELIVERY,
    "in": "query",
    "description": "The delivery that the message is of.",
    "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}
_FORMS = {
    callbacks.STATUS: ("MessageSid", "MessageStatus", "ErrorCode"),
    callbacks.REPLY: ("MessageSid", "From", "To", "Body", "OptOutType"),
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the answers that refuse a request."""
    return {
        status: {
            "description": _REFUSALS[status],
            "content": {"application/problem+json": {"schema": _PROBLEM}},
            **({"headers": _RETRY_AFTER} if status in (429, 503) else {}),
        }
        for status in statuses
    }


def messages(limits: Limits) -> dict[str, Any]:
    """Describe a body of one message or several."""
    one = {"type": "object", "additionalProperties": True}
    several = {"type": "array", "items": one, "minItems": 1, "maxItems": limits.batch_messages}
    lines = {"type": "string", "description": "An object a line."}
    return {
        "required": True,
        "description": "One message, an array of messages, or a message a line.",
        "content": {
            **{name: {"schema": {"oneOf": [one, several]}} for name in JSON_TYPES},
            **{name: {"schema": lines} for name in LINES_TYPES},
        },
    }


def contract(known: Contracts) -> dict[str, Any]:
    """Describe the contract in a path."""
    return {
        "name": "contract",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "enum": sorted(known.by_name)},
    }


def form(contract: str) -> dict[str, Any]:
    """Describe what Twilio calls back with."""
    required = callbacks.REQUIRED[contract]
    schema = {
        "type": "object",
        "properties": {
            name: {"type": "string", **({"minLength": 1} if name in required else {})}
            for name in _FORMS[contract]
        },
        "required": list(required),
    }
    return {"required": True, "content": {callbacks.FORM: {"schema": schema}}}


def envelope() -> dict[str, Any]:
    """Describe what Pub/Sub pushes."""
    text = {"type": "string"}
    message = {
        "type": "object",
        "properties": {
            "data": {"type": "string", "format": "byte", "description": "Base64."},
            "attributes": {"type": "object", "additionalProperties": {**text, "maxLength": 256}},
            "messageId": {**text, "minLength": 1, "maxLength": 256},
            "publishTime": {**text, "format": "date-time"},
            "orderingKey": {**text, "maxLength": 256},
        },
        "required": ["messageId", "publishTime"],
    }
    schema = {
        "type": "object",
        "properties": {"message": message, "subscription": text},
        "required": ["message"],
    }
    return {
        "required": True,
        "description": "The envelope of a Pub/Sub push, around one message.",
        "content": {"application/json": {"schema": schema}},
    }
