"""What tills sell: the store's own SKUs, by the code on them, and groceries that it alone has."""

import random
from dataclasses import dataclass
from typing import NamedTuple

from simulator.catalogue import Catalogue, Sku
from simulator.groceries import GROCERIES, PAIRS
from simulator.seeds import Weighted, scramble

_FIRST_CODE = 40001
_USED_UP = {"Empório": 21, "Beleza": 30}  # days, by department of the catalogue
_GROCERY_SHARE = 0.85  # of favourites, and of what is taken along


class Product(NamedTuple):
    """What a receipt says of a product."""

    code: str
    name: str
    department: str
    category: str
    brand: str


@dataclass(slots=True, frozen=True)
class Article:
    """Something with a code at the till. `price` in cents, of a kilogram if `is_weighed`.

    `place` is its position in the assortment. `days` is how long it lasts, 0 if nobody needs it
    again. What a SKU is called and costs now, its catalogue entry says.
    """

    place: int
    entry: Product
    price: int
    days: int
    is_weighed: bool
    sku: Sku | None = None

    @property
    def product(self) -> Product:
        """What a receipt says of it today."""
        return self.entry._replace(name=self.sku.name) if self.sku else self.entry

    def price_on(self, day: int) -> int:
        """Return the price today: the catalogue's, or one that rises a little each month."""
        return self.sku.price if self.sku else self.price * (1000 + day // 30 * 4) // 1000


def _code(sku: Sku) -> str:
    """Return what the till knows a SKU by: the EAN, or where it has none the shop's reference."""
    return sku.reference if sku.is_bare or scramble(101, sku.sku_id) % 10 == 0 else sku.ean


class Assortment:
    """Everything that tills sell. Memory follows the catalogue."""

    def __init__(self, seed: int, catalogue: Catalogue) -> None:
        self._seed = seed
        self.articles: list[Article] = []
        self._add_groceries()
        groceries = list(self.articles)
        self._add_skus(catalogue)
        skus = self.articles[len(groceries) :] or groceries
        lasting = [article for article in skus if article.days] or groceries
        self._groceries, self._skus, self._lasting = map(
            self._by_popularity, (groceries, skus, lasting)
        )
        self._partners = self._all_partners(groceries)
        self._shelves: dict[str, list[Article]] = {}
        for article in self.articles:
            self._shelves.setdefault(article.entry.category, []).append(article)

    def _by_popularity(self, articles: list[Article]) -> Weighted[Article]:
        ranks = sorted(articles, key=lambda each: scramble(self._seed ^ 0x7111, each.place))
        weights = {article.place: 1 / (rank + 6) ** 0.8 for rank, article in enumerate(ranks)}
        return Weighted(articles, [weights[article.place] for article in articles])

    def _add_groceries(self) -> None:
        for grocery in GROCERIES:
            for number, brand in enumerate(grocery.brands):
                place = len(self.articles)
                price = grocery.price * (100 - 12 * number) // 100
                words = (grocery.name, grocery.department, grocery.category, brand)
                entry = Product(str(_FIRST_CODE + place), *words)
                article = Article(place, entry, price, grocery.days, grocery.is_weighed)
                self.articles.append(article)

    def _add_skus(self, catalogue: Catalogue) -> None:
        for sku in catalogue.skus:
            product = sku.product
            if product.seller_id != "1" or sku.components:
                continue
            shelf = product.shelf
            words = (sku.name, shelf.department, shelf.category, product.brand_name)
            entry = Product(_code(sku), *words)
            weighed = shelf.unit_thousandths != 1000
            days = _USED_UP.get(shelf.department, 0)
            place = len(self.articles)
            self.articles.append(Article(place, entry, 0, days, weighed, sku))

    @staticmethod
    def _all_partners(groceries: list[Article]) -> dict[int, list[Article]]:
        named: dict[str, list[Article]] = {}
        for article in groceries:
            named.setdefault(article.entry.name, []).append(article)
        partners: dict[int, list[Article]] = {}
        for one, other in PAIRS:
            for here, there in ((one, other), (other, one)):
                for number, article in enumerate(named[here]):
                    those = named[there]
                    partners.setdefault(article.place, []).append(those[number % len(those)])
        return partners

    def pick(self, rng: random.Random) -> Article:
        """Draw something that catches the eye."""
        return (self._groceries if rng.random() < _GROCERY_SHARE else self._skus).pick(rng)

    def pick_lasting(self, rng: random.Random) -> Article:
        """Draw something that a household needs again and again."""
        return (self._groceries if rng.random() < _GROCERY_SHARE else self._lasting).pick(rng)

    def partner(self, rng: random.Random, article: Article) -> Article | None:
        """Draw what is often bought together with an article, if anything is."""
        partners = self._partners.get(article.place)
        return rng.choice(partners) if partners else None

    def shelf_of(self, article: Article) -> list[Article]:
        """Return everything of an article's category."""
        return self._shelves[article.entry.category]

    def discount_percent(self, article: Article, day: int) -> int:
        """Return by how much an article is reduced in the week of a day; mostly 0."""
        bits = scramble(self._seed ^ 0xD15C, article.place << 20 | day // 7)
        return (10, 15, 20, 30)[bits >> 8 & 3] if bits % 100 < 14 else 0
