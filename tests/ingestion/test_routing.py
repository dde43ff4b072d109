"""Which contract a message is of."""

from pathlib import Path
from typing import Any

import pytest

from ingestion import contracts
from ingestion.errors import LandingError
from tests.ingestion.support import all_landed, land, raw_row, write

MAPPING = """
[[contract]]
name = "shop.order"
table = "shop_orders"
subscriptions = ["orders", "projects/shop/subscriptions/more-orders"]

[[contract]]
name = "shop.receipt"
table = "shop_receipts"
key = "cupom"

[[contract]]
name = "shop.campaign"
table = "shop_campaigns"
key = "campanha"
"""


@pytest.fixture
def mapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "contracts.toml"
    path.write_text(MAPPING)
    monkeypatch.setenv("VITRINE_CONTRACTS", str(path))
    return path


@pytest.mark.usefixtures("mapping")
@pytest.mark.parametrize(
    ("what", "row", "expected"),
    [
        ("the attribute", {"contract": "shop.order"}, ("shop_orders", "shop.order")),
        (
            "the attribute before the subscription and the key",
            {"contract": "shop.campaign", "subscription_name": "orders", "data": '{"cupom": 1}'},
            ("shop_campaigns", "shop.campaign"),
        ),
        (
            "an unknown contract, whatever else is said",
            {"contract": "shop.orders", "subscription_name": "orders", "data": '{"cupom": 1}'},
            ("dead_letters", "shop.orders"),
        ),
        (
            "an empty contract",
            {"contract": "", "subscription_name": "orders"},
            ("dead_letters", ""),
        ),
        (
            "a contract that is no text",
            {"contract": 5, "subscription_name": "orders"},
            ("dead_letters", None),
        ),
        (
            "a contract that is null",
            {"attributes": {"contract": None}, "data": '{"cupom": 1}'},
            ("dead_letters", None),
        ),
        (
            "the subscription's last part",
            {"subscription_name": "projects/any/subscriptions/orders"},
            ("shop_orders", "shop.order"),
        ),
        (
            "the subscription's only part",
            {"subscription_name": "orders"},
            ("shop_orders", "shop.order"),
        ),
        (
            "the subscription's full name",
            {"subscription_name": "projects/shop/subscriptions/more-orders"},
            ("shop_orders", "shop.order"),
        ),
        (
            "another project's subscription of that name",
            {"subscription_name": "projects/other/subscriptions/more-orders"},
            ("dead_letters", None),
        ),
        (
            "a subscription that is called as the table is",
            {"subscription_name": "projects/any/subscriptions/shop_orders"},
            ("shop_orders", "shop.order"),
        ),
        (
            "the subscription before the key",
            {"subscription_name": "orders", "data": '{"cupom": 1}'},
            ("shop_orders", "shop.order"),
        ),
        ("the key", {"data": '{"a": [1], "cupom": null}'}, ("shop_receipts", "shop.receipt")),
        ("the key, escaped", {"data": '{"cup\\u006fm": 1}'}, ("shop_receipts", "shop.receipt")),
        ("a key further in", {"data": '{"a": {"cupom": 1}}'}, ("dead_letters", None)),
        ("keys of two contracts", {"data": '{"cupom": 1, "campanha": 2}'}, ("dead_letters", None)),
        ("no key of any", {"data": "{}"}, ("dead_letters", None)),
        ("no object", {"data": '["cupom"]'}, ("dead_letters", None)),
        ("no JSON", {"data": '{"cupom": 1,}'}, ("dead_letters", None)),
        ("JSON nested too deeply", {"data": '{"cupom":' + "[" * 100_000}, ("dead_letters", None)),
        ("nothing", {"data": ""}, ("dead_letters", None)),
    ],
)
def test_a_message_goes_where_the_first_of_attribute_subscription_and_key_says(
    raw_root: Path, tmp_path: Path, what: str, row: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    line = raw_row(**({"contract": None} | row))
    # Beside others, since those decide nothing for it.
    others = [
        raw_row(contract="shop.order", message_id="2"),
        raw_row(contract=None, message_id="3"),
    ]
    land(raw_root, write(tmp_path / "a.ndjson", line, *others))
    found = {
        (name, one["contract"])
        for name, rows in all_landed(raw_root).items()
        for one in rows
        if one["message_id"] == "1"
    }
    assert found == {expected}, what


def test_dead_letters_keep_their_payload_as_bytes(raw_root: Path, tmp_path: Path) -> None:
    account = land(raw_root, write(tmp_path / "a.ndjson", raw_row('{"é": 1}', "no.such")))
    (row,) = all_landed(raw_root)["dead_letters"]
    assert row["data"] == '{"é": 1}'.encode()
    assert row["event_at"] == row["publish_time"]
    assert [(count.landed, count.dead_letters) for count in account.counts.values()] == [(0, 1)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("contract = ", "Invalid value"),
        ("", "missing required field `contract`"),
        ('[[contract]]\nname = "a"', "missing required field `table`"),
        ('[[contract]]\nname = "a"\ntable = "a"\nkeys = "b"', "unknown field `keys`"),
        ('[[contract]]\nname = "a/b"\ntable = "a"', "contract[0].name"),
        ('[[contract]]\nname = "a"\ntable = "a; drop"', "contract[0].table"),
        ('[[contract]]\nname = "a"\ntable = "a"\nevent_time = ["$.a\'"]', "contract[0].event_time"),
        ('[[contract]]\nname = "a"\ntable = "dead_letters"', "twice: ['dead_letters']"),
        (
            '[[contract]]\nname = "a"\ntable = "a"\n' * 2,
            "a name is one contract's alone; twice: ['a']",
        ),
        ('[[contract]]\nname = "a"\ntable = "t"\n[[contract]]\nname = "b"\ntable = "t"', "a table"),
        (
            '[[contract]]\nname = "a"\ntable = "a"\nkey = "k"\n'
            '[[contract]]\nname = "b"\ntable = "b"\nkey = "k"',
            "a key",
        ),
        ('[[contract]]\nname = "a"\ntable = "a"\nsubscriptions = ["s", "s"]', "a subscription"),
        ("\udcff", "not a file of contracts"),
    ],
)
def test_a_file_of_contracts_that_does_not_hold_together_says_why(
    mapping: Path, text: str, told: str
) -> None:
    mapping.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(LandingError) as caught:
        contracts.load()
    assert str(mapping) in caught.value.message
    assert told in caught.value.message


def test_a_missing_file_of_contracts_is_named(mapping: Path) -> None:
    mapping.unlink()
    with pytest.raises(LandingError, match="No such file or directory: check the path"):
        contracts.load()
