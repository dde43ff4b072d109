"""The catalogue: what the store sells, and how that changes from day to day.

Its size is an option of the store and does not follow the number of orders.
"""

import random
from dataclasses import dataclass, field

from simulator.seeds import Weighted, scramble, stream
from simulator.timestamps import DAY, MINUTE
from simulator.words import BRANDS, COLOURS, LINES, MODELS, PARTNERS, SHELVES, Shelf

FIRST_PRODUCT_ID = 1001
FIRST_SKU_ID = 20001
FIRST_BRAND_ID = 2000001


@dataclass(slots=True)
class Category:
    """A node of the tree; `path` runs from its department to itself."""

    category_id: int
    name: str
    path: "tuple[Category, ...]" = ()


@dataclass(slots=True)
class Product:
    """A product as it is now; `line` is the part of the name that marketing changes."""

    product_id: int
    base_name: str
    shelf: Shelf
    leaf: Category
    brand_id: int
    brand_name: str
    seller_id: str
    line: str = ""
    skus: "list[Sku]" = field(default_factory=list)
    seen_leaves: set[int] = field(default_factory=set)

    @property
    def name(self) -> str:
        """The name on the shop window."""
        return f"{self.base_name} {self.line}".rstrip()


@dataclass(slots=True)
class Sku:
    """A SKU as it is now. Prices in cents; `stock` is the level it is filled up to, in units.

    `components` are what a kit consists of, with the units of each.
    """

    sku_id: int
    product: Product
    colour: str
    size: str
    price: int
    list_price: int
    stock: int
    note: str = ""
    components: "tuple[tuple[Sku, int], ...]" = ()
    seen: set[tuple[int, int]] = field(default_factory=set)

    @property
    def is_bare(self) -> bool:
        """Whether the SKU is told without its context: without brand and category."""
        return scramble(31, self.sku_id) % 100 < 15

    @property
    def variant(self) -> str:
        """Colour and size, as the customer reads them."""
        return " - ".join(part for part in (self.colour, self.size, self.note) if part)

    @property
    def name(self) -> str:
        """The complete name."""
        return f"{self.product.name} {self.variant}"

    @property
    def ean(self) -> str:
        """An EAN of the range reserved for use inside shops, with its check digit."""
        body = f"29{self.sku_id:010}"
        total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
        return f"{body}{-total % 10}"

    @property
    def reference(self) -> str:
        """The store's own reference."""
        return f"QA{self.product.product_id}-{self.colour[:3].upper() or 'U'}-{self.size}"


