"""What must hold of the money in any order's document."""

from collections import Counter

from tests.simulator.recount import line_cents, removed_units, services_cents, totals_of


def _changes(order):
    return (order["changesAttachment"] or {"changesData": []})["changesData"]


def money_faults(order):
    """What does not add up in a document, as sentences."""
    totals = totals_of(order)
    lines = [line_cents(item) for item in order["items"]]
    services = sum(map(services_cents, order["items"]))
    delivery = order["shippingData"]["logisticsInfo"]
    listed = sum(info["listPrice"] for info in delivery)
    packages = order["packageAttachment"]["packages"]
    invoiced = [item for p in packages if p["type"] == "Output" for item in p["items"]]
    identities = {
        "value is the sum of the totals": (order["value"], sum(totals.values())),
        "Items is the sum of the lines and their services": (
            totals["Items"],
            sum(line[0] for line in lines) + services,
        ),
        "Items and Discounts are what is paid for the lines and their services": (
            totals["Items"] + totals["Discounts"],
            sum(line[1] for line in lines) + services,
        ),
        "the parts of a kit cost what the kit costs": (
            [item["price"] for item in order["items"] if item["components"]],
            [
                sum(part["price"] * part["quantity"] for part in item["components"])
                for item in order["items"]
                if item["components"]
            ],
        ),
        "Shipping is net of its discounts": (
            totals["Shipping"],
            listed + sum(line[2] for line in lines),
        ),
        "Shipping is what delivery costs": (
            totals["Shipping"],
            sum(info["sellingPrice"] for info in delivery),
        ),
        "Tax is the sum of the lines": (totals["Tax"], sum(i["tax"] for i in order["items"])),
        "a change is what its attachment says": (
            totals.get("Change", 0),
            -sum(each["discountValue"] for each in _changes(order)),
        ),
        "each line has its delivery": (
            [info["itemIndex"] for info in delivery],
            list(range(len(order["items"]))),
        ),
    }
    if order["status"] == "invoiced":
        units, sold = Counter(), Counter()
        for part in invoiced:
            units[order["items"][part["itemIndex"]]["id"]] += part["quantity"]
        for item in order["items"]:
            sold[item["id"]] += item["quantity"]
        left = {sku: count for sku, count in (sold - removed_units(order)).items() if count}
        identities["what was not taken out is invoiced once"] = (dict(units), left)
    return [
        f"{order['orderId']} {order['status']}: {name}: {pair}"
        for name, pair in identities.items()
        if pair[0] != pair[1]
    ]
