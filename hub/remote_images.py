"""Pictures that a stranger's letter asks for, fetched by the hub itself, so that nobody learns who reads it, and where.

Only from the public network: a name is looked up once, every address of it is checked, and the connection goes to one
of those that were checked, so that a name cannot mean another place a moment later. Every redirect is checked alike.
No cookies, no referrer, no password, nothing unpacked; size, time and kind are bounded.
"""

from __future__ import annotations

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import aiohttp
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from msgspec import Struct
from yarl import URL

from hub.image_kinds import kind_of
from hub.image_sizes import is_bearable
from hub.languages import _
from hub.public_addresses import is_public

MOST = 5_000_000  # bytes
SECONDS = 10.0
REDIRECTS = 3
AT_ONCE = 16
KEPT = 32_000_000  # bytes of pictures that are remembered
SCHEMES = ("http", "https")
MOVED = {301, 302, 303, 307, 308}
FOUND = 200
LEAST_PORT = 1024  # below it only those of the web: no letter shall speak with a mail server
PORTS = {80, 443}
SLICE = 65_536
HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; image-proxy)",
    "Accept": "image/webp,image/png,image/jpeg,image/gif",
    "Accept-Encoding": "identity",
}

_NAMES = ThreadPoolExecutor(4, "names")

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class Image(Struct, frozen=True):
    """A picture: its media type by its first bytes, and what it is."""

    type: str
    content: bytes


class NotShownError(Exception):
    """A picture cannot be shown; the words say why."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Give the numeric addresses of a name. It has threads of its own: a slow name shall hold up nothing else."""
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_NAMES, ask)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class RemoteImages:
    """Fetches pictures and remembers the latest. `is_public` and `resolve` are seams for tests."""

    def __init__(
        self,
        *,
        is_public: Callable[[str], bool] = is_public,
        resolve: Resolve = resolve,
        seconds: float = SECONDS,
    ) -> None:
        """Remember none yet."""
        self.is_public = is_public
        self.resolve = resolve
        self.seconds = seconds
        self._known: OrderedDict[str, Image] = OrderedDict()
        self._places = asyncio.Semaphore(AT_ONCE)

    async def get(self, address: str) -> Image:
        """Give a picture; NotShownError says why not."""
        if address in self._known:
            self._known.move_to_end(address)
            return self._known[address]
        async with self._places:
            image = await self._fetched(address)
        self._remember(address, image)
        return image

    async def _fetched(self, address: str) -> Image:
        try:
            async with asyncio.timeout(self.seconds):
                content = await self._follow(URL(address))
        except TimeoutError:
            raise NotShownError(_("Its server is too slow.")) from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise NotShownError(_("Its server cannot be reached.")) from None
        kind = kind_of(content)
        if not kind:
            raise NotShownError(_("It is no picture."))
        if not is_bearable(content):
            raise NotShownError(_("It has too many pixels."))
        return Image(kind, content)

    async def _follow(self, url: URL) -> bytes:
        """Ask, and ask again where one is sent on to."""
        for _try in range(1 + REDIRECTS):
            answer = await self._asked(url)
            if isinstance(answer, bytes):
                return answer
            url = answer
        raise NotShownError(_("Its server sends one on too often."))

    async def _asked(self, url: URL) -> bytes | URL:
        """Ask once: the content, or where it is said to be."""
        addresses = await self._checked(url)
        connector = aiohttp.TCPConnector(resolver=Known(addresses), use_dns_cache=False, force_close=True)
        async with (
            aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            ) as client,
            client.get(
                url.with_user(None).with_fragment(None), headers=HEADERS, allow_redirects=False
            ) as answer,
        ):
            if answer.status in MOVED and "Location" in answer.headers:
                return url.join(URL(answer.headers["Location"]))
            if answer.status != FOUND:
                raise NotShownError(_("Its server answers %(status)s.", status=answer.status))
            return await _content(answer)

    async def _checked(self, url: URL) -> Sequence[str]:
        """Give the addresses of its host, all of which are public."""
        if url.scheme not in SCHEMES or not url.host or not url.port:
            raise NotShownError(_("Its address is none of the web."))
        if url.port not in PORTS and url.port < LEAST_PORT:
            raise NotShownError(_("Its address is none of the web."))
        addresses = await self.resolve(url.host, url.port)
        if not addresses or not all(map(self.is_public, addresses)):
            raise NotShownError(_("Its address is not in the public network."))
        return addresses

    def _remember(self, address: str, image: Image) -> None:
        self._known[address] = image
        while sum(len(each.content) for each in self._known.values()) > KEPT:
            self._known.popitem(last=False)


IMAGES = web.AppKey("images", RemoteImages)


class Known(AbstractResolver):
    """Knows the addresses that were checked, and asks nobody."""

    def __init__(self, addresses: Sequence[str]) -> None:
        """Know these."""
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Give them, whatever the name."""
        del family
        return [
            ResolveResult(
                hostname=host, host=each, port=port, proto=0, flags=socket.AI_NUMERICHOST,
                family=socket.AF_INET6 if ":" in each else socket.AF_INET,
            )
            for each in self._addresses
        ]  # fmt: skip

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""


async def _content(answer: aiohttp.ClientResponse) -> bytes:
    found = bytearray()
    async for part in answer.content.iter_chunked(SLICE):
        found += part
        if len(found) > MOST:
            raise NotShownError(_("It is larger than %(most)s MB.", most=MOST // 1_000_000))
    return bytes(found)
