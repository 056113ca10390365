"""A shop that stands in for WooCommerce and Shopify: it speaks what their documentation says of listing orders.

WooCommerce: GET /wp-json/wc/v3/orders, `modified_after` is exclusive and to the second, a page has at most 100, errors
are {"code", "message", "data"}.

Shopify: GET /admin/api/VERSION/orders.json, `updated_at_min` is inclusive, pages follow by the Link header's cursor,
beside which no other filter may stand, errors are {"errors"}; too many questions are a 429.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import encode_basic_auth, web

KEY, SECRET, TOKEN = "ck_4f1", "cs_9b2", "shpat_77c"
WIRE = Path(__file__).parents[1] / "wire" / "forms"
WOO_REFUSES = {"code": "woocommerce_rest_cannot_view", "message": "Sorry, you cannot list resources.",
               "data": {"status": 401}}  # fmt: skip
SHOPIFY_REFUSES = {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}

Order = dict[str, Any]


class Shop:
    """What the shop has, and how it is today. `asked` are the queries that it was asked, in order."""

    def __init__(self) -> None:
        """Have no orders, and be well."""
        self.orders: list[Order] = []
        self.address = ""
        self.asked: list[Mapping[str, str]] = []
        self.troubles: list[
            web.Response | float
        ] = []  # for the next questions: an answer, or seconds of waiting
        self.most = 250  # orders on a page of Shopify's

    def woo(self, number: int, modified: datetime, **changes: object) -> Order:
        """Have an order as WooCommerce lists it."""
        order = recorded("woocommerce-order")
        link = f"https://shop.klarruta.example/wp-json/wc/v3/orders/{number}"
        order |= {"id": number, "number": str(number), "date_modified_gmt": f"{modified:%Y-%m-%dT%H:%M:%S}",
                  "_links": {"self": [{"href": link}]}, **changes}  # fmt: skip
        return self._have(number, order)

    def shopify(self, number: int, updated: datetime, **changes: object) -> Order:
        """Have an order as Shopify lists it."""
        order = recorded("shopify-order") | {"id": number, "name": f"#{number}"}
        return self._have(
            number, order | {"updated_at": f"{updated.isoformat(timespec='seconds')}", **changes}
        )

    def _have(self, number: int, order: Order) -> Order:
        self.orders = [each for each in self.orders if each["id"] != number] + [order]
        return order

    async def _ail(self, request: web.Request) -> web.Response | None:
        """Be as the day has it."""
        self.asked.append(dict(request.query))
        trouble = self.troubles.pop(0) if self.troubles else None
        if isinstance(trouble, float):
            await asyncio.sleep(trouble)
            return None
        return trouble

    async def _woo(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != encode_basic_auth(KEY, SECRET):
            return web.json_response(WOO_REFUSES, status=401)
        if (answer := await self._ail(request)) is not None:
            return answer
        asked = request.query
        after = datetime.fromisoformat(asked["modified_after"])
        status = asked["status"]
        assert (asked["orderby"], asked["order"], asked["dates_are_gmt"]) == ("modified", "asc", "true")
        found = sorted(
            (
                order for order in self.orders
                if datetime.fromisoformat(order["date_modified_gmt"]) > after
                and (order["status"] == "trash") == (status == "trash")
            ),
            key=lambda order: (order["date_modified_gmt"], order["id"]),
        )  # fmt: skip
        size, page = int(asked["per_page"]), int(asked["page"])
        assert size <= 100
        shown = found[size * (page - 1) : size * page]
        pages = str(-(-len(found) // size))
        return web.json_response(shown, headers={"X-WP-Total": str(len(found)), "X-WP-TotalPages": pages})

    async def _shopify(self, request: web.Request) -> web.Response:
        if request.headers.get("X-Shopify-Access-Token") != TOKEN:
            return web.json_response(SHOPIFY_REFUSES, status=401)
        if (answer := await self._ail(request)) is not None:
            return answer
        asked = request.query
        if cursor := asked.get("page_info"):
            assert set(asked) <= {"page_info", "limit"}, "no filter may stand beside page_info"
            since, _, begin = cursor.partition("|")
        else:
            since, begin = asked["updated_at_min"], "0"
            assert asked["status"] == "any"
        least = datetime.fromisoformat(since)
        found = [order for order in self.orders if datetime.fromisoformat(order["updated_at"]) >= least]
        size, start = min(int(asked["limit"]), self.most), int(begin)
        headers = {}
        if len(found) > start + size:
            next_ = request.url.with_query({"limit": str(size), "page_info": f"{since}|{start + size}"})
            headers["Link"] = f'<{self.address}/p>; rel="previous", <{next_}>; rel="next"'
        return web.json_response({"orders": found[start : start + size]}, headers=headers)


def recorded(name: str) -> Order:
    """Give an order as a web hook brought it."""
    body: Order = json.loads((WIRE / f"{name}.http").read_bytes().partition(b"\r\n\r\n")[2])
    return body


def busy(seconds: str = "0.1") -> web.Response:
    """Be asked too often."""
    return web.json_response({"errors": "Exceeded 2 calls per second for api client."}, status=429,
                             headers={"Retry-After": seconds})  # fmt: skip


@asynccontextmanager
async def running() -> AsyncIterator[Shop]:
    """Open the shop."""
    shop = Shop()
    app = web.Application()
    app.router.add_get("/wp-json/wc/v3/orders", shop._woo)
    app.router.add_get("/admin/api/{version}/orders.json", shop._shopify)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        shop.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield shop
    finally:
        await runner.cleanup()


def ago(**past: float) -> datetime:
    """Give a moment some time ago, to the second."""
    return (datetime.now(UTC) - timedelta(**past)).replace(microsecond=0)
