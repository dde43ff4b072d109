"""What must hold of the money in any order's document."""

from tests.simulator.recount import line_cents, totals_of


def money_faults(order):
    """What does not add up in a document, as sentences."""
    totals = totals_of(order)
    lines = [line_cents(item) for item in order["items"]]
    delivery = order["shippingData"]["logisticsInfo"]
    listed = sum(info["listPrice"] for info in delivery)
    packages = order["packageAttachment"]["packages"]
    invoiced = [item for p in packages if p["type"] == "Output" for item in p["items"]]
    identities = {
        "value is the sum of the totals": (order["value"], sum(totals.values())),
        "Items is the sum of the lines": (totals["Items"], sum(line[0] for line in lines)),
        "Items and Discounts are what is paid for the lines": (
            totals["Items"] + totals["Discounts"],
            sum(line[1] for line in lines),
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
        "each line has its delivery": (
            [info["itemIndex"] for info in delivery],
            list(range(len(order["items"]))),
        ),
    }
    if order["status"] == "invoiced":
        for index, item in enumerate(order["items"]):
            units = sum(part["quantity"] for part in invoiced if part["itemIndex"] == index)
            identities[f"line {index} is invoiced once"] = (units, item["quantity"])
    return [
        f"{order['orderId']} {order['status']}: {name}: {pair}"
        for name, pair in identities.items()
        if pair[0] != pair[1]
    ]
