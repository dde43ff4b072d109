"""What a clerk types has the very form that the warehouse hashed."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.seller.identifiers import (
    Candidate,
    candidates,
    normal_document,
    normal_email,
    normal_phone,
)
from ingestion.settings import till_digest

_MACROS = Path(__file__).parents[2] / "macros"
_NEEDED = (
    "digits", "document_digest", "has_check_digit", "is_document", "matches", "normalised_document",
    "normalised_email", "normalised_phone", "rewritten",
)  # fmt: skip


@jinja2.pass_context
def dispatch(context: jinja2.runtime.Context, name: str) -> Any:
    return context.resolve(f"duckdb__{name}")


def rendered(expression: str) -> str:
    """What dbt makes of an expression of macros for DuckDB."""
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])  # noqa: S701 (it makes SQL)
    environment.globals |= {"return": lambda value: value, "env_var": os.environ.get}
    macros = "".join((_MACROS / f"{name}.sql").read_text() for name in _NEEDED)
    return environment.from_string(f"{macros}{{{{ {expression} }}}}").render(
        adapter=SimpleNamespace(dispatch=dispatch),
        dbt=SimpleNamespace(type_bigint=lambda: "bigint"),
    )


class Warehouse:
    """The macros' answers."""

    def __init__(self) -> None:
        self._database = duckdb.connect()
        digits = rendered("digits('text')")
        forms = ", ".join(
            rendered(one)
            for one in (
                "normalised_email('text')",
                "normalised_phone('text')",
                "normalised_document('digits')",
            )
        )
        source = f"(select text, {digits} as digits from (select unnest($texts) as text))"
        self._sql = f"select text, {forms} from {source}"

    def normal(self, texts: list[str]) -> dict[str, tuple[str | None, ...]]:
        """E-mail, phone and document of each text."""
        rows = self._database.execute(self._sql, {"texts": texts}).fetchall()
        return {row[0]: row[1:] for row in rows}


_WAREHOUSE = Warehouse()


def normal(text: str) -> tuple[str | None, ...]:
    return normal_email(text), normal_phone(text), normal_document(text)


_CASES = [
    "Ana+promo@Example.com", " ana@example.com ", "naotem@x.com", "n.tem@x.com",
    "não-informado@x", "x@", "@x", "xxx@y", "teste@loja.com", "a+b+c@d", "+a@b", "a@b@c",
    "sem email@x.com", "semtag@x.com", "noreply@x.com", "(79) 99999-0001", "7999990001",
    "79 9999-0001", "+55 (79) 99999-0001", "0055 79 3211 1234", "0 15 79 999990001",
    "+1 (415) 555-0100", "+351 912 345 678", "99999-0001", "(79) 12345-678", "7912345678",
    "79 88888888", "0000", "529.982.247-25", "52998224725", "52998224724", "11111111111",
    "11.222.333/0001-81", "11222333000181", "123456", "12345", "AB123456", "11111111111111111111",
    "12121212121212121212", "1212121212121212121212",
]  # fmt: skip


def test_the_page_and_the_macros_agree() -> None:
    assert {text: normal(text) for text in _CASES} == _WAREHOUSE.normal(_CASES)


_digits = st.text("0123456789", max_size=22)
_phones = st.builds(
    lambda prefix, area, number: f"{prefix}{area}{number}",
    st.sampled_from(["", "+55", "55", "0", "015", "0055", "+", "+1", "00", "+ 55 "]),
    st.from_regex(r"[1-9]?[0-9]", fullmatch=True),
    st.from_regex(r"[ ]?[0-9]{3,5}-?[0-9]{3,5}", fullmatch=True),
)
_emails = st.builds(
    lambda name, tag, at, host: f"{name}{tag}{at}{host}",
    st.sampled_from(["ana", "Ana.B", "nao", "nãotem", "sem.email", "teste", "xx", "n_tem", ""]),
    st.sampled_from(["", "+x", "+", "tem", " "]),
    st.sampled_from(["@", "@@", ""]),
    st.text("abAB.@+ ", max_size=6),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(_digits, _phones, _emails), min_size=50, max_size=100))
def test_the_page_and_the_macros_agree_on_whatever_is_typed(texts: list[str]) -> None:
    assert {text: normal(text) for text in texts} == _WAREHOUSE.normal(texts)


@settings(max_examples=200)
@given(st.text(max_size=300))
def test_any_text_is_something_or_nothing(text: str) -> None:
    for kind, value in candidates(text):
        assert kind in ("email", "document", "phone", "order")
        assert value


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("52998224725", ["document", "phone", "order"]),
        ("(79) 99999-0001", ["phone"]),
        ("1470001112223-01", ["order", "document"]),
        ("v123abc-01", ["order"]),
        ("SLR-123-01", ["order"]),
        ("a@b.com", ["email"]),
        ("a b@c", ["email"]),
        ("naotem@x.com", []),
        ("ana", []),
        ("", []),
        ("9" * 201, []),
    ],
)
def test_a_text_may_be_several_things(text: str, kinds: list[str]) -> None:
    assert [one.kind for one in candidates(text)] == kinds


@pytest.mark.parametrize("function", ["", "sha256", "sha1", "md5"])
def test_the_page_and_the_macro_know_a_document_as_tills_are_set_to_tell_it(
    function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VITRINE_TILL_DIGEST", function)
    sql = rendered("""document_digest("'52998224725'")""")
    assert duckdb.sql(f"select {sql}").fetchall() == [(till_digest("52998224725"),)]


def test_different_spellings_are_one_form() -> None:
    assert normal_phone("79 9999-0001") == normal_phone("+55 (079) 9 9999 0001") == "+5579999990001"
    assert normal_document("529.982.247-25") == "52998224725"
    assert normal_email("Ana+loja@Example.com") == "ana@example.com"


def test_an_orders_number_stays_as_it_is() -> None:
    assert candidates(" v123ABC-01 ") == [Candidate("order", "v123ABC-01")]
