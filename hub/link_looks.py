"""Whether links in a letter lead somewhere: each is asked once, as a reader's browser would, and nothing of it is read.

As for pictures (hub/remote_images.py) a name is looked up once and each of its addresses is checked, so that nobody can
ask our own network through us. A server that refuses programs is one that answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from http import HTTPStatus
from ipaddress import ip_address

import aiohttp
from yarl import URL

from hub.languages import N_
from hub.public_addresses import is_public
from hub.remote_images import SCHEMES, Known, Resolve, resolve, web_server
from hub.said import Said, said

SECONDS, AT_ONCE = 6.0, 8
GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_NOT_PUBLIC = N_("it leads into a network that is not everybody's")
AWAY = "away"
"""No answer came: whether the server or our own way to it is to blame, shows what others answered."""


class LinkLooks:
    """Asks links. `is_public` and `resolve` are seams for tests."""

    def __init__(
        self, *, is_public: Callable[[str], bool] = is_public, resolve: Resolve = resolve, seconds: float = SECONDS
    ) -> None:  # fmt: skip
        """Prepare."""
        self.is_public, self.resolve, self.seconds = is_public, resolve, seconds

    async def dead(self, links: Collection[str]) -> Mapping[str, Said] | None:
        """Give those that lead nowhere, and why; None where none of them could be asked from here."""
        places = asyncio.Semaphore(AT_ONCE)
        found = await asyncio.gather(*(self._asked(each, places) for each in links))
        told = dict(zip(links, found, strict=True))
        if told and all(each == AWAY for each in told.values()):
            return None
        away = said("nobody answers")
        return {each: why if isinstance(why, Said) else away for each, why in told.items() if why}

    def barred(self, links: Collection[str]) -> Mapping[str, Said]:
        """Give those that need not be asked: by their number they lead where nobody else gets."""
        return {each: said(_NOT_PUBLIC) for each in links if self._is_barred(each)}

    def _is_barred(self, link: str) -> bool:
        try:
            host = URL(link).host or ""
            ip_address(host)
        except ValueError:
            return False
        return not self.is_public(host)

    async def _asked(self, link: str, places: asyncio.Semaphore) -> Said | str:
        """Give why a link leads nowhere, AWAY, or "" where somebody answers."""
        try:
            async with places, asyncio.timeout(self.seconds):
                return await self._told(URL(link))
        except (TimeoutError, aiohttp.ClientError, OSError):
            return AWAY
        except ValueError:
            return said("it cannot be read")

    async def _told(self, url: URL) -> Said | str:
        server = web_server(url, SCHEMES)
        if server is None:
            return said("there is no web server")
        addresses = await self.resolve(*server)
        if not addresses or not all(self.is_public(each) for each in addresses):
            return said(_NOT_PUBLIC)
        status = await self._status(url, addresses)
        if status in GONE or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return said("it answers %(status)s", status=status)
        return ""

    async def _status(self, url: URL, addresses: Sequence[str]) -> int:
        connector = aiohttp.TCPConnector(resolver=Known(addresses), use_dns_cache=False, force_close=True)
        async with (
            aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, trust_env=False
            ) as client,
            client.get(
                url.with_user(None).with_fragment(None), headers={"User-Agent": "Ringback"}, allow_redirects=False
            ) as answer,
        ):  # fmt: skip
            return answer.status
