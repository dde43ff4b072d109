"""What is written to people."""

import pytest

from delivery.texts import Texts

_REASONS = [
    "abandoned_cart",
    "searched_in_stock",
    "replenishment_due",
    "price_fell",
    "lapsing_customer",
    "birthday",
    "campaign_target",
]
_REFERENCE = "BCDFGHJK"


def _write(reason: str, **names: str | None) -> str:
    return Texts(None, 320).write(reason, _REFERENCE, names)


@pytest.mark.parametrize("reason", _REASONS)
def test_every_reason_has_a_text_of_bounded_length_that_says_how_to_opt_out(reason: str) -> None:
    assert Texts(None, 320).has(reason)
    for names in ({}, {"first_name": "A" * 500, "product": "B " * 500, "shop": "C" * 500}):
        text = _write(reason, **names)
        assert "Responda SAIR" in text
        assert _REFERENCE in text
        assert "None" not in text
        assert "  " not in text


@pytest.mark.parametrize(
    ("given", "greeting"),
    [
        ("ana maria", "Oi, Ana! "),
        ("JOSÉ", "Oi, José! "),
        ("D'Ávila", "Oi, D'Ávila! "),
        ("Visite evil.example", "Oi! "),
        ("{{ 7 * 7 }}", "Oi! "),
        ("  ", "Oi! "),
        (None, "Oi! "),
    ],
)
def test_a_greeting_has_a_first_name_or_none(given: str | None, greeting: str) -> None:
    assert _write("birthday", first_name=given).startswith(f"{greeting}Feliz aniversário!")


def test_a_name_stays_in_one_line() -> None:
    assert ": Café Extra. " in _write("birthday", product="Café\r\n\tExtra\x00")


@pytest.mark.parametrize("reason", ["unknown", "../texts", "", "Birthday"])
def test_another_reason_has_no_text(reason: str) -> None:
    assert not Texts(None, 320).has(reason)
