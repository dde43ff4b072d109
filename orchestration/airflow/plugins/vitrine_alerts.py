"""What Airflow's triggerer does when a night is late: it tells where `vitrine night` tells."""

import asyncio
import json
import logging
import os
from urllib.request import Request, urlopen

_log = logging.getLogger(__name__)
_SECONDS = 30.0


async def tell(text: str, **_: object) -> None:
    """Log a text, and POST it to VITRINE_NIGHT_WEBHOOK, if there is one.

    Raises OSError if it cannot be posted: Airflow shows the callback as failed.
    """
    _log.error("%s", text)
    if webhook := os.environ.get("VITRINE_NIGHT_WEBHOOK"):
        await asyncio.to_thread(_post, webhook, text)


def _post(webhook: str, text: str) -> None:
    if not webhook.startswith(("https://", "http://")):
        raise OSError("VITRINE_NIGHT_WEBHOOK is no address: it begins with https://.")
    body = json.dumps({"text": text}).encode()
    request = Request(webhook, body, {"Content-Type": "application/json"})  # noqa: S310 - checked
    with urlopen(request, timeout=_SECONDS):  # noqa: S310 - checked
        return
