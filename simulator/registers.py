"""What a store keeps registers of: warehouses and the points where orders are called for."""

from datetime import date
from typing import Any

from simulator.words import ACCOUNT, COUNTERS, FRANCHISES, SHOPS, STORE_NAME, Shop

Document = dict[str, Any]

MAIN_WAREHOUSE = "1_1"
_MOVED_AFTER = 60  # days, when the main warehouse gets another name


def sales_shops() -> tuple[Shop, ...]:
    """Return the shops that are sellers of their own."""
    return (*SHOPS, *FRANCHISES)


def warehouses(day: int) -> list[Document]:
    """Return all vtex.warehouse documents as they are `day` days after the opening."""
    main = f"{ACCOUNT} principal" if day < _MOVED_AFTER else "Centro de distribuição Cajamar"
    points = [shop.pickup_point_id for shop in COUNTERS]
    known = [(MAIN_WAREHOUSE, main, points)]
    for shop in sales_shops():
        at_hand = [shop.pickup_point_id] if shop.pickup_point_id else []
        known.append((shop.seller_id, shop.name, at_hand))
    return [
        {
            "id": warehouse_id,
            "name": name,
            "warehouseDocks": [{"dockId": f"{warehouse_id}_d", "time": "00:00:00", "cost": 0.0}],
            "pickupPointIds": pickup_point_ids,
            "priority": priority,
            "isActive": True,
        }
        for priority, (warehouse_id, name, pickup_point_ids) in enumerate(known)
    ]


def warehouses_told(day: int) -> list[Document]:
    """Return the warehouses that change on a day."""
    return warehouses(day)[:1] if day == _MOVED_AFTER else []


def pickup_points(today: date) -> list[Document]:
    """Return all vtex.pickup_point documents as they are on a day."""
    year = today.year if today.month == 12 else today.year - 1
    return [_pickup_point(shop, year) for shop in (*SHOPS, *COUNTERS)]


def pickup_points_told(today: date) -> list[Document]:
    """Return the points that change on a day: in December they announce the year's holidays."""
    return pickup_points(today) if (today.month, today.day) == (12, 1) else []


def _pickup_point(shop: Shop, year: int) -> Document:
    place = shop.place
    return {
        "id": shop.pickup_point_id,
        "name": shop.name,
        "description": f"Retire em {shop.name}",
        "instructions": "Apresente um documento com foto",
        "formatted_address": "undefined",
        "address": {
            "postalCode": f"{place.postal_prefix}-000",
            "country": {"acronym": "BRA", "name": "Brasil"},
            "city": place.city,
            "state": place.state,
            "neighborhood": "Centro",
            "street": "Rua da Loja",
            "number": "10",
            "complement": "",
            "reference": None,
            "location": {"latitude": place.latitude, "longitude": place.longitude},
        },
        "isActive": True,
        "distance": 0.0,
        "seller": shop.seller_id or None,
        "_sort": [0.0],
        "businessHours": [
            {"dayOfWeek": day, "openingTime": "09:00:00", "closingTime": "19:00:00"}
            for day in range(1, 7)
        ],
        "tagsLabel": ["loja"] if shop.seller_id else ["balcao"],
        "pickupHolidays": [
            {"date": f"{year}-12-{day}T03:00:00Z", "hourBegin": "09:00", "hourEnd": "13:00"}
            for day in (24, 31)
        ],
        "isThirdPartyPickup": not shop.seller_id,
        "accountOwnerName": ACCOUNT,
        "accountOwnerId": "1b9f7a3e-5d10-4c33-8a52-9d6c1f0e7b20",
        "parentAccountName": STORE_NAME,
        "originalId": None,
    }
