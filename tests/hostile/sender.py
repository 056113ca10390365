"""Somebody who sends bodies to the form and finds out what became of them."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import aiohttp

from hub.db import Database
from tests.eventually import eventually
from tests.hostile.sight import Seen, digested, latest
from tests.servers.ringback import Hub

FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=b"
JSON = "application/json"
BODY_SECONDS = 2  # for which this hub waits for a body
DIGESTED = 60


class Sender:
    """Sends to one hub, as a script does."""

    def __init__(self, client: aiohttp.ClientSession, hub: Hub, path: str, db: Database) -> None:
        """Know where to send, and where to look."""
        self._client, self._hub, self._path, self._db = client, hub, path, db

    async def send(
        self, body: bytes | AsyncIterator[bytes], kind: str = FORM, **headers: str
    ) -> tuple[int, str]:
        """Send a body and give status and words of the answer."""
        given = {"Content-Type": kind, "Accept": "application/json", **headers}
        content = io.BytesIO(body) if isinstance(body, bytes) else body
        async with self._client.post(self._path, data=content, headers=given) as answer:
            return answer.status, await answer.text()

    async def card(self, body: bytes, kind: str = FORM) -> Seen:
        """Send a body that must be taken, and give what stands on the card."""
        assert (await self.send(body, kind))[0] == 200
        await eventually(lambda: digested(self._hub), DIGESTED)
        return await self._db.read(latest)
