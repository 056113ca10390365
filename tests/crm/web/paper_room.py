"""The room where the window company makes its documents: a deal with all that they tell, and a link to sign by."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import unescape
from typing import NamedTuple, TypeVar

from aiohttp.test_utils import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import signings
from crm.deals import Deal
from crm.documents import DealDocument
from crm.pipelines import Pipeline
from crm.signing_links import Signing
from hub.channels import Channel
from hub.clock import now
from hub.users import find_department
from tests.crm.klarruta import Klarruta
from tests.crm.web.console import OURS, Consoles, Shown
from tests.crm.window_deal import window_deal

T = TypeVar("T")


class Public(NamedTuple):
    """What a customer is shown: the status, the words, the markup, and the headers."""

    status: int
    words: str
    html: str
    headers: Mapping[str, str]


class PaperRoom:
    """Elin's deal, its documents, and whoever has a link."""

    def __init__(self, firm: Klarruta, consoles: Consoles, client: TestClient) -> None:
        """Stand in this company's."""
        self.firm, self.consoles, self.client = firm, consoles, client
        self.deal = 0

    async def open(self) -> None:
        """Have the deal there, and a mailbox to write from."""

        def fill(session: Session) -> int:
            deal_id = window_deal(session)
            deal = session.get_one(Deal, deal_id)
            deal.department_id = find_department(session, "Sales").id
            box = Channel(name="letters", title="Letters", kind="mail", paused_at=now(),
                          settings={"address": "office@klarruta.example"})  # fmt: skip
            box.token = f"t{box.name}"
            session.add(box)
            session.get_one(Pipeline, deal.pipeline_id).name = "Windows"
            session.flush()
            return deal_id

        self.deal = await self.firm.do(fill)

    @property
    def here(self) -> str:
        """Where its documents are made."""
        return f"/deals/{self.deal}/documents"

    async def make(self, template: str = "quote", language: str = "en", by: str = "Elin") -> int:
        """Have somebody make a document, and give its number in the store."""
        answer = await self.consoles.press(by, self.here, template=template, language=language)
        assert answer.status == 200, answer.words
        return (await self.made())[-1].id

    async def made(self) -> list[DealDocument]:
        """Give all documents, the oldest first."""
        rows = select(DealDocument).order_by(DealDocument.id)
        return await self.read(lambda session: list(session.scalars(rows)))

    async def link(self, document_id: int, days: str = "30") -> str:
        """Have a link by which it is signed."""
        shown = await self.consoles.press("Elin", f"/documents/{document_id}/sending", by="link", days=days)
        found = re.search(r'value="https?://[^/"]+(/sign/[\w-]+)"', shown.html)
        assert found, shown.words
        return found[1]

    async def visit(self, path: str, **headers: str) -> Public:
        """Open something as a customer does."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.client.get(path, headers=more, allow_redirects=False) as answer:
            text = await answer.text(errors="replace")
            return Public(answer.status, _words(text), text, dict(answer.headers))

    async def press(self, path: str, **fields: str) -> Public:
        """Press a button as a customer does, and give the page to which it leads."""
        headers = {**OURS, "User-Agent": "Safari on a telephone"}
        async with self.client.post(path, data=fields, headers=headers, allow_redirects=False) as answer:
            text = await answer.text()
            if answer.status == 303:
                return await self.visit(answer.headers["Location"])
            return Public(answer.status, _words(text), text, dict(answer.headers))

    async def signing(self) -> Signing:
        """Give the link that was made last."""
        rows = select(Signing).order_by(Signing.id.desc())
        return await self.read(lambda session: session.scalars(rows).first() or Signing())

    async def page(self, by: str = "Elin") -> Shown:
        """Open the deal."""
        return await self.consoles.get(by, f"/deals/{self.deal}")

    async def read(self, look: Callable[[Session], T]) -> T:
        """Look at the store."""
        return await self.firm.db.read(look)

    async def change(self, deed: Callable[[Session], T]) -> T:
        """Change the store."""
        return await self.firm.do(deed)


def standing(session: Session, signing: Signing) -> str:
    """Say how it stands with a link."""
    return signings.standing_of(session, signing, session.get_one(DealDocument, signing.document_id))


def _words(html: str) -> str:
    return " ".join(
        unescape(re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL)).split()
    )
