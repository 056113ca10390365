"""How a messenger's server is asked: over connections of its own, within a time, and read up to a bound."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import aiohttp

from connectors.chat_json import Told, told_or_nothing
from hub.connector import InDoubt, Unavailable
from hub.said import said

SECONDS = 50.0
CONNECT = 10.0
LARGEST = 4_000_000
SLICE = 1 << 16
LONGEST_PAUSE = 3600.0

# The connection never stood, so nothing was asked.
_UNASKED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


class Answered(NamedTuple):
    """What a server answered: its status, its headers, and its body as an object of JSON."""

    status: int
    headers: Mapping[str, str]
    said: Told

    @property
    def after(self) -> float | None:
        """Give in how many seconds we may ask again (RFC 9110, 10.2.3), None where nothing says so."""
        told = self.headers.get("Retry-After", "")
        known = told.isascii() and told.isdigit() and len(told) < 8  # noqa: PLR2004 - more is no pause
        return min(float(told), LONGEST_PAUSE) if known else None


async def ask(  # noqa: PLR0913 - what a request has
    method: str,
    url: str,
    *,
    repeats: bool,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    json: object = None,
    form: Mapping[str, str] | aiohttp.FormData | None = None,
    content: bytes | None = None,
    seconds: float = SECONDS,
) -> Answered:
    """Ask once.

    Unavailable: it surely was not asked, or may be asked again since it `repeats`. InDoubt: nobody knows.
    """
    waiting = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT)
    body = form if content is None else content
    try:
        async with (
            aiohttp.ClientSession(timeout=waiting, cookie_jar=aiohttp.DummyCookieJar()) as client,
            client.request(
                method, url, headers=headers, params=query, json=json, data=body, allow_redirects=False
            ) as answer,
        ):
            return Answered(answer.status, answer.headers, told_or_nothing(await _read(answer)))
    except _UNASKED as error:
        raise Unavailable(said("The messenger's server cannot be reached.")) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        words = said("The messenger's server did not answer.")
        raise (Unavailable if repeats else InDoubt)(words) from error


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    """Give what was answered, up to a bound."""
    body = bytearray()
    async for part in answer.content.iter_chunked(SLICE):
        body += part
        if len(body) > LARGEST:
            break
    return bytes(body)
