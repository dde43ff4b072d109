"""Stock and a promotion, whose states change from one night to the next."""

import json

Message = dict[str, object]


def _message(contract: str, published: str, document: dict[str, object]) -> Message:
    return {
        "subscription_name": "projects/shop/subscriptions/all",
        "message_id": f"{contract} {published}",
        "publish_time": published,
        "attributes": {"contract": contract},
        "data": json.dumps(document),
    }


def stock(published: str, units: int) -> Message:
    balance = [{"warehouseId": "1_1", "totalQuantity": units, "reservedQuantity": 0}]
    return _message("vtex.inventory", published, {"skuId": "70", "balance": balance})


def _promotion(published: str) -> Message:
    dates = {"beginDateUtc": "2024-05-01T03:00:00Z", "endDateUtc": "2024-06-01T03:00:00Z"}
    promotion = {"idCalculatorConfiguration": "p", "isActive": True, "lastModified": published}
    return _message("vtex.promotion", published, promotion | dates)


def first_night() -> list[Message]:
    return [stock("2024-05-01T12:00:00Z", 9), _promotion("2024-04-30T12:00:00Z")]


def second_night() -> list[Message]:
    return [stock("2024-06-01T12:00:00Z", 4)]