class Catalogue:
    """All categories, brands, products and SKUs in their present state."""

    def __init__(self, seed: int, products: int) -> None:
        self._seed = seed
        self.categories: list[Category] = []
        self.leaves: dict[str, Category] = {}
        self._grow_tree()
        self.brands = [(FIRST_BRAND_ID + number, name) for number, name in enumerate(BRANDS)]
        self.products: list[Product] = []
        self.skus: list[Sku] = []
        for number in range(products):
            self._add_product(number)
        self._make_kits()
        # What sells: few SKUs much, most a little (Zipf), in an order of no meaning.
        ranks = sorted(self.skus, key=lambda sku: scramble(seed, sku.sku_id))
        weights = {sku.sku_id: 1 / (rank + 8) ** 0.9 for rank, sku in enumerate(ranks)}
        self._all = Weighted(self.skus, [weights[sku.sku_id] for sku in self.skus])
        self._by_department: dict[str, Weighted[Sku]] = {}
        for department in {product.shelf.department for product in self.products}:
            skus = [sku for sku in self.skus if sku.product.shelf.department == department]
            self._by_department[department] = Weighted(skus, [weights[sku.sku_id] for sku in skus])

    def _make_kits(self) -> None:
        """Let some SKUs, never weighed ones, consist of two others."""
        whole = [sku for sku in self.skus if sku.product.shelf.unit_thousandths == 1000]
        kits = {sku.sku_id: sku for sku in whole if scramble(53, sku.sku_id) % 100 < 3}
        parts = [sku for sku in whole if sku.sku_id not in kits]
        for kit in kits.values():
            place = scramble(54, kit.sku_id) % (len(parts) - 1)
            kit.components = ((parts[place], 1), (parts[place + 1], 2))

    def _grow_tree(self) -> None:
        nodes: dict[tuple[str, ...], Category] = {}
        for shelf in SHELVES:
            path: tuple[Category, ...] = ()
            names = (shelf.department, shelf.category, shelf.name)
            for depth in range(1, 4):
                node = nodes.get(names[:depth])
                if node is None:
                    node = Category(len(nodes) + 1, names[depth - 1])
                    node.path = (*path, node)
                    nodes[names[:depth]] = node
                path = node.path
            self.leaves[shelf.name] = path[-1]
        self.categories = list(nodes.values())

    def _add_product(self, number: int) -> None:
        rng = stream(self._seed, "product", number)
        shelf = SHELVES[number % len(SHELVES)]
        # Shelves and models walk at their own pace, so that a name comes back only after all pairs.
        model = MODELS[(number // len(SHELVES) * 5 + number) % len(MODELS)]
        brand_id, brand_name = self.brands[rng.randrange(len(self.brands))]
        partner = rng.random() < 0.12
        product = Product(
            product_id=FIRST_PRODUCT_ID + number,
            base_name=f"{shelf.product} {model}",
            shelf=shelf,
            leaf=self.leaves[shelf.name],
            brand_id=brand_id,
            brand_name=brand_name,
            seller_id=PARTNERS[rng.randrange(len(PARTNERS))][0] if partner else "1",
        )
        product.seen_leaves.add(product.leaf.category_id)
        self.products.append(product)
        price = rng.randrange(shelf.lowest_price, shelf.highest_price, 100) // 100 * 100 + 90
        colours = rng.sample(COLOURS, rng.randint(1, 2)) if shelf.coloured else [""]
        for colour in colours:
            for size in shelf.sizes:
                listed = price * rng.choice((100, 100, 115, 130)) // 100
                sku_id = FIRST_SKU_ID + len(self.skus)
                sku = Sku(sku_id, product, colour, size, price, listed, rng.randint(20, 400))
                sku.seen.add((sku.price, sku.list_price))
                product.skus.append(sku)
                self.skus.append(sku)

    def pick(self, rng: random.Random, department: str | None = None) -> Sku:
        """Draw a SKU by its popularity, from one department or from all."""
        shelf = self._by_department.get(department, self._all) if department else self._all
        return shelf.pick(rng)

    def change_times(self, day: int, begins_at: int) -> list[int]:
        """Return when the catalogue changes on one day: at whole minutes, never two in one."""
        minutes = stream(self._seed, "catalogue day", day).sample(range(DAY // MINUTE), 8)
        return [begins_at + minute * MINUTE for minute in sorted(minutes)]

    def change(self, at: int) -> "Change | None":
        """Apply the change of an instant and return it. Instants must come in order.

        No change brings an entity back to a state it had before: such a document would say
        again what an earlier one said. Where only such a change is left, nothing happens.
        """
        rng = stream(self._seed, "catalogue change", at)
        sku = self.skus[rng.randrange(len(self.skus))]
        kind = rng.random()
        if kind < 0.05:
            return self._rename(at, sku.product)
        if kind < 0.09:
            return self._move(rng, at, sku.product)
        if kind < 0.12:
            if sku.note:
                return None
            sku.note = "Nova Embalagem"
            return Change(at, skus=(sku,))
        if kind < 0.35:
            return self._reprice(rng, at, sku)
        return None

    def _rename(self, at: int, product: Product) -> "Change | None":
        unused = LINES[LINES.index(product.line) + 1 :] if product.line else LINES
        if not unused:
            return None
        product.line = unused[0]
        return Change(at, product=product, skus=tuple(product.skus))

    def _move(self, rng: random.Random, at: int, product: Product) -> "Change | None":
        leaves = [leaf for leaf in self.leaves.values() if leaf.path[0] is product.leaf.path[0]]
        leaf = leaves[rng.randrange(len(leaves))]
        if leaf.category_id in product.seen_leaves:
            return None
        product.leaf = leaf
        product.seen_leaves.add(leaf.category_id)
        return Change(at, product=product, skus=tuple(s for s in product.skus if not s.is_bare))

    def _reprice(self, rng: random.Random, at: int, sku: Sku) -> "Change | None":
        price = max(sku.price * rng.choice((80, 90, 95, 105, 110)) // 1000 * 10 + 9, 500)
        prices = (price, max(price, sku.list_price))
        if prices in sku.seen:
            return None
        sku.price, sku.list_price = prices
        sku.seen.add(prices)
        return Change(at, price=sku)


@dataclass(slots=True, frozen=True)
class Change:
    """A change of the catalogue at an instant: what must be told again because of it."""

    at: int
    product: Product | None = None
    skus: tuple[Sku, ...] = ()
    price: Sku | None = None
