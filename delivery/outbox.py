"""Telling the raw layer what was sent, so that the warehouse can be built from raw alone."""

import msgspec

from delivery.errors import DeliveryError
from delivery.journal import SENT, Delivery, Journal, read_time
from ingestion.sinks import Outgoing, Sink, SinkError

CONTRACT = "delivery.status"
_AT_ONCE = 1_000


def land_outcomes(journal: Journal, sink: Sink) -> None:
    """Land the outcomes that are not landed yet. Raises DeliveryError.

    A message's id and content are those of its delivery: landed again after a crash, it is a copy.
    """
    unlanded = journal.unlanded()
    for start in range(0, len(unlanded), _AT_ONCE):
        some = unlanded[start : start + _AT_ONCE]
        try:
            sink.put([_message(delivery) for delivery in some])
        except SinkError as error:
            raise DeliveryError(
                f"cannot tell the raw layer what was sent: {error}. It is in the journal, and "
                "the next run tells it."
            ) from error
        journal.mark_landed(some)


def _message(delivery: Delivery) -> Outgoing:
    payload = {
        "timestamp": delivery.sent_at,
        "delivery_id": delivery.delivery_id,
        "message_sid": delivery.message_sid,
        "status": "sent" if delivery.state == SENT else "failed",
        "error_code": delivery.error_code,
        "run_date": delivery.run_date,
        "customer_id": delivery.customer_id,
        "store_id": delivery.store_id,
        "campaign_id": delivery.campaign_id,
        "sku_id": delivery.sku_id,
        "reason_code": delivery.reason_code,
        "channel": delivery.channel,
    }
    return Outgoing(
        msgspec.json.encode(payload),
        {"contract": CONTRACT, "source": "vitrine deliver"},
        message_id=delivery.delivery_id,
        publish_time=read_time(delivery.sent_at or delivery.attempted_at),
    )
