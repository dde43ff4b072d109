from tests.simulator.recount import instant


def _histories(year, contract):
    return year.recount.histories(contract).items()


def _value(document, key):
    return document.get(key, document.get(key[0].lower() + key[1:]))


def test_the_category_tree_has_three_levels_without_orphans(year):
    flat, nested = {}, {}

    def read(nodes, parent):
        for node in nodes:
            nested[node["id"]] = (node["name"], parent)
            read(node["children"], node["id"])

    for entity, documents in _histories(year, "vtex.category"):
        for document in documents:
            if "children" in document:
                read([document], None)
            else:
                place = _value(document, "Name"), _value(document, "FatherCategoryId")
                flat[int(entity)] = place
    both = flat.keys() & nested.keys()
    assert len(both) > 5
    assert {node: flat[node] for node in both} == {node: nested[node] for node in both}
    assert nested.keys() - flat.keys(), "some are known by the tree alone"
    parents = {node: parent for node, (_, parent) in (flat | nested).items()}

    def depth(node):
        return 1 if parents[node] is None else 1 + depth(parents[node])

    assert {depth(node) for node in parents} == {1, 2, 3}


def test_both_casings_of_the_catalogue_occur_pascal_case_mostly(year):
    for contract in ("vtex.product", "vtex.sku", "vtex.category", "vtex.brand"):
        casings = {True: 0, False: 0}
        for _, (document, *_) in _histories(year, contract):
            casings["Id" in document] += 1
        assert 0 < casings[False] < casings[True], contract


def test_products_are_renamed_and_moved(year):
    renamed = moved = 0
    for _, documents in _histories(year, "vtex.product"):
        renamed += len({_value(document, "Name") for document in documents}) > 1
        moved += len({_value(document, "CategoryId") for document in documents}) > 1
    assert renamed > 10
    assert moved > 5


def test_skus_prices_and_stock_change(year):
    for contract in ("vtex.sku", "vtex.price", "vtex.inventory"):
        changed = sum(len(documents) > 1 for _, documents in _histories(year, contract))
        assert changed > 50, contract


def test_a_sku_names_its_product_and_its_variant(year):
    products = {int(entity) for entity, _ in _histories(year, "vtex.product")}
    for _, documents in _histories(year, "vtex.sku"):
        for document in documents:
            assert _value(document, "ProductId") in products
            assert _value(document, "NameComplete") or _value(document, "Name")


def test_prices_are_in_currency_units(year):
    prices = [documents[0]["basePrice"] for _, documents in _histories(year, "vtex.price")]
    assert 5 < min(prices) < max(prices) < 1000


def test_clients_opt_in_and_out_and_say_when(year):
    toggled = 0
    for _, documents in _histories(year, "vtex.client"):
        documents.sort(key=lambda each: instant(each["updatedIn"] or each["createdIn"]))
        assert documents[0]["updatedIn"] is None
        toggled += len({document["isNewsletterOptIn"] for document in documents}) > 1
    assert toggled > 50


def test_clients_move_to_other_cities(year):
    cities = {}
    for _, documents in _histories(year, "vtex.address"):
        for document in documents:
            cities.setdefault(document["userId"], set()).add(document["city"])
    clients = {documents[0]["id"] for _, documents in _histories(year, "vtex.client")}
    assert set(cities) == clients
    assert sum(len(of_client) > 1 for of_client in cities.values()) > 20
