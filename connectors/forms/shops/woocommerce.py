"""What changed in a WooCommerce shop, asked of its REST API.

https://woocommerce.github.io/woocommerce-rest-api-docs/#list-all-orders; `modified_after`, `dates_are_gmt` and
`orderby=modified` are there since WooCommerce 5.8. Over HTTPS its key and secret are name and password; over plain HTTP
it takes none.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from yarl import URL

from connectors.forms.senders.woocommerce import SOURCE, TOPIC
from connectors.forms.shops.found import Found, Lot, found, listed, written
from connectors.forms.shops.link import Link
from hub.connector import Refused, Unavailable
from hub.said import said

PER_PAGE = 100  # the most that it gives
SECOND = timedelta(seconds=1)
WHEN, WHAT = ("date_modified_gmt", "date_created_gmt"), ("status", "total")


class WooCommerceShop:
    """One shop, by its address and its key."""

    def __init__(self, address: str, key: str, secret: str) -> None:
        """Keep how it is asked."""
        self._address = address.rstrip("/")
        self._name = base64.b64encode(f"{key}:{secret}".encode()).decode()

    async def changed(self, since: datetime) -> AsyncIterator[Lot]:
        """Give first what was thrown away, which "any" leaves out, then all else."""
        async with Link({"Authorization": f"Basic {self._name}"}) as link:
            async for lot in self._walk(link, "trash", since):
                yield lot._replace(until=None)
            async for lot in self._walk(link, "any", since):
                yield lot

    async def _walk(self, link: Link, status: str, since: datetime) -> AsyncIterator[Lot]:
        """Walk by the time of change, oldest first, so that what changes meanwhile comes once more, later.

        A list that is turned over by pages would lose an order whenever one before it moved to its end.
        """
        page, seen = 1, frozenset[str]()
        while True:
            orders, more = await self._page(link, status, since, page)
            latest = max((each.changed_at for each in orders), default=since)
            yield Lot([each for each in orders if each.key not in seen], latest)
            if not more:
                return
            # As many as a page holds changed in one second: only then the pages are turned over.
            page, since = (1, latest) if latest > since else (page + 1, since)
            seen = frozenset(each.key for each in orders)

    async def _page(self, link: Link, status: str, since: datetime, page: int) -> tuple[list[Found], bool]:
        asked = {
            "modified_after": written(since - SECOND), "dates_are_gmt": "true", "orderby": "modified", "order": "asc",
            "per_page": str(PER_PAGE), "page": str(page), "status": status,
        }  # fmt: skip
        try:
            answer = await link.get(URL(f"{self._address}/wp-json/wc/v3/orders").with_query(asked))
        except Refused as error:
            raise Unavailable(
                said("%(words)s. WooCommerce 5.8 or later is needed.", words=error.args[0])
            ) from None
        orders = listed(answer.body)
        headers = {TOPIC: "order.updated", SOURCE: self._address}
        made = [each for order in orders if (each := found(order, WHEN, WHAT, headers)) is not None]
        return made, len(orders) == PER_PAGE
