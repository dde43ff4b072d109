"""What a shop keeps short lists of: sellers, pickup points, promotions and coupons."""

from urllib.parse import quote

import msgspec

from ingestion.sources.vtex import catalogue
from ingestion.sources.vtex.client import Answer
from ingestion.sources.vtex.errors import VtexError
from ingestion.sources.vtex.run import Kind, Run

# VTEX gives no more pages of pickup points.
_MOST_PAGES = 100
_POINTS_OF_A_PAGE = 100


class _Points(msgspec.Struct):
    items: msgspec.Raw


class _Promotion(msgspec.Struct):
    id: str = msgspec.field(name="idCalculatorConfiguration")


class _Promotions(msgspec.Struct):
    items: list[_Promotion] = []
    disabled: list[_Promotion] = msgspec.field(default=[], name="disabledItems")
    archived: list[_Promotion] = msgspec.field(default=[], name="archivedItems")


_POINTS = msgspec.json.Decoder(_Points)
_PROMOTIONS = msgspec.json.Decoder(_Promotions)


def pull_sellers(run: Run) -> None:
    """Land every seller. Raises VtexError, SinkError."""
    run.put_elements("vtex.seller", run.client.get("/api/catalog_system/pvt/seller/list").content)


def pull_pickup_points(run: Run) -> None:
    """Land every pickup point. Raises VtexError, SinkError."""
    for page in range(1, _MOST_PAGES + 1):
        answer = run.client.get(
            "/api/logistics/pvt/configuration/pickuppoints/_search",
            page=page,
            pageSize=_POINTS_OF_A_PAGE,
        )
        try:
            points = bytes(_POINTS.decode(answer.content).items)
        except msgspec.ValidationError as error:
            raise VtexError(f"pickup points have another shape than VTEX's: {error}") from error
        if not run.put_elements("vtex.pickup_point", points):
            return
    run.tally.problem(f"VTEX gives only {_MOST_PAGES} pages of pickup points; there may be more")


def pull_promotions(run: Run) -> None:
    """Land every promotion, switched off and archived ones too, and every coupon.

    Raises VtexError, SinkError.
    """
    job = catalogue.begin(run, "promotions")
    answer = run.client.get("/api/rnb/pvt/benefits/calculatorconfiguration")
    try:
        listed = _PROMOTIONS.decode(answer.content)
    except msgspec.ValidationError as error:
        raise VtexError(f"promotions have another shape than VTEX's: {error}") from error

    def get(promotion_id: str) -> Answer:
        quoted = quote(promotion_id, safe="")
        return run.client.get(f"/api/rnb/pvt/calculatorconfiguration/{quoted}")

    ids = dict.fromkeys(one.id for one in listed.items + listed.disabled + listed.archived)
    run.fetch_each(Kind("vtex.promotion", get), ids, job)
    run.put_elements("vtex.coupon", run.client.get("/api/rnb/pvt/coupon").content)
    job.finish()
