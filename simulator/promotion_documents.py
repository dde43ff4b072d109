"""Promotions and coupons as VTEX's rates and benefits tell them, from creation to their end.

Every promotion that an order's price tags name is told before its first use. A season is told a
week before it begins and again when it has ended; what always holds is amended twice a year.
"""

from datetime import date, timedelta
from typing import Any

from simulator.promotions import (
    AUTOMATIC,
    BLACK_FRIDAY,
    FRACTION,
    FREE_SHIPPING_ID,
    GIFT_ID,
    TAX_ID,
    TAX_SHARE,
    WITH_COUPON,
    Promotion,
)
from simulator.rhythm import black_friday
from simulator.timestamps import HOUR, MINUTE, iso, local_midnight

Document = dict[str, Any]

_FREE_SHIPPING = Promotion(FREE_SHIPPING_ID, "Frete por nossa conta", 0, None, False)
_GIFT = Promotion(GIFT_ID, "Brinde do Quintal", 0, None, False)
_TAX = Promotion(TAX_ID, "Imposto de exportação", TAX_SHARE, None, True)
_NEVER_USED = Promotion(
    "6e1f7c52-0a3b-4d0e-8c11-94a7d2b0e051", "Liquida Outono", 30_000, None, False, (4, 5)
)
PROMOTIONS = (*AUTOMATIC, *WITH_COUPON, BLACK_FRIDAY, _FREE_SHIPPING, _GIFT, _TAX, _NEVER_USED)
_NOTICE = timedelta(days=7)
_UNUSED_COUPON = "QUINTAL10"
_UNUSED_UNTIL = 90  # days after the opening
_AMENDED = {(1, 1), (7, 1)}
_FIRST_USES = 1000


def _month_begins(year: int, month: int) -> date:
    return date(year + month // 13, (month - 1) % 12 + 1, 1)


def _period(promotion: Promotion, today: date) -> tuple[date, date] | None:
    """Return the first day and the day after the last of this season, or of the next one."""
    if promotion is BLACK_FRIDAY:
        friday = black_friday(today.year)
        return friday - timedelta(days=3), friday + timedelta(days=4)
    if promotion.season is None:
        return None
    first, last = promotion.season
    for year in (today.year - 1, today.year, today.year + 1):
        begin = _month_begins(year, first)
        end = _month_begins(year + (last < first), last + 1)
        # A season stays the present one until the day on which its end is told.
        if today <= end:
            break
    return begin, end


def _told_today(promotion: Promotion, today: date) -> bool:
    period = _period(promotion, today)
    if period is None:
        return (today.month, today.day) in _AMENDED
    return today in (period[0] - _NOTICE, period[1])


def promotions(today: date) -> list[tuple[int, Document]]:
    """Return all vtex.promotion documents as they are on a day, with the instant of each."""
    return [_promotion(promotion, number, today) for number, promotion in enumerate(PROMOTIONS)]


def promotions_told(today: date) -> list[tuple[int, Document]]:
    """Return the promotions that change on a day."""
    return [
        _promotion(promotion, number, today)
        for number, promotion in enumerate(PROMOTIONS)
        if _told_today(promotion, today)
    ]


def _promotion(promotion: Promotion, number: int, today: date) -> tuple[int, Document]:
    at = local_midnight(today) + number * MINUTE
    period = _period(promotion, today)
    begins, ends = period or (date(2019, 2, 1), None)
    is_active = ends is None or begins - _NOTICE <= today < ends
    kind = {_GIFT: "buyAndWin", _TAX: "tax"}.get(promotion, "regular")
    share = promotion.share * 100 / FRACTION
    code = promotion.coupon
    document: Document = {
        "idCalculatorConfiguration": promotion.promotion_id,
        "name": promotion.name,
        "description": None,
        "beginDateUtc": iso(local_midnight(begins), 4, "Z"),
        "endDateUtc": iso(local_midnight(ends), 4, "Z") if ends else None,
        "lastModified": iso(at, 7, "Z"),
        "daysAgoOfPurchases": 0,
        "isActive": is_active,
        "isArchived": ends is not None and promotion is _NEVER_USED and not is_active,
        "isFeatured": promotion is BLACK_FRIDAY,
        "disableDeal": False,
        "activeDaysOfWeek": [],
        "offset": -3,
        "cumulative": kind != "regular",
        "discountType": "freeShipping" if promotion is _FREE_SHIPPING else "percentual",
        "nominalDiscountValue": 0.0,
        "nominalDiscountType": "cart",
        "percentualDiscountValue": 0.0 if promotion is _TAX else share,
        "percentualShippingDiscountValue": 100.0 if promotion is _FREE_SHIPPING else 0.0,
        "percentualTax": share if promotion is _TAX else 0.0,
        "skusGift": {"quantitySelectable": 1 if promotion is _GIFT else 0},
        "maxNumberOfAffectedItems": 0,
        "maxNumberOfAffectedItemsGroupKey": "perCart",
        "origin": "Marketplace",
        "idSellerIsInclusive": False,
        "idsSalesChannel": ["5"] if promotion is _TAX else ["1", "2"] if code else [],
        "areSalesChannelIdsExclusive": False,
        "marketingTags": [],
        "paymentsMethods": [],
        "stores": [],
        "campaigns": [],
        "conditionsIds": [],
        "categories": [],
        "brands": [],
        "products": [],
        "skus": [],
        "coupon": [code] if code else [],
        "totalValueFloor": 250.0 if promotion is _FREE_SHIPPING else 0.0,
        "totalValueCeling": 0.0,
        "collections": [],
        "zipCodeRanges": [],
        "countries": [],
        "isFirstBuy": False,
        # Rights to use it are given anew twice a year.
        "maxUsage": _FIRST_USES * (2 * today.year + (today.month > 6) - 4000) if code else 0,
        "maxUsagePerClient": 1 if code else 0,
        "multipleUsePerClient": False,
        "type": kind,
    }
    if code:
        document["utmSource"] = code.lower()
        document["utmCampaign"] = promotion.name
    return at, document


def coupons(day: int, today: date) -> list[tuple[int, Document]]:
    """Return all vtex.coupon documents as they are on a day, with the instant of each."""
    known = [promotion.coupon for promotion in WITH_COUPON if promotion.coupon]
    return [
        _coupon(code, number, day, today) for number, code in enumerate([*known, _UNUSED_COUPON])
    ]


def coupons_told(day: int, today: date) -> list[tuple[int, Document]]:
    """Return the coupons that change on a day."""
    told = coupons(day, today)
    if (today.month, today.day) in _AMENDED:
        return told[:-1]
    return told[-1:] if day == _UNUSED_UNTIL else []


def _coupon(code: str, number: int, day: int, today: date) -> tuple[int, Document]:
    at = local_midnight(today) + HOUR + number * MINUTE
    return at, {
        "lastModifiedUtc": iso(at, 7, "Z"),
        "utmSource": code.lower(),
        "utmCampaign": None if code == _UNUSED_COUPON else "cupons",
        "couponCode": code,
        "isArchived": code == _UNUSED_COUPON and day >= _UNUSED_UNTIL,
        "maxItemsPerClient": 1,
        "expirationIntervalPerUse": "00:00:00",
        "maxUsage": _FIRST_USES * (2 * today.year + (today.month > 6) - 4000),
        "groupingKey": None,
    }
