"""Making a document of a deal: read, render, keep; anew where another was faster.

Rendering waits for nobody's transaction, and nobody's transaction for it. Until it is kept, nothing is taken: killed at
any step, there is either the whole document with its number or neither.
"""

from __future__ import annotations

from asyncio import Lock
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import document_drafts, documents, invoice_papers, payment_codes, ready_documents
from crm.document_drafts import Prepared, Unwanted, Wanted
from crm.documents import Content, Overtaken
from hub.blobs import Blobs
from hub.db import Database
from hub.languages import _
from hub.paper_orders import Block, Format, Paper
from hub.papers import Papers
from hub.shapes import decode
from hub.users import Viewer

TRIES = 20
REMEMBERED = 32  # readings


class Look(NamedTuple):
    """What a document would be."""

    content: bytes
    format: Format


class DocumentMaker:
    """Makes documents, one at a time: only another node can be faster with a number."""

    def __init__(self, db: Database, blobs: Blobs, papers: Papers, home: str = "") -> None:
        """Make them of what is in this store; they lead to the hub at `home`."""
        self._home = home
        self._db, self._blobs, self._papers = db, blobs, papers
        self._turn = Lock()
        self._read: dict[str, list[Block]] = {}

    async def make(self, viewer: Viewer, wanted: Wanted) -> int:
        """Make a document and give its number in the store. Unwanted and UnmadeError have words for who asked."""
        [made] = await self.make_all(viewer, [wanted])
        return made

    async def make_all(self, viewer: Viewer, wanted: Sequence[Wanted]) -> list[int]:
        """Make several, all or none: what one of them lacks is said, and no number is taken."""
        wanted = [each if each.home else msgspec.structs.replace(each, home=self._home) for each in wanted]
        async with self._turn:
            await self.bring()
            for _try in range(TRIES):
                kept = await self._made(viewer, await self._db.read(_read_all, wanted))
                if kept is not None:
                    return kept
        raise Unwanted(_("The deal is being changed all the time: try again."))

    async def look(self, wanted: Wanted) -> Look:
        """Give what it would be; nothing is kept, and no number is taken."""
        await self.bring()
        prepared = await self._db.read(_looked_at, wanted)
        return Look(await self._rendered(prepared), prepared.format)

    async def tried(self, prepared: Prepared) -> bytes:
        """Give what a template makes that counts not yet."""
        return await self._rendered(prepared)

    async def reading(self, blob: str) -> list[Block]:
        """Give what a DOCX says, for who has no program for it."""
        found = self._read.get(blob)
        if found is None:
            content = await self._blobs.get(blob)
            told = await self._papers.make(Paper(format="reading", template=content, data={}))
            found = self._read[blob] = decode(told, list[Block])
            if len(self._read) > REMEMBERED:
                self._read.pop(next(iter(self._read)))
        return found

    async def kept(self, _app: web.Application) -> AsyncIterator[None]:
        """End the press with the application."""
        yield
        await self._papers.close()

    async def _made(self, viewer: Viewer, wanted: Sequence[Prepared | int]) -> list[int] | None:
        """Render and keep; None where one was overtaken meanwhile. Those that are there already are left."""
        contents = []
        for each in wanted:
            if isinstance(each, Prepared):
                content = await self._rendered(each)
                contents.append(Content(await self._blobs.put(content), len(content)))
            else:
                contents.append(Content("", 0))
        pairs = list(zip(wanted, contents, strict=True))

        def keep(session: Session) -> list[int]:
            return [
                documents.keep(session, viewer, each.draft, content).id
                if isinstance(each, Prepared)
                else each
                for each, content in pairs
            ]

        try:
            return await self._db.write(keep)
        except Overtaken:
            return None

    async def _rendered(self, prepared: Prepared) -> bytes:
        files = {}
        if prepared.format == "pdf":
            files = {ready_documents.PAPER: ready_documents.file(ready_documents.PAPER)}
            if prepared.payment:
                files["payment.svg"] = payment_codes.drawn(prepared.payment)
        template = await self._blobs.get(prepared.template)
        return await self._papers.make(
            Paper(format=prepared.format, template=template, data=prepared.data, files=files, at=prepared.at)
        )

    async def bring(self) -> None:
        """Have the templates there that Ringback brings."""
        missing = await self._db.read(ready_documents.missing)
        if not missing:
            return
        blobs = {}
        for ready in missing:
            for language, name in ready.files.items():
                content = ready_documents.file(name)
                if ready.format == "docx":
                    content = await self._papers.make(Paper(format="words", template=content, data={}))
                blobs[ready.key, language] = await self._blobs.put(content)
        await self._db.write(ready_documents.bring, blobs)


def _read_all(session: Session, wanted: Sequence[Wanted]) -> list[Prepared | int]:
    """Read what each is made of; where its wish made one already, give that."""
    return [document_drafts.wished(session, each.wish) or _prepared(session, each) for each in wanted]


def _looked_at(session: Session, wanted: Wanted) -> Prepared:
    return document_drafts.prepared(session, wanted, looks=True)


def _prepared(session: Session, wanted: Wanted) -> Prepared:
    """Read what it is made of: a deal, or an invoice."""
    read = document_drafts.prepared if wanted.invoice_id is None else invoice_papers.prepared
    return read(session, wanted)


MAKER = web.AppKey("documents", DocumentMaker)
