"""A seat at the console of a whole hub: who sits there opens pages, presses buttons and reads."""

from __future__ import annotations

import re
from html import unescape

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient


class Seat:
    """One person's browser. `fragment` asks as the page's script does."""

    def __init__(self, client: TestClient, headers: dict[str, str]) -> None:
        """Be signed in by these headers."""
        self.client = client
        self.headers = headers

    async def asks(self, path: str, *, fragment: bool = False) -> ClientResponse:
        """Ask for a page."""
        answer = await self.client.get(path, headers=self._headers(fragment=fragment), allow_redirects=False)
        await answer.read()
        return answer

    async def opens(self, path: str, *, status: int = 200, fragment: bool = False) -> str:
        """Open a page and give its source."""
        answer = await self.asks(path, fragment=fragment)
        assert answer.status == status, f"{path}: {answer.status}"
        return await answer.text()

    async def reads(self, path: str, *, fragment: bool = False) -> str:
        """Open a page and give its words, spaces as one."""
        return words(await self.opens(path, fragment=fragment))

    async def sends(self, path: str, *, fragment: bool = True, **fields: str) -> ClientResponse:
        """Press a button."""
        headers = self._headers(fragment=fragment)
        answer = await self.client.post(path, data=fields, headers=headers, allow_redirects=False)
        await answer.read()
        return answer

    async def intake(self) -> str:
        """Give where the website's form is sent."""
        forms = await (await self.client.get("/api/v1/forms", headers=self.headers)).json()
        return str(forms["items"][0]["intake"])

    async def shows(self, path: str, what: str) -> str:
        """Give a page if this stands on it, else ""."""
        html = await self.opens(path)
        return html if what in html else ""

    def _headers(self, *, fragment: bool) -> dict[str, str]:
        return {**self.headers, **({"HX-Request": "true"} if fragment else {})}


def words(html: str) -> str:
    """Give what stands on a page."""
    text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(text).split())
