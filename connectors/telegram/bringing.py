"""Fetching a file that somebody sent: its address is good for an hour, so it is asked for and read in one go."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout
from telegram.error import BadRequest

from connectors.telegram.calls import Calls
from connectors.telegram.media import LARGEST
from connectors.telegram.text import line
from hub.connector import Refused, Unavailable
from hub.said import said

SECONDS = 300.0
"""For a whole file."""
STILL = 30.0
"""For its next piece."""
_PIECE = 1 << 16


async def fetch(calls: Calls, ref: str, into: Path) -> None:
    """Write a file into one of ours; Unavailable where it cannot be had now, Refused where it never will be."""
    address = await _address(calls, ref)
    timeout = ClientTimeout(total=SECONDS, sock_connect=10, sock_read=STILL)
    try:
        async with (
            ClientSession(timeout=timeout, trust_env=True) as web,
            web.get(address, allow_redirects=False) as answer,
        ):
            if answer.status != HTTPStatus.OK:
                raise Unavailable(
                    said("Telegram does not give the file now (%(status)s).", status=answer.status)
                )
            with await asyncio.to_thread(into.open, "wb") as file:
                size = 0
                async for piece in answer.content.iter_chunked(_PIECE):
                    size += len(piece)
                    if size > LARGEST:
                        raise _too_large()
                    await asyncio.to_thread(file.write, piece)
    except (ClientError, TimeoutError):
        raise Unavailable(said("Telegram broke off while it gave the file.")) from None


async def _address(calls: Calls, ref: str) -> str:
    async with calls.at_hand() as api:
        try:
            file = await api.bot.get_file(ref)
        except BadRequest as error:
            raise _refusal(error.message) from error
        base = f"{api.bot.base_file_url}/"
    if file.file_size and file.file_size > LARGEST:
        raise _too_large()
    if not file.file_path or not file.file_path.startswith(base) or file.file_path.startswith(f"{base}/"):
        raise Refused(said("The Bot API server keeps files on its own disk: start it without --local."))
    return file.file_path


def _refusal(message: str) -> Exception:
    if "too big" in message:
        return _too_large()
    if "temporarily unavailable" in message:
        return Unavailable(said("Telegram does not give the file now: %(why)s", why=line(message)))
    return Refused(said("Telegram does not give the file: %(why)s", why=line(message)))


def _too_large() -> Refused:
    return Refused(said("Telegram gives a bot no file of more than 20 MB."))
