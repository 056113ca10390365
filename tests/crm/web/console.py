"""Consoles of named people, as tests use them: what stands on a page, and what a press on it answers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from io import BytesIO

from aiohttp import FormData
from aiohttp.test_utils import TestClient

from hub import signin
from tests.crm.klarruta import Klarruta

OURS = {"Sec-Fetch-Site": "same-origin"}
SCRIPT = {**OURS, "HX-Request": "true"}


@dataclass(frozen=True)
class Shown:
    """An answer: its status, its words without the markup, and the markup."""

    status: int
    words: str
    html: str
    location: str = ""


@dataclass
class Consoles:
    """Everybody's consoles on one hub."""

    firm: Klarruta
    client: TestClient
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, name: str, path: str, **headers: str) -> Shown:
        """Open a page as somebody."""
        return await self.ask(name, "GET", path, OURS | headers)

    async def part(self, name: str, path: str, **headers: str) -> Shown:
        """Ask for a fragment, as a script of the page does."""
        more = {key.replace("_", "-"): value for key, value in headers.items()}
        return await self.ask(name, "GET", path, SCRIPT | more)

    async def press(self, name: str, path: str, method: str = "POST", /, **fields: str | list[str]) -> Shown:
        """Send a form of the page by script."""
        return await self.ask(name, method, path, SCRIPT, fields)

    async def send(self, name: str, path: str, /, **fields: str | list[str]) -> Shown:
        """Send a form of the page without scripts."""
        return await self.ask(name, "POST", path, OURS, fields)

    async def upload(self, name: str, path: str, file: str, content: bytes, **fields: str) -> Shown:
        """Drop a file onto something, with what else its form says."""
        body = FormData(fields)
        body.add_field("file", BytesIO(content), filename=file, content_type="application/octet-stream")
        return await self.post(name, path, body)

    async def post(self, name: str, path: str, body: FormData) -> Shown:
        """Send a form in parts, by script."""
        cookie = {"Cookie": f"ringback={await self._cookie(name)}"}
        async with self.client.post(path, data=body, headers=SCRIPT | cookie) as answer:
            return _shown(answer.status, await answer.text(), "")

    async def header(self, name: str, path: str, header: str) -> str:
        """Give a header of what somebody opens."""
        cookie = {"Cookie": f"ringback={await self._cookie(name)}"}
        async with self.client.get(path, headers=OURS | cookie) as answer:
            return answer.headers.get(header, "")

    async def ask(
        self, name: str, method: str, path: str, headers: dict[str, str],
        fields: dict[str, str | list[str]] | None = None,
    ) -> Shown:  # fmt: skip
        """Ask the hub as somebody who is signed in."""
        pairs = [(key, each) for key, value in (fields or {}).items()
                 for each in ([value] if isinstance(value, str) else value)]  # fmt: skip
        cookie = {"Cookie": f"ringback={await self._cookie(name)}"}
        async with self.client.request(
            method, path, headers=headers | cookie, data=pairs or None, allow_redirects=False
        ) as answer:
            return _shown(answer.status, await answer.text(), answer.headers.get("Location", ""))

    async def _cookie(self, name: str) -> str:
        if name not in self.cookies:
            who = await self.firm.who(name)
            self.cookies[name] = await self.firm.do(signin.start, who.user_id, lasts=timedelta(days=1))
        return self.cookies[name]


def _shown(status: int, html: str, location: str) -> Shown:
    return Shown(status, " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split()), html, location)
