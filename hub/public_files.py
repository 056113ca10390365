"""Files that lie in the public network, fetched into a file of ours: what strangers send through a messenger.

As with pictures (hub/remote_images.py) an address is looked up once, all that it leads to is checked, and the
connection goes to one that was checked; every redirect is checked alike.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import aiohttp
from yarl import URL

from hub.connector import Refused, Unavailable
from hub.public_addresses import is_public
from hub.remote_images import MOVED, REDIRECTS, Known, Resolve, resolve
from hub.said import said

SECONDS = 300.0
CONNECT = 10.0
SLICE = 1 << 18
FOUND = 200
LATER = {408, 425, 429, 500, 502, 503, 504}


class PublicFiles:
    """Fetches files. `is_public`, `resolve` and `schemes` are seams for tests."""

    def __init__(
        self,
        *,
        is_public: Callable[[str], bool] = is_public,
        resolve: Resolve = resolve,
        schemes: Collection[str] = ("https",),
        seconds: float = SECONDS,
    ) -> None:
        """Know what may be asked."""
        self.is_public = is_public
        self.resolve = resolve
        self.schemes = schemes
        self.seconds = seconds

    async def fetch(self, address: str, into: Path, most: int) -> None:
        """Write what lies there into a file, at most `most` bytes.

        Unavailable: it may be had later. Refused: there is nothing, or nothing that we may have.
        """
        try:
            async with asyncio.timeout(self.seconds):
                await self._follow(URL(address), into, most)
        except TimeoutError as error:
            raise Unavailable(said("The server of the file is too slow.")) from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unavailable(said("The server of the file cannot be reached.")) from error
        except ValueError as error:
            raise Refused(said("The address of the file is none of the web.")) from error

    async def _follow(self, url: URL, into: Path, most: int) -> None:
        """Ask, and ask again where one is sent on to."""
        for _try in range(1 + REDIRECTS):
            next_ = await self._asked(url, into, most)
            if next_ is None:
                return
            url = next_
        raise Refused(said("The server of the file sends one on too often."))

    async def _asked(self, url: URL, into: Path, most: int) -> URL | None:
        """Ask once: None where it is there now, or where it is said to be."""
        connector = aiohttp.TCPConnector(
            resolver=Known(await self._checked(url)), use_dns_cache=False, force_close=True
        )
        waiting = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT)
        async with (
            aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False,
                trust_env=False, timeout=waiting,
            ) as client,
            client.get(
                url.with_user(None).with_fragment(None), headers={"Accept-Encoding": "identity"},
                allow_redirects=False,
            ) as answer,
        ):  # fmt: skip
            if answer.status in MOVED and "Location" in answer.headers:
                return url.join(URL(answer.headers["Location"]))
            if answer.status in LATER:
                raise Unavailable(said("The server of the file answers %(status)s.", status=answer.status))
            if answer.status != FOUND:
                raise Refused(said("The server of the file answers %(status)s.", status=answer.status))
            await write_answer(answer, into, most)
        return None

    async def _checked(self, url: URL) -> Sequence[str]:
        """Give the addresses of its host, all of which are public."""
        if url.scheme not in self.schemes or not url.host or not url.port:
            raise Refused(said("The address of the file is none of the web."))
        addresses = await self.resolve(url.host, url.port)
        if not addresses or not all(map(self.is_public, addresses)):
            raise Refused(said("The address of the file is not in the public network."))
        return addresses


async def write_answer(answer: aiohttp.ClientResponse, into: Path, most: int) -> None:
    """Write the body of an answer into a file; Refused where it is larger than `most` bytes."""
    size = 0
    with into.open("wb") as file:
        async for part in answer.content.iter_chunked(SLICE):
            size += len(part)
            if size > most:
                raise Refused(said("The file is larger than %(most)s MB.", most=most // 1_000_000))
            await asyncio.to_thread(file.write, part)
