"""A person of a simulated shop is forgotten: gone from every file, and all else is as it was."""

import gzip
import json
import re
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion import contracts
from ingestion.compaction import Compaction
from ingestion.forgetting.identifiers import Identifier
from ingestion.forgetting.searching import Search
from ingestion.storage import open_storage
from tests import forks
from tests.compaction.views import view_sql
from tests.forget.people import till_messages
from tests.project.conftest import House
from warehouse.versions import Warehouse

# Of an order or a line; what hangs on whose it is may change, and what it is may not.
_FACTS = (
    "fct_orders", "fct_order_items", "fct_order_payments", "fct_order_status_changes",
    "fct_receipts", "fct_receipt_items", "fct_campaign_coupons",
)  # fmt: skip

# In every client document of the shop (its account): whatever has it is not the person's.
_SHARED = Identifier("profile_id", "5b0f3c9e-71d2-4f0a-9a57-2f1f6f0c8d11")

# Nothing else has what is so long by chance.
_LONG = 9
# What a till calls the person: too short to be searched for in texts.
_TILL = "749"


class Shop:
    """A shop before and after somebody was forgotten; each step is taken once, in this order."""

    def __init__(self, folder: Path) -> None:
        self.house = House(folder)
        self.messages = folder / "messages.ndjson.gz"
        # Few goods for a short while: what is looked through again and again is mostly people's.
        size = ("--orders", 60, "--products", 24, "--days", 90)
        self.house.run("simulate", *size, "--out", self.messages)
        self._add_tills()
        self.house.run("land", self.messages)
        # Half of what is forgotten lies in compacted files.
        self.compact("vtex.order", "vtex.address", "pos.receipt")
        self.house.run("build", "--quiet")
        self.customer_id, self.identifiers = self._choose()
        self.keep_identifiers([*self.identifiers, _SHARED, Identifier("client_id", _TILL)])
        self._keep_a_snapshot()
        self.before = self.facts()
        self.others_before = self.others()
        self.receipts_before = self.receipts()
        self.ids_before = _message_ids(folder / "raw")

    def _add_tills(self) -> None:
        """Let everybody who has an account on the site buy at tills, too."""
        documents = {
            str(document["document"])
            for _, contract, document in _documents(self.messages)
            if contract == "vtex.client" and document.get("document")
        }
        cpfs = sorted(one for one in documents if re.fullmatch("[0-9]{11}", one))
        assert cpfs
        with gzip.open(self.messages, "at") as lines:
            lines.writelines(f"{json.dumps(one)}\n" for one in till_messages(cpfs))

    def facts(self) -> dict[str, list[tuple[object, ...]]]:
        """All facts, without the customer."""
        columns = "columns(name -> name not in ('customer_id', 'customer_key'))"
        with self.house.open() as connection:
            return {
                name: connection.execute(
                    f"select {columns} from marts.{name} order by all"
                ).fetchall()
                for name in _FACTS
            }

    def others(self) -> dict[str, list[tuple[object, ...]]]:
        """All that is of other customers.

        An order that only a document or an e-mail made the person's is now nobody's, `order-…`; so
        there may be one customer more, and fifths of customers shift.
        """
        own = ", ".join(f"'{one.value}'" for one in self.identifiers)
        return {
            name: self.house.query(
                f"select {columns} from {name} where customer_id not in ({own})"
                " and not regexp_matches(customer_id, '^(till-)?(forgotten|order)-') order by all"
            )
            for name, columns in {
                "marts.fct_orders": "*",
                "marts.dim_customers": "*",
                "aggregates.agg_customers": "customer_id, order_count, net_amount, last_sale_date",
            }.items()
        }

    def receipts(self) -> tuple[object, ...]:
        """How many of the tills' receipts are the customer's, and how many are nobody's."""
        [counts] = self.house.query(
            f"select count_if(customer_id = '{self.customer_id}'), count_if(customer_id is null)"
            " from marts.fct_receipts where receipt_id[1] = 'R'"
        )
        return counts

    def published(self) -> Warehouse:
        return Warehouse(self.house.warehouse)

    def fails(self, *words: object) -> str:
        done = forks.run(words, self.house.environment)
        assert done.returncode == 1
        return done.stderr

    def found_in(self) -> list[str]:
        """The files of raw and of the warehouse that have the customer, by two ways of looking."""
        search = Search(self.identifiers)
        files = [path for path in self.house.folder.rglob("*") if path != self.messages]
        found = [str(path) for path in files if path.is_file() and search.search(path).is_found]
        with duckdb.connect() as connection:
            for table in contracts.load().tables:
                sql = view_sql(connection, self.house.folder / "raw", table)
                rows = connection.execute(f"select data::varchar, attributes from ({sql})")
                text = "\n".join(f"{data} {attributes}" for data, attributes in rows.fetchall())
                long = [one.value for one in self.identifiers if len(one.value) >= _LONG]
                found += [table for value in long if value in text]
        return found

    def compact(self, *names: str) -> None:
        known = contracts.load().by_name
        storage = open_storage(self.house.folder / "raw")
        for name in names:
            # Hours that are not over yet, too.
            compaction = Compaction(storage, timedelta(hours=-2), timedelta(hours=1))
            assert compaction.compact(known[name], lambda _: None).error is None

    def _choose(self) -> tuple[str, list[Identifier]]:
        """The customer with the most orders among those with a client and an address document."""
        [(customer_id,)] = self.house.query(
            "select o.customer_id from marts.fct_orders o"
            " join pii.cleansed.cleansed_clients c on o.customer_id = c.profile_id"
            " join pii.cleansed.cleansed_addresses a on a.profile_id in (c.profile_id, c.client_id)"
            " group by 1 having count(distinct order_id) > 2 order by count(*) desc, 1 limit 1"
        )
        found = self.house.query(
            "select identifier_type, identifier_value from pii.pii.customer_identifiers"
            f" where customer_id = '{customer_id}' and not is_shared"
        )
        return str(customer_id), sorted(Identifier(str(kind), str(value)) for kind, value in found)

    def restricted(self) -> duckdb.DuckDBPyConnection:
        path = self.published().pii_version(self.published().published() or "")
        return duckdb.connect(str(path))

    def keep_identifiers(self, identifiers: list[Identifier]) -> None:
        """Put into the published restricted file what a build puts there."""
        with self.restricted() as connection:
            connection.execute(
                "create or replace table pii.customer_identifiers"
                " (customer_id varchar, identifier_type varchar, identifier_value varchar,"
                " is_shared boolean)"
            )
            for one in identifiers:
                connection.execute(
                    "insert into pii.customer_identifiers values (?, ?, ?, ?)",
                    [self.customer_id, *one, one == _SHARED],
                )

    def _keep_a_snapshot(self) -> None:
        """Keep a table that no model makes."""
        with self.restricted() as connection:
            connection.execute(
                "create table snapshots.kept_segments as"
                " select unnest(?) as customer_id, 'loyal' as segment, date '2024-05-01' as day",
                [[self.customer_id, _TILL, "somebody-else"]],
            )


