"""Access tokens (OAuth 2.0, RFC 6749) in place of a password, as Google and Microsoft want them."""

from __future__ import annotations

import asyncio
import shlex
import time
from asyncio.subprocess import DEVNULL, PIPE
from typing import NamedTuple

import aiohttp
import msgspec

from hub.connector import AuthFailed, Renew, Secret, Unavailable, forget
from hub.said import said
from hub.shapes import decode

SECONDS = 30
BEFORE = 60.0
"""Seconds before its end in which a token is used no more."""
LARGEST = 1 << 16


class Grant(NamedTuple):
    """How a token is had: by a command that prints one, or of a URL for what we are and were given once."""

    command: str = ""
    url: str = ""
    client_id: str = ""
    client_secret: Secret = ""
    refresh_token: Secret = ""
    scope: str = ""


class _Answer(msgspec.Struct):
    access_token: str
    expires_in: float = 300.0
    refresh_token: Secret = ""


class Tokens:
    """The token of now; the next one when it ends."""

    def __init__(self, grant: Grant, renew: Renew = forget) -> None:
        """Have none yet. `renew` is told of the refresh token that is given out in place of ours."""
        self._grant = grant
        self._renew = renew
        self._token = ""
        self._until = 0.0
        self._asking = asyncio.Lock()

    async def current(self) -> tuple[str, bool]:
        """Give a token that should be good now, and whether it was given out just now.

        Unavailable: none can be had for now; AuthFailed: we get none.
        """
        async with self._asking:
            is_new = time.monotonic() >= self._until
            if is_new:
                self._token, seconds = await (self._run() if self._grant.command else self._ask())
                self._until = time.monotonic() + seconds - BEFORE
            return self._token, is_new

    def forget(self) -> None:
        """Have another token the next time: this one was refused."""
        self._until = 0.0

    async def _run(self) -> tuple[str, float]:
        """Have the command print one; it is asked each time, for it knows how long one is good."""
        try:
            process = await asyncio.create_subprocess_exec(
                *shlex.split(self._grant.command), stdin=DEVNULL, stdout=PIPE, stderr=PIPE
            )
        except (OSError, ValueError) as error:
            raise Unavailable(
                said("The command for access tokens cannot be run: %(why)s", why=str(error))
            ) from error
        try:
            async with asyncio.timeout(SECONDS):
                printed, complained = await process.communicate()
        except BaseException as error:
            process.kill()
            await process.wait()
            if isinstance(error, TimeoutError):
                raise Unavailable(said("The command for access tokens does not end.")) from error
            raise
        token = printed.decode("ascii", "replace").strip()
        if process.returncode or not token or not token.isprintable():
            why = complained.decode(errors="replace").strip().splitlines()
            raise Unavailable(
                said("The command for access tokens gives none: %(why)s", why=why[-1][:300] if why else "—")
            )
        return token, 0.0

    async def _ask(self) -> tuple[str, float]:
        grant = self._grant
        given = {"client_id": grant.client_id, "client_secret": grant.client_secret, "scope": grant.scope}
        kind = "refresh_token" if grant.refresh_token else "client_credentials"
        told = given | {"grant_type": kind, "refresh_token": grant.refresh_token}
        form = {name: value for name, value in told.items() if value}
        try:
            waiting = aiohttp.ClientTimeout(total=SECONDS)
            async with (
                aiohttp.ClientSession(timeout=waiting) as web,
                web.post(grant.url, data=form) as answer,
            ):
                body = await _read(answer)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Unavailable(
                said("Access tokens cannot be had: %(url)s does not answer.", url=grant.url)
            ) from error
        words = body.decode(errors="replace").strip()[:300]
        if answer.status in {400, 401, 403}:
            raise AuthFailed(said("We are given no access token: %(why)s", why=words))
        try:
            got = decode(body, _Answer, strict=False)
        except msgspec.MsgspecError as error:
            # What was given with a 200 may hold a token: it is shown to nobody.
            why = str(answer.status) if answer.ok else f"{answer.status} {words}"
            raise Unavailable(said("Access tokens cannot be had: %(why)s", why=why)) from error
        if grant.refresh_token and got.refresh_token not in {"", grant.refresh_token}:
            self._grant = grant._replace(refresh_token=got.refresh_token)
            # Whoever is cancelled here must not take the only token along that is still good.
            await asyncio.shield(self._renew("refresh_token", grant.refresh_token, got.refresh_token))
        return got.access_token, got.expires_in


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    """Give what was answered, up to a bound: it may come in several pieces."""
    body = b""
    async for part in answer.content.iter_chunked(LARGEST):
        body += part
        if len(body) > LARGEST:
            break
    return body
