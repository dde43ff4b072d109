"""What a test of `vitrine deliver` has: people, their replies, a Twilio, and what was landed."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import msgspec
from click.testing import CliRunner, Result

from delivery.deliver_command import deliver
from ingestion.sinks import Outgoing, open_sink
from tests.delivery.published import DAY, Published, export_well
from tests.delivery.twilio_server import Twilio


@dataclass
class Sending:
    folder: Path
    published: Published
    twilio: Twilio

    def configure(self, **settings: object) -> None:
        """Write the file of settings: fast, and at any hour, unless told otherwise."""
        known: dict[str, object] = {
            "sms_from": "+551140000000",
            "whatsapp_from": "+551140000001",
            "status_callback": "https://shop.example/twilio/status",
            "hours": ["00:00", "24:00"],
            "messages_per_second": 1000.0,
            "settle_seconds": 0.2,
            "twilio_url": self.twilio.url,
        }
        lines = [f"{name} = {json.dumps(value)}" for name, value in (known | settings).items()]
        (self.folder / "delivery.toml").write_text("\n".join(lines))

    def suggest_people(self, count: int) -> None:
        """Publish and export so many people who want to be written to."""
        names = [f"person-{number}" for number in range(count)]
        self.published.contacts = [(name, "Ana", phone(name), True) for name in names]
        self.published.suggest(*((name, "abandoned_cart") for name in names))
        self.publish()

    def publish(self) -> None:
        self.published.publish()
        export_well()

    def reply(self, sender: str, body: str, **others: object) -> None:
        """Land a reply, as the gateway does."""
        payload = {"timestamp": datetime.now(UTC).isoformat(), "from": sender, "body": body}
        sink = open_sink("raw")
        sink.put([Outgoing(json.dumps(payload | others).encode(), {"contract": "delivery.reply"})])
        sink.close()

    def deliver(self, *options: str) -> Result:
        return CliRunner().invoke(deliver, ["--date", str(DAY), *options])

    def send_well(self, *options: str, exit_code: int = 0) -> dict[str, Any]:
        result = self.deliver("--send", "--json", *options)
        assert result.exit_code == exit_code, result.output
        told: dict[str, Any] = msgspec.json.decode(result.stdout)
        return told

    @staticmethod
    def local_now() -> datetime:
        return datetime.now(ZoneInfo("America/Sao_Paulo"))

    def die(self, spoil: Callable[[], None]) -> int:
        """Send in a process of its own that something was done to; gives its exit code."""
        pid = os.fork()
        if pid == 0:
            spoil()
            os._exit(self.deliver("--send").exit_code)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def landed(self) -> list[dict[str, Any]]:
        """What raw was told, a message once."""
        files = [
            str(path) for path in self.folder.glob("raw/landed/delivery_statuses/**/*.parquet")
        ]
        rows = duckdb.execute(
            "select distinct message_id, data from read_parquet(?) order by all", [files]
        ).fetchall()
        assert len({message_id for message_id, _ in rows}) == len(rows)
        return [json.loads(data) for _, data in rows]


def phone(customer_id: str) -> str:
    """A customer's own number."""
    number = int.from_bytes(customer_id.encode()[-4:], "big") % 100_000_000
    return f"+55119{number:08}"
