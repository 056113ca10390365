"""A question to a shop over HTTP, and why there is no answer, in words for the person who set it up."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import NamedTuple, Self

import aiohttp
import msgspec
from aiohttp import ClientTimeout
from yarl import URL

from hub.connector import AuthFailed, Refused, Unavailable
from hub.said import said

WAITING = ClientTimeout(total=90, connect=15)  # shops in PHP on a small machine take their time
LARGEST = 32 << 20  # bytes of a page of orders
PATIENCE = 5  # times that we wait when asked to
LONGEST = 60.0  # seconds of such a wait
USUAL = 2.0  # seconds where the shop does not say how long
_TAG = re.compile(r"<[^>]*>")


class Page(NamedTuple):
    """An answer: its bytes, and its headers."""

    body: bytes
    headers: Mapping[str, str]


class Link:
    """One shop, asked over a session of its own while `async with` lasts."""

    def __init__(self, credentials: Mapping[str, str]) -> None:
        """Ask with these headers."""
        self._headers = {"Accept": "application/json", "User-Agent": "Ringback", **credentials}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open it."""
        self._session = aiohttp.ClientSession(headers=self._headers, timeout=WAITING, trust_env=True)
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close it."""
        if self._session is not None:
            await self._session.close()

    async def get(self, url: URL) -> Page:
        """Ask, waiting as long as the shop wants us to; raises Unavailable or AuthFailed, or Refused for a 400."""
        for _ in range(PATIENCE):
            page, wait = await self._ask(url)
            if page is not None:
                return page
            await asyncio.sleep(wait)
        raise Unavailable(said("The shop asks us again and again to wait."))

    async def _ask(self, url: URL) -> tuple[Page | None, float]:
        if self._session is None:
            raise RuntimeError("the link is not open")
        try:
            # A key is sent to the shop alone, not to where it sends us.
            async with self._session.get(url, allow_redirects=False) as answer:
                if answer.status == 429 or (answer.status == 503 and "Retry-After" in answer.headers):  # noqa: PLR2004 - RFC 9110
                    return None, _wait(answer.headers.get("Retry-After", ""))
                body = await _read(answer)
                _check(answer, body)
                return Page(body, answer.headers), 0.0
        except TimeoutError as error:
            raise Unavailable(said("The shop does not answer in time.")) from error
        except aiohttp.ClientError as error:
            why = str(error)[:200] or type(error).__name__
            raise Unavailable(said("The shop cannot be reached: %(why)s", why=why)) from error


def _check(answer: aiohttp.ClientResponse, body: bytes) -> None:
    """Raise what an answer means that is none."""
    if answer.status == 200:  # noqa: PLR2004 - RFC 9110
        return
    words = _words(body) or answer.reason or ""
    if answer.status in {401, 403}:
        raise AuthFailed(said("The shop refuses the key: %(words)s", words=words))
    if answer.status == 400:  # noqa: PLR2004 - RFC 9110
        raise Refused(said("The shop does not understand us: %(words)s", words=words))
    if answer.status in {301, 302, 307, 308}:
        to = answer.headers.get("Location", "")[:200]
        raise Unavailable(said("The shop is at another address: %(address)s", address=to))
    if answer.status == 404:  # noqa: PLR2004 - RFC 9110
        raise Unavailable(said("There is no list of orders at this address: %(words)s", words=words))
    raise Unavailable(said("The shop answers %(status)s: %(words)s", status=answer.status, words=words))


def _words(body: bytes) -> str:
    """Find in an error what it says to people: WordPress has a message, Shopify errors."""
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        told = {}
    found = (told.get("message") or told.get("errors") or "") if isinstance(told, dict) else ""
    text = found if isinstance(found, str) else str(found)
    return " ".join(_TAG.sub(" ", text).split())[:200].rstrip(".")


def _wait(seconds: str) -> float:
    try:
        return min(max(float(seconds), 0.1), LONGEST)
    except ValueError:
        return USUAL


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for piece in answer.content.iter_chunked(1 << 16):
        body += piece
        if len(body) > LARGEST:
            raise Unavailable(said("The shop answers with more than can be read."))
    return bytes(body)
