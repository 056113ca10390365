"""A message posted to a web address that an admin named: signed, bounded, and led nowhere else.

The name is looked up once and every address of it is checked, as for pictures (hub/remote_images.py). Redirects are not
followed, nothing is sent along but the message, and the answer's text is not read.

    Ringback-Delivery   the same for each try of one delivery: whoever takes it twice does it once
    Ringback-Signature  t=SECONDS,v1=HEX, the HMAC-SHA256 of "SECONDS.BODY" by the secret that both know
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Sequence
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address

import aiohttp
from msgspec import Struct
from yarl import URL

from hub.clock import now
from hub.public_addresses import is_public
from hub.remote_images import SCHEMES, Known, Resolve, resolve, web_server
from hub.said import said

SECONDS = 10.0
SUCCESS = range(200, 300)
LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


class Parcel(Struct, frozen=True, kw_only=True):
    """What is posted where; `inside`: the address may be in our own network. `key` is the delivery's."""

    url: str
    body: bytes
    secret: str
    key: str
    inside: bool = False


class NotTakenError(Exception):
    """It was not taken; the words say why. `for_good`: no further try would help."""

    def __init__(self, words: str, *, for_good: bool) -> None:
        """Carry them."""
        super().__init__(words)
        self.for_good = for_good


class Caller:
    """Posts parcels. `is_public` and `resolve` are seams for tests."""

    def __init__(
        self, *, is_public: Callable[[str], bool] = is_public, resolve: Resolve = resolve, seconds: float = SECONDS
    ) -> None:  # fmt: skip
        """Prepare."""
        self.is_public, self.resolve, self.seconds = is_public, resolve, seconds

    async def post(self, parcel: Parcel) -> None:
        """Post one; NotTakenError says why it was not taken."""
        url = URL(parcel.url)
        try:
            async with asyncio.timeout(self.seconds):
                status = await self._status(url, parcel, await self._checked(url, parcel))
        except TimeoutError:
            raise NotTakenError(said("%(host)s is too slow", host=url.host or ""), for_good=False) from None
        except (aiohttp.ClientError, OSError, ValueError):
            words = said("%(host)s cannot be reached", host=url.host or "")
            raise NotTakenError(words, for_good=False) from None
        if status not in SUCCESS:
            words = said("%(host)s answers %(status)s", host=url.host or "", status=status)
            lasting = status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in LATER
            raise NotTakenError(words, for_good=lasting)

    async def _checked(self, url: URL, parcel: Parcel) -> Sequence[str]:
        server = web_server(url, SCHEMES)
        if server is None:
            raise NotTakenError(said("This is no address of a web server"), for_good=True)
        addresses = await self.resolve(*server)
        allowed = _is_ours_or_public if parcel.inside else self.is_public
        if not addresses or not all(allowed(each) for each in addresses):
            raise NotTakenError(
                said("%(host)s is in no network that may be called", host=server[0]), for_good=True
            )
        return addresses

    async def _status(self, url: URL, parcel: Parcel, addresses: Sequence[str]) -> int:
        connector = aiohttp.TCPConnector(resolver=Known(addresses), use_dns_cache=False, force_close=True)
        async with (
            aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, trust_env=False
            ) as client,
            client.post(
                url.with_user(None).with_fragment(None), data=parcel.body, headers=_headers(parcel),
                allow_redirects=False,
            ) as answer,
        ):  # fmt: skip
            return answer.status


def signature(secret: str, seconds: int, body: bytes) -> str:
    """Give the signature of a body at a moment."""
    return hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()


def _headers(parcel: Parcel) -> dict[str, str]:
    seconds = int(now().timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": "Ringback",
        "Ringback-Delivery": parcel.key,
        "Ringback-Signature": f"t={seconds},v1={signature(parcel.secret, seconds, parcel.body)}",
    }


def _is_ours_or_public(address: str) -> bool:
    """Tell whether an address is a machine's of ours or anybody's: never what providers answer themselves at."""
    known = ip_address(address.partition("%")[0])
    if isinstance(known, IPv6Address):
        known = known.ipv4_mapped or known
    special = known.is_link_local or known.is_multicast or known.is_unspecified
    return is_public(address) or (known.is_private and not special)