def _documents(messages: Path) -> Iterator[tuple[str, str, Any]]:
    with gzip.open(messages, "rt") as lines:
        for line in lines:
            row = json.loads(line)
            if isinstance(row["data"], str) and row["data"].startswith("{"):
                try:
                    document = json.loads(row["data"])
                except json.JSONDecodeError:
                    continue
                yield row["message_id"], row["attributes"].get("contract"), document


def _message_ids(root: Path) -> dict[str, list[tuple[object, ...]]]:
    """What must stay of every message, with its copies."""
    found = {}
    with duckdb.connect() as connection:
        for table in contracts.load().tables:
            found[table] = connection.execute(
                "select message_id, publish_time, landed_at, event_at, contract"
                f" from ({view_sql(connection, root, table)}) order by all"
            ).fetchall()
    return found


def _contents(root: Path) -> set[tuple[object, ...]]:
    """What raw's messages say, each version of one once."""
    with duckdb.connect() as connection:
        return {
            (table, *row)
            for table in contracts.load().tables
            for row in connection.execute(
                "select distinct message_id, attributes, data"
                f" from ({view_sql(connection, root, table)})"
            ).fetchall()
        }


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("forget"))


@pytest.fixture(scope="module")
def outcome(shop: Shop) -> dict[str, Any]:
    """The shop after its customer was forgotten; what the command told."""
    assert shop.found_in()
    dry: dict[str, Any] = json.loads(
        shop.house.run("forget", shop.customer_id, "--dry-run", "--json")
    )
    assert _message_ids(shop.house.folder / "raw") == shop.ids_before
    told: dict[str, Any] = json.loads(shop.house.run("forget", shop.customer_id, "--yes", "--json"))
    assert dry["tables"] == told["tables"]
    return told


def test_no_file_has_the_person_any_more(shop: Shop, outcome: dict[str, Any]) -> None:
    assert outcome["audit"]["proof"]["found_in"] == []
    assert {
        "vtex.order", "vtex.client", "vtex.address", "pos.customer", "pos.receipt",
        "marketing.campaign", "marketing.coupon_redemption",
    } <= outcome["tables"].keys()  # fmt: skip
    assert shop.found_in() == []


def test_every_message_is_still_there_with_its_id_its_times_and_its_copies(
    shop: Shop, outcome: dict[str, Any]
) -> None:
    assert _message_ids(shop.house.folder / "raw") == shop.ids_before


def test_facts_are_what_they_were_but_for_whose_they_are(
    shop: Shop, outcome: dict[str, Any]
) -> None:
    assert shop.facts() == shop.before


