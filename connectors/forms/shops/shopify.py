"""What changed in a Shopify shop, asked of its Admin API.

https://shopify.dev/docs/api/admin-rest/latest/resources/order; the pages follow one another by the `Link` header
(https://shopify.dev/docs/api/admin-rest/usage/pagination), and who asks too often is told how long to wait
(https://shopify.dev/docs/api/admin-rest/usage/rate-limits).
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime

from yarl import URL

from connectors.forms.senders.shopify import TOPIC
from connectors.forms.shops.found import Found, Lot, found, listed, written
from connectors.forms.shops.link import Link
from hub.connector import Refused, Unavailable

PER_PAGE = 250  # the most that it gives
WHEN, WHAT = ("updated_at", "created_at"), ("financial_status", "fulfillment_status", "current_total_price")
_NEXT = re.compile(r'<([^<>]+)>\s*;\s*rel="?next"?')


class ShopifyShop:
    """One shop, by its address, its access token and the version of the API."""

    def __init__(self, address: str, token: str, version: str) -> None:
        """Keep how it is asked."""
        self._address = URL(address.rstrip("/"))
        self._token = token
        self._version = version

    async def changed(self, since: datetime) -> AsyncIterator[Lot]:
        """Follow its pages. Nobody promises their order: it is all one lot, and complete with its last page."""
        asked = {"status": "any", "updated_at_min": f"{written(since)}Z", "limit": str(PER_PAGE)}
        url: URL | None = self._address.with_path(f"/admin/api/{self._version}/orders.json").with_query(asked)
        gathered: list[Found] = []
        async with Link({"X-Shopify-Access-Token": self._token}) as link:
            while url is not None:
                try:
                    page = await link.get(url)
                except Refused as error:
                    raise Unavailable(error.args[0]) from None
                for order in listed(page.body, "orders"):
                    made = found(order, WHEN, WHAT, {TOPIC: "orders/updated"})
                    gathered += [made] if made else []
                url = self._next(page.headers.get("Link", ""))
        yield Lot(gathered, max((each.changed_at for each in gathered), default=since))

    def _next(self, link: str) -> URL | None:
        """Give the page that follows; the token goes to no other host."""
        match = _NEXT.search(link)
        url = URL(match[1], encoded=True) if match else None
        return url if url is not None and url.origin() == self._address.origin() else None
