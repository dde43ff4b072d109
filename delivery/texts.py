"""What is written to people: a template a reason, in Portuguese, of bounded length."""

import re
from collections.abc import Mapping
from pathlib import Path

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
)

from delivery.errors import DeliveryError

_PACKAGED = Path(__file__).with_name("templates")
# What a name takes of the text at most.
_LONGEST = {"first_name": 20, "product": 60, "shop": 40}
# People write anything into a form; a greeting has a name, or none.
_NAME = re.compile(r"[^\W\d_]+(?:[ '-][^\W\d_]+)*")


class Texts:
    """Makes texts of templates, `<reason_code>.txt`."""

    def __init__(self, templates: str | None, most_characters: int) -> None:
        """Take templates of a folder, if one is named, before those that are delivered."""
        folders = [Path(templates), _PACKAGED] if templates else [_PACKAGED]
        self._environment = Environment(  # noqa: S701 (text, not HTML)
            loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
            undefined=StrictUndefined,
        )
        self._most_characters = most_characters

    def has(self, reason_code: str) -> bool:
        """Tell whether there is a template for a reason. Raises DeliveryError if it is broken."""
        if not re.fullmatch(r"[a-z0-9_]+", reason_code):
            return False
        try:
            self._environment.get_template(f"{reason_code}.txt")
        except TemplateNotFound:
            return False
        except TemplateError as error:
            raise DeliveryError(f"the template {reason_code}.txt is broken: {error}.") from error
        return True

    def write(self, reason_code: str, reference: str, names: Mapping[str, str | None]) -> str:
        """Write to somebody; `names` are first_name, product and shop.

        Raises DeliveryError if the template is broken, or makes more than a message may have.
        """
        known = {name: _fitting(name, names.get(name)) for name in _LONGEST}
        try:
            text = self._environment.get_template(f"{reason_code}.txt").render(
                known, reference=reference
            )
        except TemplateError as error:
            raise DeliveryError(f"the template {reason_code}.txt is broken: {error}.") from error
        text = " ".join(text.split())
        if len(text) > self._most_characters or reference not in text:
            raise DeliveryError(
                f"the template {reason_code}.txt makes {len(text)} characters of at most "
                f"{self._most_characters}, or leaves out the reference; mend it."
            )
        return text


def _fitting(name: str, value: str | None) -> str | None:
    """Give a name in one line, as short as it has to be; None if nothing is left of it."""
    text = " ".join("".join(one if one.isprintable() else " " for one in value or "").split())
    if name == "first_name":
        found = _NAME.fullmatch(text)
        text = text.title().split(" ")[0] if found else ""
    longest = _LONGEST[name]
    return (text if len(text) <= longest else f"{text[: longest - 3].rstrip()}...") or None