def test_what_was_bought_at_tills_is_of_a_pseudonym_or_of_nobody(
    shop: Shop, outcome: dict[str, Any]
) -> None:
    assert shop.receipts_before == (2, 0)
    assert shop.receipts() == (0, 1)
    [(of_receipts,)] = shop.house.query(
        "select customer_id from marts.fct_receipts"
        " where receipt_id[1] = 'R' and starts_with(customer_id, 'till-forgotten-')"
    )
    assert shop.house.query(
        "select customer_id from marts.fct_campaign_members"
        " where campaign_id = 'C24' and starts_with(customer_id, 'till-forgotten-')"
    ) == [(of_receipts,)]


def test_other_customers_rows_are_what_they_were(shop: Shop, outcome: dict[str, Any]) -> None:
    after = shop.others()
    for name, before in shop.others_before.items():
        assert set(before) ^ set(after[name]) == set()
        assert len(before) == len(after[name])
    assert all(shop.others_before.values())


def test_the_ledger_and_the_reconciliation_hold(shop: Shop, outcome: dict[str, Any]) -> None:
    assert shop.house.query("select * from validation.reconciliation where not is_ok") == []
    assert shop.house.query(
        "select count(*) > 0, bool_and(landed = duplicates + superseded + rejected + loaded)"
        " from validation.message_ledger"
    ) == [(True, True)]


def test_what_raw_cannot_give_back_is_kept_under_a_pseudonym(
    shop: Shop, outcome: dict[str, Any]
) -> None:
    segments = shop.house.query("select customer_id from pii.snapshots.customer_segments")
    assert segments
    assert (shop.customer_id,) not in segments
    kept = shop.house.query("select customer_id, segment from pii.snapshots.kept_segments")
    assert len(kept) == 3
    assert ("somebody-else", "loyal") in kept
    assert (_TILL, "loyal") not in kept
    assert (shop.customer_id, "loyal") not in kept
    names = ", ".join(f"'{one}'" for one, _ in kept)
    [(orders,)] = shop.house.query(
        f"select count(*) from marts.fct_orders where customer_id in ({names})"
    )
    assert orders > 2  # type: ignore[operator]


def test_older_builds_are_gone_and_the_key_is_its_owners_alone(
    shop: Shop, outcome: dict[str, Any]
) -> None:
    assert shop.published().build_ids() == [outcome["audit"]["build_id"]]
    key = shop.house.folder / "vitrine_suppression.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_the_audit_record_tells_how_much_and_not_who(shop: Shop, outcome: dict[str, Any]) -> None:
    [record] = (shop.house.folder / "raw/suppressed/audit").iterdir()
    told = json.loads(record.read_text())
    assert told == outcome["audit"]
    assert told["identifiers"]["document"] == 1
    assert told["proof"]["files"] > 20
    assert not Search(shop.identifiers).has(record.read_bytes())


def test_forgetting_again_says_so(shop: Shop, outcome: dict[str, Any]) -> None:
    assert "forgotten before" in shop.house.run("forget", shop.customer_id, "--yes")
    shop.keep_identifiers([])
    assert "no such customer" in shop.fails("forget", "nobody-at-all", "--yes")


def test_without_the_key_nothing_is_landed(
    shop: Shop, outcome: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = shop.house.folder / "other.ndjson"
    other.write_text('{"subscription_name":"a","message_id":"b","publish_time":"2024-01-01T00:00:00Z",'
        '"attributes":{"contract":"vtex.sku"},"data":"{}"}\n')  # fmt: skip
    monkeypatch.setenv("VITRINE_SUPPRESSION_KEY", str(shop.house.folder / "missing"))
    assert "key of its suppression list is missing" in shop.fails("land", other)
    monkeypatch.undo()
    other.unlink()
    assert _message_ids(shop.house.folder / "raw") == shop.ids_before


@pytest.fixture(scope="module")
def delivered_again(shop: Shop, outcome: dict[str, Any]) -> Shop:
    """The shop, whose messages all came again after that: copies of what is there."""
    before = _contents(shop.house.folder / "raw")
    with gzip.open(shop.messages, "rb") as stream:
        lines = stream.readlines()
    again = shop.messages.with_name("again.ndjson")
    again.write_bytes(b"".join(reversed(lines)))
    shop.house.run("land", again)
    again.unlink()
    assert _contents(shop.house.folder / "raw") == before
    assert shop.found_in() == []
    return shop


def test_what_is_delivered_again_compacted_and_replayed_stays_forgotten(
    delivered_again: Shop,
) -> None:
    shop = delivered_again
    shop.compact(*contracts.load().by_name)
    out = shop.house.folder / "replayed.ndjson"
    shop.house.run(
        "replay", "--by", "landed", "--from", "2000-01-01", "--to", "2100-01-01", "--out", out
    )
    assert out.stat().st_size > 1_000_000
    assert shop.found_in() == []


@pytest.mark.long
@pytest.mark.parametrize("options", [[], ["--full-refresh"]], ids=["next build", "full refresh"])
def test_a_build_of_what_came_again_is_what_it_was(
    delivered_again: Shop, options: list[str]
) -> None:
    delivered_again.house.run("build", "--quiet", *options)
    assert delivered_again.facts() == delivered_again.before
    assert delivered_again.found_in() == []
