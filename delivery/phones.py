"""Phones in one form, so that a reply's number and a contact's are the same."""

import re

_PREFIX = "whatsapp:"
_E164 = re.compile(r"\+[1-9][0-9]{7,14}")
# WhatsApp knows some Brazilian mobiles by the number they had before the ninth digit.
_OLD_MOBILE = re.compile(r"(\+55[1-9][1-9])([6-9][0-9]{7})")


def e164(text: str | None) -> str | None:
    """Give a number as E.164 has it (+, country, number), None if it does not say its country."""
    number = re.sub(r"[\s().-]", "", (text or "").strip().removeprefix(_PREFIX))
    if not _E164.fullmatch(number):
        return None
    return _OLD_MOBILE.sub(r"\g<1>9\2", number) if _OLD_MOBILE.fullmatch(number) else number
